"""What the page says of maps, probabilities and fields, measured on the bundled ResNet-18 by a second way."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from resnet_demo import Engine
from resnet_demo.engine.laboratory import Laboratory
from resnet_demo.results import STAGES, Analysis, AnalysisRequest, CellAblation, EffectiveField
from resnet_demo.results.comparison import OTHER_PHOTOS
from resnet_demo.settings import Settings

EXAMPLES = Path(__file__).resolve().parents[1] / "assets" / "examples"


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(device="cpu", settings=Settings())


def test_the_plain_softmax_stands_beside_the_tempered_one(engine: Engine) -> None:
    found = engine.analyze(str(EXAMPLES / "koala.webp"), weights="tiny-imagenet", top_k=200, channels=0)
    logits = torch.tensor([p.logit for p in found.predictions], dtype=torch.float64)
    for name, temperature in (("probability", found.network.temperature), ("untempered", 1.0)):
        told = [getattr(p, name) for p in found.predictions]
        assert told == pytest.approx((logits / temperature).softmax(0).tolist(), abs=1e-6)
    assert found.network.temperature != 1


def test_the_share_of_the_field_is_of_the_part_in_view(engine: Engine) -> None:
    """layer4's field is 435 px, the view 224: padding can't be made use of."""
    photo = str(EXAMPLES / "koala.webp")
    found = Laboratory(engine).run(EffectiveField, photo, 18, "tiny-imagenet", stage="layer4", row=3, column=3)
    network = engine.drawn(18, "tiny-imagenet").module
    with torch.inference_mode(False):
        view = engine.tensor([engine.view(photo, engine.drawn(18, "tiny-imagenet"))]).clone().requires_grad_()
        network.forward_stages(view).stages["layer4"][0, :, 3, 3].sum().backward()
    assert view.grad is not None
    sway = view.grad[0].abs().sum(0).numpy()
    used = np.count_nonzero(sway > (1 - 0.9545) * sway.max())
    assert found.share_used == pytest.approx(used / sway.size, rel=0.01)
    assert found.effective_size is not None
    of_the_field = (found.effective_size / found.theoretical.size) ** 2
    assert found.share_used / of_the_field == pytest.approx((435 / 224) ** 2, rel=0.01)


@pytest.mark.parametrize("stage, step", [("layer1", 4), ("layer2", 8), ("layer3", 16), ("layer4", 32)])
def test_what_a_cell_makes_use_of_is_centred_between_its_fields_middle_and_the_cell_drawn(
    engine: Engine, stage: str, step: int
) -> None:
    """Of the cell whose field has its middle in the middle of the view: the edges cut off as much either way."""
    place, laboratory = 96 // step, Laboratory(engine)
    photos = [str(EXAMPLES / name) for name in ("coffee.png", "koala.webp", "rocket.jpg", "bison.webp")]
    found = [
        laboratory.run(EffectiveField, photo, 18, "tiny-imagenet", stage=stage, row=place, column=place)
        for photo in photos
    ]
    field = found[0].theoretical
    assert field.start + field.size / 2 + field.step * place == 96.5
    for each in found:
        assert each.centre is not None
        mass = each.sway.astype(np.float64)
        rows, columns = np.indices(mass.shape) + 0.5
        assert each.centre == pytest.approx(((mass * columns).sum() / mass.sum(), (mass * rows).sum() / mass.sum()))
    drawn = (place + 0.5) * step
    assert 96.5 < np.mean([each.centre for each in found]) < drawn


@pytest.fixture(scope="module")
def cells(engine: Engine) -> list[CellAblation]:
    laboratory = Laboratory(engine)
    photos = [str(EXAMPLES / name) for name in ("coffee.png", "koala.webp")]
    return [laboratory.run(CellAblation, photo, 18, "tiny-imagenet", stages=STAGES, cells=48) for photo in photos]


def trust(cells: list[CellAblation], stage: str, kind: str) -> float:
    found = [each.stages[stage].trust[kind] for each in cells]
    return sum(rho for rho in found if rho is not None) / len(found)


@pytest.mark.parametrize("stage", ["layer1", "layer2", "layer3"])
def test_before_layer4_hirescam_foretells_what_cells_are_worth_and_grad_cam_less(
    cells: list[CellAblation], stage: str
) -> None:
    assert trust(cells, stage, "hirescam") > 0.7
    assert trust(cells, stage, "hirescam") > trust(cells, stage, "grad-cam") + 0.2


def test_in_the_stem_of_the_bundled_networks_hirescam_hardly_foretells_it(
    cells: list[CellAblation], engine: Engine
) -> None:
    deep = [
        Laboratory(engine).run(CellAblation, str(EXAMPLES / name), 50, "tiny-imagenet", stages=["stem"], cells=48)
        for name in ("coffee.png", "koala.webp")
    ]
    assert all(abs(trust(found, "stem", "hirescam")) < 0.35 for found in (cells, deep))


def test_in_layer4_both_are_what_cells_are_worth(cells: list[CellAblation]) -> None:
    assert trust(cells, "layer4", "grad-cam") > 0.99 and trust(cells, "layer4", "hirescam") > 0.99


@pytest.mark.parametrize("stage", ["stem", "layer1"])
def test_many_of_the_brightest_early_grad_cam_cells_speak_against_the_class(engine: Engine, stage: str) -> None:
    found = engine.analyze(str(EXAMPLES / "coffee.png"), weights="tiny-imagenet", channels=0).stages[stage]
    bright = found.cam > np.quantile(found.cam, 0.9)
    assert np.mean(found.cams["hirescam"][bright] < 0) > 0.3


def test_bundled_networks_tell_which_of_them_are_kin(engine: Engine) -> None:
    """The kernels of the stem are found again in what was made from a network."""
    depths = (18, 34, 50)
    choices = {depth: next(c for c in engine.choices(depth) if c.name == "tiny-imagenet") for depth in depths}
    stems = {depth: engine.drawn(depth, "tiny-imagenet").module.conv1.weight for depth in depths}
    assert [choices[depth].grown_by for depth in depths] == ["published", "published", "bottlenecks"]
    assert [choices[depth].grown_from for depth in depths] == [None, None, 18]
    for a, b in combinations(depths, 2):
        assert alike(stems[a], stems[b]) > 0.99, (a, b)
    strange = torch.randn(stems[18].shape, generator=torch.Generator().manual_seed(0))
    assert abs(alike(stems[18], strange)) < 0.1


@pytest.mark.parametrize("stage", ["layer1", "layer2", "layer3"])
def test_the_first_quarter_of_the_resnet50s_channels_is_nearly_the_resnet18s(engine: Engine, stage: str) -> None:
    photos = [str(EXAMPLES / name) for name in ("coffee.png", "koala.webp", "rocket.jpg", "bison.webp")]
    cells = {}
    for depth in (18, 50):
        network = engine.drawn(depth, "tiny-imagenet")
        with torch.inference_mode():
            seen = network.module.forward_stages(engine.tensor([engine.view(photo, network) for photo in photos]))
        cells[depth] = seen.stages[stage].transpose(0, 1).flatten(1)
    of_18, of_50 = cells[18], cells[50]
    width = len(of_18)
    assert len(of_50) == 4 * width
    like = [np.corrcoef(of_18[channel], of_50[channel])[0, 1] for channel in range(width) if of_18[channel].any()]
    random = [channel for channel in range(0, width, 4) if of_18[channel].any() and of_50[3 * width + channel].any()]
    other = [np.corrcoef(of_18[channel], of_50[3 * width + channel])[0, 1] for channel in random]
    assert np.median(like) > 0.85 and np.quantile(like, 0.1) > 0.5
    assert abs(np.median(other)) < 0.3, "what began at random is not"


def test_the_resnet18_shares_all_but_layer4_with_the_resnet34(engine: Engine) -> None:
    """The 34's published blocks are its first ones of each stage; both are rounded to 8 bits."""
    small, large = (engine.drawn(depth, "tiny-imagenet").module.state_dict() for depth in (18, 34))
    kernels = [name for name, value in small.items() if value.ndim == 4]
    shared = {name for name in kernels if alike(small[name], large[name]) > 0.999}
    assert shared == {name for name in kernels if not name.startswith("layer4")}


def test_the_blocks_added_to_the_resnet34_add_next_to_nothing(engine: Engine) -> None:
    """By hooks on the blocks, as torch runs them."""
    network = engine.drawn(34, "tiny-imagenet").module
    x = engine.tensor([engine.view(str(EXAMPLES / "koala.webp"), engine.drawn(34, "tiny-imagenet"))])
    sizes = {}

    def measured(name: str) -> Callable[..., None]:
        def hook(block: torch.nn.Module, given: tuple[torch.Tensor], made: torch.Tensor) -> None:
            passed = given[0] if block.downsample is None else block.downsample(given[0])
            sizes[name] = float(block.branch(given[0]).norm() / passed.norm())

        return hook

    hooks = [
        block.register_forward_hook(measured(f"{stage}.{place}"))
        for stage in STAGES[1:]
        for place, block in enumerate(getattr(network, stage))
    ]
    with torch.inference_mode():
        network(x)
    for each in hooks:
        each.remove()
    published = {"layer1": 2, "layer2": 2, "layer3": 2, "layer4": 3}
    began = {f"{stage}.{place}" for stage, blocks in published.items() for place in range(blocks)}
    assert len(sizes) == 16 and max(size for name, size in sizes.items() if name not in began) < 0.02
    assert min(sizes[name] for name in began) > 0.1


@pytest.mark.parametrize("depth", [18, 34, 50])
def test_a_raccoon_is_told_to_be_none_of_the_classes_and_a_koala_is_not(engine: Engine, depth: int) -> None:
    asked = {"depth": depth, "weights": "tiny-imagenet", "channels": 0}
    raccoon, koala = (engine.analyze(str(EXAMPLES / name), **asked) for name in ("raccoon.jpg", "koala.webp"))
    assert raccoon.unfamiliar is True and koala.unfamiliar is False


def alike(a: torch.Tensor, b: torch.Tensor) -> float:
    return float(torch.nn.functional.cosine_similarity(a.flatten().float(), b.flatten().float(), dim=0))


def test_maps_of_two_different_photos_agree_as_much_as_is_told(engine: Engine) -> None:
    photos = [str(path) for path in sorted(EXAMPLES.iterdir()) if path.suffix in (".png", ".webp", ".jpg")]
    requests = [AnalysisRequest(p, weights="tiny-imagenet", stages=("layer4",), channels=0) for p in photos]
    cams = [found.stages["layer4"].cam for found in engine.analyze_many(requests) if isinstance(found, Analysis)]
    assert len(cams) == len(photos) >= 8
    found = [spearmanr(a, b, axis=None).statistic for a, b in combinations(cams, 2)]
    assert (np.mean(found), np.std(found)) == pytest.approx(OTHER_PHOTOS, abs=0.08)
