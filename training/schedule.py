"""What a run trains at each of its steps: the size of the pictures and the learning rate, as functions of the step.

Small pictures first, larger ones while the rate is still high (progressive resizing, as in Tan and Le 2021,
"EfficientNetV2", section 4.2): an epoch at 64 px costs less than half of one at 96 px and a sixth of one at 160 px. The
rate rises linearly (Goyal et al. 2017, section 2.2) and then falls along a half cosine (Loshchilov and Hutter 2017,
"SGDR"). The cosine runs over the run's cost (steps weighted by pixels), not over its steps: the few steps on large
pictures would otherwise all fall where the rate is almost zero.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from resnet_demo.errors import InputError

STRIDE = 32
"""From the picture to layer4. Sizes that are not multiples of it cost 5 points of accuracy in trials."""


@dataclass(frozen=True)
class Leg:
    """``epochs`` passes (a fraction is allowed) over the training photos at ``size`` x ``size`` pixels."""

    size: int
    epochs: float


@dataclass(frozen=True)
class Schedule:
    """Legs one after another, ``steps_per_epoch`` an epoch; ``warmup`` is the share of the cost spent rising."""

    legs: tuple[Leg, ...]
    steps_per_epoch: int
    peak: float
    warmup: float = 0.03

    @property
    def leg_steps(self) -> tuple[int, ...]:
        return tuple(max(1, round(leg.epochs * self.steps_per_epoch)) for leg in self.legs)

    @property
    def steps(self) -> int:
        """Of the whole run."""
        return sum(self.leg_steps)

    def size(self, step: int) -> int:
        """Side of the pictures of a step (0 the first), in pixels."""
        for leg, steps in zip(self.legs, self.leg_steps, strict=True):
            if step < steps:
                return leg.size
            step -= steps
        return self.legs[-1].size

    def cost(self, step: int) -> float:
        """Share (0..1) of the whole run's pixels that were seen before a step."""
        before = total = 0
        for leg, steps in zip(self.legs, self.leg_steps, strict=True):
            before += min(max(step, 0), steps) * leg.size**2
            total += steps * leg.size**2
            step -= steps
        return before / total

    def rate(self, step: int) -> float:
        """Learning rate of a step: 0 to ``peak`` within ``warmup``, then back to 0 at the end of the run."""
        done = self.cost(step)
        if done < self.warmup:
            # The first step's rate must not be zero, or it would be lost.
            return self.peak * max(done, self.cost(1)) / self.warmup
        return self.peak * 0.5 * (1 + math.cos(math.pi * (done - self.warmup) / (1 - self.warmup)))


def parse_legs(text: str) -> tuple[Leg, ...]:
    """``"64:22,96:8"``: 22 epochs at 64 px, then 8 at 96. Raises ``InputError`` that names what cannot be read."""
    legs = []
    for part in text.split(","):
        try:
            size, epochs = part.split(":")
            leg = Leg(int(size), float(epochs))
        except ValueError as error:
            raise InputError("training-schedule-form", given=text, part=part) from error
        if leg.size < STRIDE or leg.size % STRIDE or not 0 < leg.epochs < math.inf:
            raise InputError("training-schedule-size", given=text, part=part, stride=STRIDE)
        legs.append(leg)
    return tuple(legs)
