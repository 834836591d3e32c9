"""How every study behaves: it changes nothing, reports its steps, stops when asked, and works where it is called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields

import numpy as np
import pytest
import torch
from safetensors.torch import save

from resnet_demo.errors import Cancelled
from resnet_demo.network.units import width_of
from resnet_demo.results import STAGES
from resnet_demo.studies.activation_maximisation import excite_channel
from resnet_demo.studies.atlas import atlas
from resnet_demo.studies.block_maps import block_maps
from resnet_demo.studies.blocks import residual_profile
from resnet_demo.studies.cells import ablate_cells
from resnet_demo.studies.channels import ablate_channels, activations_at
from resnet_demo.studies.faithfulness import deletion_and_insertion
from resnet_demo.studies.ledger import ledger
from resnet_demo.studies.lesions import lesion_set, single_lesions
from resnet_demo.studies.occlusion import occlude
from resnet_demo.studies.painting import paint
from resnet_demo.studies.patches import strongest_patches
from resnet_demo.studies.randomisation import randomisation_check
from resnet_demo.studies.readout import read_out, read_probes
from resnet_demo.studies.receptive_field import effective_receptive_field
from resnet_demo.studies.tuning import tuning
from tests.studies.networks import TRANSFORM, card, random_network, random_views

LONG: dict[str, Callable] = {
    "profile": residual_profile,
    "lesions": lambda network, x, **pace: single_lesions(network, x, 1, card(), **pace),
    "ablation": lambda network, x, **pace: ablate_channels(network, x, "layer2", range(8), 1, batch_size=2, **pace),
    "cells": lambda network, x, **pace: ablate_cells(network, x, 1, cells=8, batch_size=4, **pace),
    "image": lambda network, x, **pace: excite_channel(network, "layer1", 1, TRANSFORM, steps=3, **pace),
    "curves": lambda network, x, **pace: deletion_and_insertion(network, x, 1, steps=2, batch_size=4, **pace),
    "ledger": lambda network, x, **pace: ledger(network, x, 1, card(), lesions=True, **pace),
    "occlusion": lambda network, x, **pace: occlude(network, x, 1, places=3, batch_size=2, **pace),
    "patches": lambda network, x, **pace: strongest_patches(
        network, x.expand(3, -1, -1, -1), card(), ["a", "b", "c"], batch_size=1, **pace
    ),
    "randomisation": lambda network, x, **pace: randomisation_check(network, x, 1, draws=1, **pace),
    "tuning": lambda network, x, **pace: tuning(network, x.expand(6, -1, -1, -1), card(), side=16, **pace),
}
"""Studies that report and can be stopped."""


def _readout(network, x):
    entries = {}
    for stage in STAGES:
        entries[f"{stage}.weight"] = torch.ones(3, width_of(network, stage), dtype=torch.int8)
        entries |= {f"{stage}.weight.scale": torch.ones(3), f"{stage}.bias": torch.arange(3.0)}
    return read_out(network, x, 1, card(), read_probes(save(entries), "made"))


EVERY: dict[str, Callable] = LONG | {
    "lesion set": lambda network, x: lesion_set(network, x, 1, card(), ["layer2.0"]),
    "cell activations": lambda network, x: activations_at(network, x, card(), None, "layer2", 1, 1),
    "block maps": lambda network, x: block_maps(network, x, "layer2.0", 1),
    "effective field": lambda network, x: effective_receptive_field(network, x, "layer3", 0, 0),
    "painting": lambda network, x: paint(network, x, 1, card()),
    "readout": _readout,
    "atlas": lambda network, x: atlas(network, card(), None),
}


def _state(network):
    return {
        "values": {name: value.clone() for name, value in network.state_dict().items()},
        "modes": [module.training for module in network.modules()],
        "hooks": [
            len(module._forward_hooks) + len(module._forward_pre_hooks) + len(module._backward_hooks)
            for module in network.modules()
        ],
        "gradients": [(p.requires_grad, p.grad is None) for p in network.parameters()],
    }


def _same(a, b):
    values = all(torch.equal(value, b["values"][name]) for name, value in a["values"].items())
    return values and all(a[key] == b[key] for key in ("modes", "hooks", "gradients"))


def _numbers(found):
    """Every number of a finding, in order."""
    if isinstance(found, dict):
        return [n for value in found.values() for n in _numbers(value)]
    if isinstance(found, list | tuple):
        return [n for value in found for n in _numbers(value)]
    if hasattr(found, "__dataclass_fields__"):
        return [n for field in fields(found) for n in _numbers(getattr(found, field.name))]
    return [] if found is None or isinstance(found, str) else np.ravel(found).tolist()


@pytest.mark.parametrize("grad", [False, True], ids=["frozen", "with gradients"])
@pytest.mark.parametrize("study", EVERY)
def test_a_study_leaves_no_trace(study, grad):
    network, x = random_network().requires_grad_(grad), random_views()
    before, view, chance = _state(network), x.clone(), torch.random.get_rng_state()
    EVERY[study](network, x)
    assert _same(before, _state(network))
    assert torch.equal(x, view) and x.grad is None and not x.requires_grad
    assert torch.equal(chance, torch.random.get_rng_state())


@pytest.mark.parametrize("study", LONG)
def test_a_study_that_is_stopped_leaves_no_trace(study):
    network, x = random_network(), random_views()
    before, reports = _state(network), []
    with pytest.raises(Cancelled):
        LONG[study](network, x, progress=reports.append, stop=lambda: len(reports) == 2)
    assert len(reports) == 2
    assert _same(before, _state(network))


@pytest.mark.parametrize("study", LONG)
def test_a_study_that_is_stopped_before_it_begins_reports_nothing(study):
    reports = []
    with pytest.raises(Cancelled):
        LONG[study](random_network(), random_views(), progress=reports.append, stop=lambda: True)
    assert reports == []


@pytest.mark.parametrize("study", LONG)
def test_progress_counts_every_step_from_none_to_all(study):
    reports = []
    LONG[study](random_network(), random_views(), progress=reports.append)
    total = reports[0].total
    assert total > 1
    assert [report.done for report in reports] == list(range(int(total) + 1))
    assert {(report.total, report.step, report.unit) for report in reports} == {
        (total, reports[0].step, reports[0].unit)
    }


@pytest.mark.parametrize("study", EVERY)
def test_a_network_in_training_is_refused(study):
    network, x = random_network(), random_views()
    network.layer3.train()
    before = _state(network)
    with pytest.raises(ValueError, match="training mode"):
        EVERY[study](network, x)
    assert _same(before, _state(network))


@pytest.mark.parametrize("study", EVERY)
def test_a_study_says_the_same_wherever_it_is_called(study):
    network, x = random_network(), random_views()
    plain = _numbers(EVERY[study](network, x))
    assert plain
    with torch.inference_mode():
        np.testing.assert_array_equal(_numbers(EVERY[study](network, x.clone())), plain)
    with torch.no_grad():
        np.testing.assert_array_equal(_numbers(EVERY[study](network, x)), plain)


@pytest.mark.parametrize("study", EVERY)
def test_findings_hold_no_tensors(study):
    def tensors(found):
        if isinstance(found, torch.Tensor):
            return True
        if isinstance(found, dict):
            return any(map(tensors, found.values()))
        if isinstance(found, list | tuple):
            return any(map(tensors, found))
        return hasattr(found, "__dataclass_fields__") and any(tensors(getattr(found, f.name)) for f in fields(found))

    assert not tensors(EVERY[study](random_network(), random_views()))


@pytest.mark.parametrize("study", EVERY)
def test_a_study_works_in_half_precision_channels_last(study):
    network = random_network().to(torch.bfloat16).to(memory_format=torch.channels_last)
    x = random_views().to(torch.bfloat16, memory_format=torch.channels_last)
    assert np.isfinite(_numbers(EVERY[study](network, x))).all()


@pytest.mark.parametrize("stage", ["layer1", "stem"])
def test_stages_that_are_not_all_of_them_may_be_asked_for_in_any_order(stage):
    found = deletion_and_insertion(random_network(), random_views(), 1, steps=1, stages=("layer4", stage))
    assert tuple(found.stages) == ("layer4", stage) and set(found.stages) < set(STAGES)
