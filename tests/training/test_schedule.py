from __future__ import annotations

import pytest

from resnet_demo.errors import InputError
from training.schedule import Leg, Schedule, parse_legs

TWO_LEGS = Schedule((Leg(64, 2), Leg(128, 0.5)), steps_per_epoch=10, peak=0.5, warmup=0.1)
"""20 steps at 64 px and 5 at 128 px, each of which costs four of the former: 40 units in all, 4 of them warm-up."""


def test_legs_are_read_in_their_order() -> None:
    assert parse_legs("64:22,160:1.5") == (Leg(64, 22.0), Leg(160, 1.5))


@pytest.mark.parametrize(
    "text", ["", "64", "64:", "64:x", "50:3", "0:3", "64:0", "64:-1", "64:nan", "64:inf", "64:1:2"]
)
def test_a_schedule_that_means_nothing_is_refused_with_the_part_at_fault(text: str) -> None:
    with pytest.raises(InputError, match="--schedule"):
        parse_legs(text)


def test_the_size_follows_the_legs() -> None:
    assert TWO_LEGS.steps == 25
    assert [TWO_LEGS.size(step) for step in (0, 19, 20, 24)] == [64, 64, 128, 128]


def test_the_rate_rises_for_the_warm_up_and_falls_along_a_half_cosine_of_the_pixels_seen() -> None:
    assert TWO_LEGS.rate(2) == pytest.approx(0.25)  # half of the warm-up's 4 units
    assert TWO_LEGS.rate(4) == pytest.approx(0.5)
    # Step 20 has 20 of 40 units behind it: (0.5 - 0.1) / 0.9 of the fall, cos(80 degrees) = 0.17364818
    assert TWO_LEGS.rate(20) == pytest.approx(0.5 * 0.5 * (1 + 0.17364818))
    # Step 24 has 36 of 40: (0.9 - 0.1) / 0.9, cos(160 degrees) = -0.93969262
    assert TWO_LEGS.rate(24) == pytest.approx(0.5 * 0.5 * (1 - 0.93969262))
    assert TWO_LEGS.rate(25) == pytest.approx(0, abs=1e-12)


def test_no_step_has_a_rate_of_zero() -> None:
    assert min(TWO_LEGS.rate(step) for step in range(TWO_LEGS.steps)) > 0
