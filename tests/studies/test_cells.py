"""Cells set to zero: the drop by hand, by a hook on the network, and its rank correlation by scipy."""

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from resnet_demo.errors import InputError
from resnet_demo.maps.grad_cam import StageGradCam, grad_cam
from resnet_demo.results import KINDS, STAGES
from resnet_demo.studies.cells import ablate_cells
from tests.studies.networks import random_network, random_views, scalar_network, scalar_view


def test_the_drops_by_hand():
    """A view of 32 px has 8 × 8 cells in the stem and one in layer4, whose 9 is the logit."""
    found = ablate_cells(scalar_network(), scalar_view(), 0)
    assert found.stages["layer4"].drops.tolist() == pytest.approx([9], rel=1e-5)
    assert found.stages["layer4"].grid == (1, 1)
    # Every other cell of the stem is stepped over by the strides that follow; one in 64 reaches the single cell.
    drops = found.stages["stem"].drops.reshape(8, 8)
    assert drops[0, 0] == pytest.approx(9, rel=1e-5) and np.count_nonzero(drops) == 1


@pytest.mark.parametrize("stage", STAGES)
def test_the_drops_are_those_of_a_network_whose_stage_is_changed_by_a_hook(stage):
    network, x = random_network(), random_views(1, 96, 64)
    found = ablate_cells(network, x, 1, stages=(stage,), cells=5, batch_size=2).stages[stage]
    _, columns = found.grid
    clean = network(x)[0, 1].item()
    for cell, drop in zip(found.cells.tolist(), found.drops.tolist(), strict=True):

        def emptied(module, args, output, cell=cell):
            output = output.clone()
            output[:, :, cell // columns, cell % columns] = 0
            return output

        hook = network.stage_modules()[stage].register_forward_hook(emptied)
        with torch.no_grad():
            assert drop == pytest.approx(clean - network(x)[0, 1].item(), abs=1e-5)
        hook.remove()


def test_the_trust_in_a_map_is_its_rank_correlation_with_the_drops():
    network, x = random_network(), random_views(1, 96, 64)
    found = ablate_cells(network, x, 1, stages=("layer2",)).stages["layer2"]
    made = StageGradCam(network, ("layer2",)).gather(x, torch.tensor([1]))
    map = grad_cam(made.activations["layer2"], made.gradients["layer2"])[0].flatten().numpy()
    assert found.cells.tolist() == list(range(12 * 8))
    assert found.trust["grad-cam"] == pytest.approx(spearmanr(map, found.drops).statistic)
    assert list(found.trust) == list(KINDS)


def test_in_layer4_grad_cam_and_hirescam_are_exact():
    network, x = random_network(), random_views(1, 96, 96)
    found = ablate_cells(network, x, 2, stages=("layer4",)).stages["layer4"]
    made = StageGradCam(network, ("layer4",)).gather(x, torch.tensor([2]))
    # The mean over cells makes the logit, so a cell's share of it is what it was worth.
    map = grad_cam(made.activations["layer4"], made.gradients["layer4"])[0].flatten().numpy()
    np.testing.assert_allclose(found.drops, map, atol=1e-4)
    assert found.trust["grad-cam"] == found.trust["hirescam"] == pytest.approx(1)


def test_a_large_stage_is_sampled_without_repeating_a_cell():
    found = ablate_cells(random_network(), random_views(), 0, stages=("stem",), cells=20).stages["stem"]
    assert len(set(found.cells.tolist())) == 20 and found.grid == (16, 16)


def test_without_time_a_few_cells_of_every_stage_are_measured_from_all_over_it():
    network, x = random_network(), random_views(1, 96, 64)
    whole = ablate_cells(network, x, 0).stages
    found = ablate_cells(network, x, 0, batch_size=4, seconds=0).stages
    assert list(found) == list(STAGES)
    for name, some in found.items():
        every = dict(zip(whole[name].cells.tolist(), whole[name].drops.tolist(), strict=True))
        assert some.grid == whole[name].grid and len(some.cells) == min(4, some.grid[0] * some.grid[1])
        for cell, drop in zip(some.cells.tolist(), some.drops.tolist(), strict=True):
            assert every.get(cell, drop) == pytest.approx(drop, abs=1e-5)
    assert found["layer1"].cells.tolist() != [0, 1, 2, 3]
    assert found["layer1"].cells.tolist() == sorted(found["layer1"].cells.tolist())


def test_what_cannot_be_asked_is_refused():
    with pytest.raises(InputError, match="layer9"):
        ablate_cells(random_network(), random_views(), 0, stages=("layer9",))
    with pytest.raises(ValueError, match="cells is 0"):
        ablate_cells(random_network(), random_views(), 0, cells=0)
