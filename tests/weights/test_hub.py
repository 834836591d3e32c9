"""Weights of the Hugging Face Hub by their name, against a stand-in that speaks its protocol."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import torchvision
from PIL import Image
from safetensors.torch import save
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as F

from resnet_demo.errors import InputError, WeightsCorrupt, WeightsMismatch, WeightsUnavailable
from resnet_demo.results import ClassInfo
from resnet_demo.weights import choices, hub
from resnet_demo.weights.hub_config import described
from resnet_demo.weights.imagenet import imagenet_classes
from tests.serving import NOBODY, ROOT
from tests.weights.hub_server import Hub, standing_in
from tests.weights.test_state_dicts import as_hugging_face

COFFEE = ROOT / "assets/examples/coffee.png"
TIMM, HUGGING_FACE, OTHER = "timm/resnet18.five_in1k", "someone/resnet-18", "timm/resnet50d.ra2_in1k"
LABELS = ["ant", "bee", "cat", "dog", "eel"]
OF_TIMM: dict[str, Any] = {
    "architecture": "resnet18",
    "num_classes": 5,
    "label_names": LABELS,
    "pretrained_cfg": {
        "input_size": [3, 64, 64],
        "crop_pct": 0.8,
        "interpolation": "bicubic",
        "mean": [0.4, 0.5, 0.6],
        "std": [0.2, 0.3, 0.4],
        "license": "apache-2.0",
    },
}
OF_HUGGING_FACE: dict[str, Any] = {
    "model_type": "resnet",
    "layer_type": "basic",
    "depths": [2, 2, 2, 2],
    "hidden_sizes": [64, 128, 256, 512],
    "embedding_size": 64,
    "hidden_act": "relu",
    "downsample_in_first_stage": False,
    "id2label": {str(i): label for i, label in enumerate(LABELS)},
}
PREPROCESSOR = {
    "size": {"shortest_edge": 64},
    "crop_pct": 0.875,
    "resample": 2,
    "image_mean": [0.5] * 3,
    "image_std": [0.5] * 3,
}


def network(seed: int) -> Any:
    torch.manual_seed(seed)
    made = torchvision.models.resnet18(num_classes=5).half().eval()
    return made


def saved(made: Any, rename: Any = lambda key: key) -> bytes:
    return save({rename(key): value.contiguous() for key, value in made.state_dict().items()})


def files(config: dict[str, Any], weights: bytes, **more: Any) -> dict[str, bytes]:
    texts = {"config.json": config, **{f"{name}.json": value for name, value in more.items()}}
    return {**{name: json.dumps(value).encode() for name, value in texts.items()}, "model.safetensors": weights}


@pytest.fixture(scope="module")
def stand_in() -> Iterator[Hub]:
    with standing_in() as served:
        served.models[TIMM] = [files(OF_TIMM, saved(network(0)))]
        served.models[HUGGING_FACE] = [
            files(OF_HUGGING_FACE, saved(network(1), as_hugging_face), preprocessor_config=PREPROCESSOR)
        ]
        served.models[OTHER] = [files({**OF_TIMM, "architecture": "resnet50d"}, b"not to be fetched")]
        yield served


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(autouse=True)
def own_cache(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(home))


def run(home: Path, endpoint: str, *words: object, **more: str) -> subprocess.CompletedProcess[str]:
    """The command line with the Hub at ``endpoint`` and its cache in ``home``."""
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "RESNET_DEMO_", "HUGGINGFACE_"))}
    environment = {**keep, "HF_ENDPOINT": endpoint, "HF_HOME": str(home), "TORCH_HOME": str(home), **more}
    asked = [sys.executable, "-m", "resnet_demo", *map(str, words)]
    return subprocess.run(asked, cwd=ROOT, env=environment, capture_output=True, text=True)


@pytest.fixture(scope="module")
def fetched(stand_in: Hub, home: Path) -> dict[str, list[subprocess.CompletedProcess[str]]]:
    """What the command line said of the first version of each: asked to use it, and to fetch it."""
    return {
        name: [
            run(home, stand_in.url, "classify", COFFEE, "--weights", f"hf:{name}"),
            run(home, stand_in.url, "weights", "download", "--weights", f"hf:{name}"),
        ]
        for name in (TIMM, HUGGING_FACE)
    }


@pytest.fixture(scope="module")
def moved_on(fetched: Any, stand_in: Hub) -> str:
    """The commit of ``TIMM`` that was fetched, after the Hub has got another."""
    first = stand_in.commit(TIMM)
    stand_in.models[TIMM].append(files(OF_TIMM, saved(network(2))))
    return first


def by_hand(made: Any, size: int, crop: int, mode: InterpolationMode, mean: list[float], std: list[float]) -> Any:
    """The probabilities of the coffee: torchvision's network and functions, one after the other."""
    photo = Image.open(COFFEE).convert("RGB")
    pixels = F.to_tensor(F.center_crop(F.resize(photo, [size], mode), [crop]))
    with torch.inference_mode():
        return made.float()(F.normalize(pixels, mean, std)[None]).softmax(1)[0]


@pytest.mark.parametrize("name", [TIMM, HUGGING_FACE])
def test_weights_are_fetched_by_name_and_answer_offline_as_torchvision_computes(
    name: str, fetched: dict[str, list[subprocess.CompletedProcess[str]]], home: Path
) -> None:
    before, then = fetched[name]
    assert before.returncode == 3 and f"weights download --weights hf:{name}" in before.stderr
    assert then.returncode == 0, then.stderr
    answered = run(home, NOBODY, "classify", COFFEE, "--weights", f"hf:{name}", "--format", "json", HF_HUB_OFFLINE="1")
    assert answered.returncode == 0, answered.stderr
    found = {each["label"]: each["probability"] for each in json.loads(answered.stdout)[0]["predictions"]}
    if name == TIMM:
        expected = by_hand(network(0), 80, 64, InterpolationMode.BICUBIC, [0.4, 0.5, 0.6], [0.2, 0.3, 0.4])
    else:
        expected = by_hand(network(1), 73, 64, InterpolationMode.BILINEAR, [0.5] * 3, [0.5] * 3)
    assert found == pytest.approx(dict(zip(LABELS, expected.tolist(), strict=True)), abs=1e-4)


def test_what_was_fetched_stays_though_the_hub_has_moved_on_and_a_commit_is_had_by_its_name(
    moved_on: str, stand_in: Hub, home: Path
) -> None:
    stand_in.asked.clear()
    assert run(home, stand_in.url, "weights", "download", "--weights", f"hf:{TIMM}").returncode == 0
    assert stand_in.asked == []
    pinned = hub.cached(hub.parsed(f"hf:{TIMM}"))
    assert pinned is not None and pinned.commit == moved_on
    newer = f"hf:{TIMM}@{stand_in.commit(TIMM)}"
    assert run(home, stand_in.url, "weights", "download", "--weights", newer).returncode == 0
    found = choices.load(18, newer)
    torch.testing.assert_close(found.state_dict()["conv1.weight"], network(2).float().state_dict()["conv1.weight"])
    card = choices.card_of(18, f"hf:{TIMM}")
    assert card.licence == "apache-2.0" and moved_on in card.source


def test_what_is_in_the_cache_is_listed_for_its_depth_alone(fetched: Any) -> None:
    listed = {depth: [c for c in choices.choices(depth) if c.name.startswith("hf:")] for depth in (18, 34)}
    assert [(c.name, c.available, c.downloadable, c.classes) for c in listed[18]] == [
        (f"hf:{HUGGING_FACE}", True, False, 5),
        (f"hf:{TIMM}", True, False, 5),
    ]
    assert [c.composed for c in listed[18]] == [("classes", HUGGING_FACE), ("classes", TIMM)]
    assert listed[34] == []
    with pytest.raises(WeightsMismatch):
        choices.resolve(34, f"hf:{TIMM}")


def test_another_network_is_refused_in_words_before_its_weights_are_fetched(stand_in: Hub, home: Path) -> None:
    stand_in.asked.clear()
    done = run(home, stand_in.url, "weights", "download", "--weights", f"hf:{OTHER}")
    assert done.returncode == 3 and "resnet50d" in done.stderr and "another network" in done.stderr
    assert any("config.json" in each for each in stand_in.asked)
    assert not any("model.safetensors" in each for each in stand_in.asked)


@pytest.mark.parametrize(
    ("name", "endpoint", "more", "said"),
    [
        ("hf:nobody/nothing", "", {}, "There is no hf:nobody/nothing"),
        ("hf:timm/resnet18.other", "", {"HF_HUB_OFFLINE": "1"}, "HF_HUB_OFFLINE"),
        ("hf:timm/resnet18.other", "", {"RESNET_DEMO_DOWNLOADS": "deny"}, "turned off"),
        ("hf:timm/resnet18.other", NOBODY.rstrip("/"), {}, "could not be fetched"),
        ("hf:../../etc", "", {}, "names nothing"),
    ],
)
def test_what_can_not_be_had_is_said_in_a_sentence(
    name: str, endpoint: str, more: dict[str, str], said: str, stand_in: Hub, home: Path
) -> None:
    done = run(home, endpoint or stand_in.url, "weights", "download", "--weights", name, **more)
    assert done.returncode in (2, 3) and said in done.stderr and "Traceback" not in done.stderr


def test_a_file_that_was_changed_in_the_cache_is_refused(fetched: Any) -> None:
    pinned = hub.cached(hub.parsed(f"hf:{HUGGING_FACE}"))
    assert pinned is not None
    blob = pinned.path.resolve()
    whole = blob.read_bytes()
    try:
        blob.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        with pytest.raises(WeightsCorrupt):
            choices.load(18, f"hf:{HUGGING_FACE}")
    finally:
        blob.write_bytes(whole)


def test_nobody_but_the_command_fetches_by_such_a_name(fetched: Any) -> None:
    """A visitor of the page may ask for any name: nothing is fetched for it."""
    with pytest.raises(WeightsUnavailable):
        choices.download(18, "hf:timm/resnet18.other")
    with pytest.raises(InputError):
        choices.download(18, f"hf:{TIMM}")


def test_imagenets_classes_are_known_by_their_order_and_first_names_and_others_are_not() -> None:
    labels = [f"{c.label}, another name" for c in imagenet_classes()]
    labels[7:20] = [f"kind {i}" for i in range(13)]
    classes = tuple(ClassInfo(i, None, label) for i, label in enumerate(labels))
    assert hub._are_imagenets(classes)
    assert not hub._are_imagenets(classes[::-1])
    assert not hub._are_imagenets(classes[:5])


@pytest.mark.parametrize("name", ["hf:", "hf:a", "hf:a/b/c", "hf:a/../b", "hf:a/..", "hf:a/b@", "hf:a b/c", "hf:/a/b"])
def test_a_name_that_leads_elsewhere_is_none(name: str) -> None:
    with pytest.raises(InputError):
        hub.parsed(name)


def test_the_cache_is_where_the_hubs_own_library_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "from huggingface_hub.constants import HF_HUB_CACHE as c; from resnet_demo.weights.hub import cache; "
    code += "print(c); print(cache())"
    for given in ({"HF_HOME": "~/h"}, {"HF_HUB_CACHE": str(tmp_path)}, {"XDG_CACHE_HOME": str(tmp_path)}, {}):
        keep = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "HUGGINGFACE_", "XDG_"))}
        told = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env={**keep, **given}, capture_output=True, text=True, check=True
        )
        theirs, ours = told.stdout.splitlines()
        assert theirs == ours


@pytest.mark.parametrize(
    "changed",
    [
        {"downsample_in_bottleneck": True},
        {"downsample_in_first_stage": True},
        {"hidden_act": "gelu"},
        {"embedding_size": 32},
        {"depths": [2, 2, 2, 3]},
        {"layer_type": "bottleneck"},
        {"model_type": "convnext"},
    ],
)
def test_a_configuration_that_the_shapes_do_not_tell_is_refused(changed: dict[str, Any]) -> None:
    assert described(OF_HUGGING_FACE, PREPROCESSOR, "hf:a/b").depth == 18
    with pytest.raises(WeightsMismatch, match="another network"):
        described({**OF_HUGGING_FACE, **changed}, PREPROCESSOR, "hf:a/b")


@pytest.mark.parametrize(
    "changed", [{"architecture": "resnetv2_50"}, {"architecture": "seresnet50"}, {"model_args": {"output_stride": 8}}]
)
def test_timms_other_networks_are_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(WeightsMismatch, match="another network"):
        described({**OF_TIMM, **changed}, {}, "hf:a/b")


@pytest.mark.parametrize(
    "own", [{"mean": [1, 2]}, {"std": [0, 1, 1]}, {"crop_pct": 0}, {"interpolation": "nearest"}, {}]
)
def test_a_configuration_that_says_no_transform_is_refused(own: dict[str, Any]) -> None:
    given = {**OF_TIMM["pretrained_cfg"], **own} if own else {}
    with pytest.raises(WeightsCorrupt):
        described({**OF_TIMM, "pretrained_cfg": given}, {}, "hf:a/b")
