"""Probes: read from bytes, applied by hand, refused where they don't belong."""

import math
from dataclasses import asdict
from pathlib import Path

import pytest
import torch
from safetensors.torch import save

from resnet_demo.errors import WeightsCorrupt, WeightsMismatch
from resnet_demo.results import STAGES
from resnet_demo.studies.readout import probes_file, read_out, read_probes
from tests.studies.networks import card, random_network, random_views, scalar_network, scalar_view
from training import storage

WIDTHS = dict(zip(STAGES, (64, 64, 128, 256, 512), strict=True))


def _entries(classes=2, widths=WIDTHS):
    """Class 0's logit is 0.5 * 4 times channel 0, class 1's is always 3."""
    entries = {}
    for stage, width in widths.items():
        weight = torch.zeros(classes, width, dtype=torch.int8)
        weight[0, 0] = 4
        entries |= {
            f"{stage}.weight": weight,
            f"{stage}.weight.scale": torch.full((classes,), 0.5),
            f"{stage}.bias": torch.tensor([0.0, 3.0] + [-9.0] * (classes - 2)),
        }
    return entries


def _probes(metadata=None, **changes):
    return read_probes(save(_entries() | changes, metadata), "made-probes.safetensors")


def test_the_readout_by_hand():
    """Channel 0 is 2, 5, 3, 3 and 9 from stem to layer4; twice that is set against 3."""
    found = read_out(scalar_network(), scalar_view(), 0, card(2, temperature=4, top1=0.7), _probes())
    logits = [found.stages[stage].logit for stage in STAGES]
    assert logits == pytest.approx([4, 10, 6, 6, 18], rel=1e-5)
    for stage, logit in zip(STAGES, logits, strict=True):
        assert found.stages[stage].probability == pytest.approx(1 / (1 + math.exp(3 - logit)), abs=1e-6)
        assert found.stages[stage].rank == 1
        assert found.stages[stage].predictions[0].label == "class 0"
    assert found.network.logit == pytest.approx(9, rel=1e-5)
    # On one scale with the probes: the card's temperature was fitted to the network alone, and is left out.
    assert found.network.probability == pytest.approx(1 / (1 + math.exp(-9)))
    assert found.network.top1 == 0.7


def test_the_rank_tells_how_many_classes_are_more_probable():
    found = read_out(scalar_network(), scalar_view(), 1, card(2), _probes())
    assert [found.stages[stage].rank for stage in STAGES] == [2] * 5
    assert found.target == 1 and found.network.rank == 2


def test_without_a_target_the_networks_own_answer_is_followed():
    assert read_out(scalar_network(), scalar_view(), None, card(2), _probes()).target == 0


def test_weights_without_probes_have_their_own_answer_alone():
    found = read_out(scalar_network(), scalar_view(), 0, card(2), None)
    assert found.stages == {} and found.measured_on is None
    with_probes = read_out(scalar_network(), scalar_view(), 0, card(2), _probes())
    assert asdict(found.network) == asdict(with_probes.network)


def test_accuracies_come_from_the_files_metadata():
    probes = _probes({"layer2.top1": "0.25", "measured_on": "10 made photos", "weights_sha256": "ab"})
    assert probes.stages["layer2"].top1 == 0.25 and probes.stages["layer3"].top1 is None
    assert (probes.measured_on, probes.weights_sha256) == ("10 made photos", "ab")
    found = read_out(scalar_network(), scalar_view(), 0, card(2), probes)
    assert found.stages["layer2"].top1 == 0.25 and found.measured_on == "10 made photos"


def test_probes_that_training_stores_come_back_within_their_8_bits(tmp_path):
    network, x = random_network(), random_views()
    draw = torch.Generator().manual_seed(0)
    exact = {}
    for stage, width in WIDTHS.items():
        exact[f"{stage}.weight"] = torch.randn(3, width, generator=draw)
        exact[f"{stage}.bias"] = torch.randn(3, generator=draw)
    file = probes_file(tmp_path / "resnet18-made.safetensors")
    storage.write(storage.in_8_bits(exact), file, {"measured_on": "nothing"})
    found = read_out(network, x, 1, card(), read_probes(file.read_bytes(), file.name))
    for stage, activation in network.forward_stages(x).stages.items():
        pooled = activation[0].mean(dim=(1, 2))
        weight = exact[f"{stage}.weight"][1]
        logit = weight @ pooled + exact[f"{stage}.bias"][1]
        within = weight.abs().max() / 127 / 2 * pooled.abs().sum()
        assert abs(found.stages[stage].logit - logit.item()) <= within.item() + 1e-5


def test_probes_lie_beside_their_weights():
    assert probes_file(Path("a/resnet18-x.safetensors")) == Path("a/resnet18-x-probes.safetensors")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a safetensors file at all",
        save(_entries())[:200],
        save({key: value for key, value in _entries().items() if not key.startswith("layer3.bias")}),
        save(_entries() | {"stem.weight": torch.zeros(2, 64)}),
        save(_entries() | {"stem.bias": torch.zeros(3)}),
        save(_entries(), {"stem.top1": "good"}),
    ],
    ids=["empty", "text", "cut short", "no bias", "not 8 bits", "wrong shape", "accuracy in words"],
)
def test_a_file_that_holds_no_probes_is_refused_by_name(data):
    with pytest.raises(WeightsCorrupt, match="The probes made.safetensors can't be read"):
        read_probes(data, "made.safetensors")


@pytest.mark.parametrize(
    "probes, sha256, cause",
    [
        (_probes({"weights_sha256": "ab" * 32}), "cd" * 32, "trained on other weights"),
        (read_probes(save(_entries(5)), ""), None, "that of stem is for 5 classes and 64 channels"),
        (read_probes(save(_entries(2, WIDTHS | {"layer4": 2048})), ""), None, "2 classes and 2048 channels"),
        (read_probes(save(_entries(2, WIDTHS | {"layer2": 512})), ""), None, "512 channels"),
    ],
    ids=["other weights", "other classes", "other widths", "other widths inside"],
)
def test_probes_of_other_weights_are_refused(probes, sha256, cause):
    with pytest.raises(WeightsMismatch, match=cause):
        read_out(scalar_network(), scalar_view(), 0, card(2, sha256=sha256), probes)


@pytest.mark.parametrize("known", ["ab" * 32, "ab" * 4, None])
def test_probes_of_these_weights_are_taken(known):
    probes = _probes({"weights_sha256": "ab" * 32})
    assert read_out(scalar_network(), scalar_view(), 0, card(2, sha256=known), probes).target == 0
