"""The engine, on a small network of its own weights: the same answer alone, in a batch, and from several threads."""

import copy
import dataclasses
import io
import pickle
import threading
from collections import Counter

import numpy as np
import pytest
import torch
from captum._utils import gradient
from captum.attr import LayerGradCam
from PIL import Image
from safetensors.torch import save_file
from torch import nn
from torchvision.transforms._presets import ImageClassification
from torchvision.transforms.functional import InterpolationMode

from resnet_demo.engine.engine import Engine
from resnet_demo.engine.turns import Waiting
from resnet_demo.errors import Cancelled, DeviceOutOfMemory, InputError, SettingsError, WeightsUnavailable
from resnet_demo.maps import grad_cam
from resnet_demo.network.frozen.network import FrozenBlock, FrozenNetwork
from resnet_demo.network.resnet import resnet
from resnet_demo.results import STAGES, Analysis, AnalysisRequest, Classification, ClassInfo, Failed
from resnet_demo.settings import Settings
from resnet_demo.weights.cards import Card, Transform, card_to_json

LABELS = ("goldfish", "espresso", "tabby", "teapot", "acorn", "alp")


@pytest.fixture(scope="module")
def network():
    """A ResNet-18 of six classes whose batch norms have seen noise, so that its values stay finite."""
    state = torch.random.get_rng_state()
    torch.manual_seed(3)
    network = resnet(18, len(LABELS)).train()
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                nn.init.uniform_(module.weight, 0.5, 1.5)
                nn.init.uniform_(module.bias, -0.3, 0.3)
        for _ in range(10):
            network(torch.randn(8, 3, 64, 64))
    torch.random.set_rng_state(state)
    return network.eval().requires_grad_(False)


@pytest.fixture(scope="module")
def engine(network, tmp_path_factory):
    folder = tmp_path_factory.mktemp("weights")
    file = folder / "resnet18.safetensors"
    save_file(network.state_dict(), file)
    card = Card(
        name="file",
        title="six classes",
        depth=18,
        classes=tuple(ClassInfo(i, None, label) for i, label in enumerate(LABELS)),
        transform=Transform(72, 64, "bilinear", (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
        temperature=1.0,
        top1=None,
        top5=None,
        measured_on=None,
        parameters=sum(p.numel() for p in network.parameters()),
        sha256=None,
        size_bytes=file.stat().st_size,
        source="made by a test",
        licence="MIT",
        made_by="a test",
    )
    (folder / "resnet18.json").write_text(card_to_json(card))
    return Engine(device="cpu", settings=Settings(weights_file=file))


def photo(seed: int, width: int = 120, height: int = 90) -> bytes:
    """A PNG of smooth random colours."""
    small = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC).save(file, "PNG")
    return file.getvalue()


def tensor_of(data: bytes) -> torch.Tensor:
    preset = ImageClassification(crop_size=64, resize_size=72, interpolation=InterpolationMode.BILINEAR)
    return preset(Image.open(io.BytesIO(data)).convert("RGB"))[None]


def test_logits_and_probabilities_are_the_networks_own(engine, network):
    data = photo(0)
    answer = engine.analyze(data, top_k=6)
    logits = network(tensor_of(data))[0]
    assert [p.label for p in answer.predictions] == [LABELS[i] for i in logits.argsort(descending=True)]
    for prediction in answer.predictions:
        assert prediction.logit == pytest.approx(logits[prediction.index].item(), rel=1e-4, abs=1e-5)
        assert prediction.probability == pytest.approx(logits.softmax(0)[prediction.index].item(), abs=1e-5)


def test_each_stages_map_is_captums(engine, network):
    """In double precision, of a photo that leaves no activation so near zero that rounding would switch its ReLU."""
    data = photo(27)
    answer, exact = engine.analyze(data, target="tabby"), copy.deepcopy(network).double()
    for name, module in exact.stage_modules().items():
        theirs = LayerGradCam(exact, module).attribute(tensor_of(data).double(), 2)[0, 0].detach().numpy()
        np.testing.assert_allclose(answer.stages[name].cam, theirs, rtol=0, atol=1e-4 * abs(theirs).max())


def test_the_maps_are_made_of_what_captums_function_gives_back(engine, monkeypatch):
    """Gradients of random numbers in place of its own: every map must be the one that these give by hand."""
    assert grad_cam.compute_layer_gradients_and_eval is gradient.compute_layer_gradients_and_eval
    given = []

    def with_other_gradients(*args, **kwargs):
        gradients, activations = gradient.compute_layer_gradients_and_eval(*args, **kwargs)
        generator = torch.Generator().manual_seed(0)
        others = [(torch.randn(g.shape, generator=generator),) for (g,) in gradients]
        given.append(dict(zip(STAGES, zip(activations, others, strict=True), strict=True)))
        return others, activations

    monkeypatch.setattr(grad_cam, "compute_layer_gradients_and_eval", with_other_gradients)
    answer = engine.analyze(photo(27))
    (by_stage,) = given  # in one call
    for name, ((a,), (g,)) in by_stage.items():
        a, g = a[0].detach().double(), g[0].double()
        weights = g.mean((1, 2))
        by_hand = {"grad-cam": (weights[:, None, None] * a).sum(0), "hirescam": (g * a).sum(0)}
        for kind, expected in by_hand.items():
            size = expected.abs().max().item()
            np.testing.assert_allclose(answer.stages[name].cams[kind], expected, rtol=0, atol=1e-5 * size)
        np.testing.assert_allclose(answer.stages[name].weights, weights, rtol=0, atol=1e-6)


def test_an_answer_takes_one_forward_and_one_backward_pass(engine, monkeypatch):
    counts = Counter()

    def counted(name):
        whole = getattr(FrozenBlock, name)

        def wrapped(block, *args):
            counts[name] += 1
            return whole(block, *args)

        monkeypatch.setattr(FrozenBlock, name, wrapped)

    counted("run")
    counted("back")
    engine.analyze(photo(3))
    assert counts == {"run": 8, "back": 8}, "each of the eight blocks once"


def test_feature_maps_are_the_stages_activations_best_ranked_first(engine, network):
    data = photo(2)
    answer = engine.analyze(data, channels=5, ranked_by="activation")
    activations = network.forward_stages(tensor_of(data)).stages
    for name, stage in answer.stages.items():
        a = activations[name][0].numpy()
        means = a.mean(axis=(1, 2))
        np.testing.assert_array_equal(stage.channel_ids, np.argsort(-means, kind="stable")[:5])
        maps = stage.maps.astype(np.float32) * stage.scales[:, None, None]
        np.testing.assert_allclose(maps, a[stage.channel_ids], rtol=0, atol=1e-3 * a.max())
        assert stage.stats.zeros == pytest.approx((a == 0).mean(), abs=1e-6)
        rows, columns = np.divmod(stage.peak_cells, stage.shape[2])
        np.testing.assert_allclose(a[np.arange(len(a)), rows, columns], a.max(axis=(1, 2)), rtol=0, atol=1e-5 * a.max())
        np.testing.assert_allclose(stage.peaks, a.max(axis=(1, 2)), rtol=0, atol=1e-5 * a.max())


def test_the_evidence_of_all_channels_adds_up_to_the_sum_of_the_element_wise_map(engine):
    for stage in engine.analyze(photo(3)).stages.values():
        size = float(np.abs(stage.evidence).sum())
        assert float(stage.evidence.sum()) == pytest.approx(float(stage.cams["hirescam"].sum()), abs=1e-5 * size)


def test_in_layer4_a_channels_evidence_is_what_the_logit_loses_without_it(engine, network):
    """Average pooling and one linear layer: without channel k the logit lacks W[c, k] times the mean of A_k."""
    data = photo(3)
    answer = engine.analyze(data, target="tabby", stages=("layer4",))
    a = network.forward_stages(tensor_of(data)).stages["layer4"][0]
    lost = []
    for channel in range(0, 512, 37):
        without = a.clone()
        without[channel] = 0
        lost.append((network.head(a[None]) - network.head(without[None]))[0, 2].item())
    evidence = answer.stages["layer4"].evidence
    np.testing.assert_allclose(evidence[::37], lost, rtol=0, atol=1e-4 * np.abs(evidence).max())


def test_further_ranks_go_on_where_the_first_ones_end(engine):
    whole = engine.analyze(photo(4), stages=("layer4",), channels=512).stages["layer4"]
    page = engine.analyze(photo(4), stages=("layer4",), channels=20, first_rank=500).stages["layer4"]
    assert len(whole.channel_ids) == 512 and sorted(whole.channel_ids) == list(range(512))
    np.testing.assert_array_equal(page.channel_ids, whole.channel_ids[500:])
    np.testing.assert_array_equal(page.maps, whole.maps[500:])


def test_only_the_stages_asked_for_come_back_in_the_order_of_the_data(engine):
    assert list(engine.analyze(photo(5), stages=("layer4", "stem")).stages) == ["stem", "layer4"]


def test_the_same_photo_twice_gives_the_same_bits(engine):
    first, second = engine.analyze(photo(6)), engine.analyze(photo(6))
    assert first.predictions == second.predictions
    for name in STAGES:
        np.testing.assert_array_equal(first.stages[name].cam, second.stages[name].cam)
        np.testing.assert_array_equal(first.stages[name].maps, second.stages[name].maps)


def test_in_a_batch_the_answer_is_the_same_as_alone(engine):
    requests = [AnalysisRequest(photo(i), target=None if i % 2 else "alp") for i in range(5)]
    for request, answer in zip(requests, engine.analyze_many(requests, batch_size=3), strict=True):
        alone = engine.run(request)
        assert answer.target == alone.target
        assert [p.label for p in answer.predictions] == [p.label for p in alone.predictions]
        for a, b in zip(answer.predictions, alone.predictions, strict=True):
            assert a.probability == pytest.approx(b.probability, abs=1e-4)
        for name in STAGES:
            limit = 1e-3 * np.abs(alone.stages[name].cam).max()
            np.testing.assert_allclose(answer.stages[name].cam, alone.stages[name].cam, rtol=0, atol=limit)


def test_a_bad_photo_costs_only_itself(engine):
    requests = [AnalysisRequest(photo(0)), AnalysisRequest(b"no photo", name="notes.jpg"), AnalysisRequest(photo(1))]
    first, bad, last = engine.analyze_many(requests)
    assert isinstance(first, Analysis) and isinstance(last, Analysis)
    assert isinstance(bad, Failed) and bad.name == "notes.jpg" and isinstance(bad.error, InputError)


def test_a_bad_photo_costs_only_itself_when_classifying(engine, tmp_path):
    (tmp_path / "good.png").write_bytes(photo(0))
    (tmp_path / "bad.png").write_bytes(b"no photo")
    good, bad, again = engine.classify([tmp_path / name for name in ("good.png", "bad.png", "good.png")], batch_size=2)
    assert isinstance(good, Classification) and good == again
    assert isinstance(bad, Failed) and bad.name == "bad.png"
    analysed = engine.analyze(tmp_path / "good.png")
    assert [p.label for p in good.predictions] == [p.label for p in analysed.predictions]


def test_a_contrast_turns_around_when_its_classes_are_exchanged(engine):
    one = engine.analyze(photo(7), target="alp", contrast="acorn")
    other = engine.analyze(photo(7), target="acorn", contrast="alp")
    assert one.contrast == other.target and one.target == other.contrast
    for name in STAGES:
        limit = 1e-5 * np.abs(one.stages[name].cam).max()
        np.testing.assert_allclose(one.stages[name].cam, -other.stages[name].cam, rtol=0, atol=limit)


@pytest.mark.parametrize(
    "change",
    [
        {"depth": 19},
        {"target": "zebra crossing"},
        {"target": 6},
        {"target": "alp", "contrast": "alp"},
        {"stages": ("layer5",)},
        {"stages": ()},
        {"top_k": 0},
        {"channels": -1},
        {"first_rank": -1},
        {"ranked_by": "size"},
    ],
    ids=str,
)
def test_a_request_that_can_not_be_served_says_what_is_wrong(engine, change):
    with pytest.raises(InputError):
        engine.run(dataclasses.replace(AnalysisRequest(photo(0)), **change))


def test_the_most_probable_class_can_not_be_set_against_itself(engine):
    best = engine.analyze(photo(8)).target.label
    with pytest.raises(InputError, match="nothing to tell apart"):
        engine.analyze(photo(8), contrast=best)


def test_weights_that_are_not_here_are_no_silent_download(engine):
    with pytest.raises(WeightsUnavailable):
        engine.analyze(photo(0), depth=152, weights="imagenet1k-v1")


def test_a_device_that_is_not_here_is_named():
    if torch.cuda.is_available():
        pytest.skip("this machine has a CUDA device")
    with pytest.raises(SettingsError, match="cuda"):
        Engine(device="cuda")


def test_stopped_work_raises_between_batches(engine):
    asked = []

    def stop():
        asked.append(True)
        return len(asked) > 2

    answers = engine.analyze_many(
        [AnalysisRequest(photo(i)) for i in range(6)], batch_size=1, waiting=Waiting(stop=stop)
    )
    with pytest.raises(Cancelled):
        list(answers)
    assert isinstance(engine.analyze(photo(0)), Analysis)


def test_threads_at_once_get_the_answers_they_would_get_alone(engine):
    alone = [engine.analyze(photo(i)).predictions for i in range(6)]
    together: dict[int, tuple] = {}
    threads = [
        threading.Thread(target=lambda i=i: together.__setitem__(i, engine.analyze(photo(i)).predictions))
        for i in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [together[i] for i in range(6)] == alone


def test_a_batch_that_the_device_does_not_hold_is_halved(engine, monkeypatch):
    passes, sizes = engine._passes, []
    stack = passes.stack

    def small(prepared):
        sizes.append(len(prepared))
        if len(prepared) > 1:
            raise torch.OutOfMemoryError("too much")
        return stack(prepared)

    monkeypatch.setattr(passes, "stack", small)
    answers = list(engine.analyze_many([AnalysisRequest(photo(i)) for i in range(3)], batch_size=4))
    assert [type(a) for a in answers] == [Analysis] * 3
    assert sizes[0] == 3


@pytest.mark.parametrize("ask", [lambda e: e.analyze(photo(5)), lambda e: list(e.classify([photo(5)]))])
def test_a_single_photo_that_the_device_does_not_hold_is_told_plainly_and_the_next_request_works(
    engine, monkeypatch, ask
):
    def full(*_):
        raise torch.OutOfMemoryError("tried to allocate 20.00 GiB")

    with monkeypatch.context() as patched:
        patched.setattr(FrozenNetwork, "head", full)  # in the middle of the pass, hooks and turn held
        with pytest.raises(DeviceOutOfMemory, match="smaller depth") as told:
            ask(engine)
    assert "GiB" not in str(told.value)
    assert engine.turns.waiting == 0
    assert not [m for m in engine.network(18).module.modules() if m._forward_hooks or m._forward_pre_hooks]
    assert isinstance(engine.analyze(photo(5)), Analysis)


def test_another_class_for_a_photo_already_seen_decodes_nothing_again(engine, monkeypatch):
    data = photo(11)
    engine.analyze(data)
    monkeypatch.setattr("resnet_demo.photos.views.read_photo", lambda *a, **k: pytest.fail("decoded again"))
    assert engine.analyze(data, target="alp").target.label == "alp"


def test_the_same_photo_under_another_name_answers_under_that_name(engine):
    assert engine.analyze(photo(12), name="first.png").photo.name == "first.png"
    assert engine.analyze(photo(12), name="second.png").photo.name == "second.png"


def test_bfloat16_says_so_and_agrees_with_float32_within_its_precision(engine, network):
    half = Engine(device="cpu", precision="bfloat16", settings=engine.settings)
    answer, exact = half.analyze(photo(13)), engine.analyze(photo(13), target=None)
    assert (answer.precision, exact.precision) == ("bfloat16", "float32")
    for p in answer.predictions:
        twin = next(q for q in exact.predictions if q.index == p.index)
        assert p.probability == pytest.approx(twin.probability, abs=0.05)


def test_a_comparison_puts_the_same_photo_through_each_network(engine):
    found = engine.compare(photo(14), [(18, "file"), (18, "tiny-imagenet")], target="espresso")
    assert [a.analysis.network.weights for a in found.answers] == ["file", "tiny-imagenet"]
    assert [a.analysis.target.label for a in found.answers] == ["espresso", "espresso"]
    alone = engine.analyze(photo(14), weights="file", target="espresso", stages=("layer4",))
    np.testing.assert_array_equal(found.answers[0].analysis.stages["layer4"].cam, alone.stages["layer4"].cam)


def test_a_class_that_one_network_does_not_know_leaves_it_its_own(engine):
    found = engine.compare(photo(14), [(18, "file"), (18, "tiny-imagenet")], target="goldfish")
    assert [a.analysis.target.label for a in found.answers] == ["goldfish", "goldfish"]
    found = engine.compare(photo(14), [(18, "file"), (18, "tiny-imagenet")], target="bullfrog")
    assert found.answers[0].analysis.target.label in LABELS
    assert found.answers[1].analysis.target.label == "bullfrog"


@pytest.mark.parametrize("networks", [[18], [18, 18]])
def test_a_comparison_needs_two_different_networks(engine, networks):
    with pytest.raises(InputError):
        engine.compare(photo(0), networks)


def test_a_pickled_engine_is_built_anew_as_it_was_asked_for():
    sent = Engine(precision="bfloat16", settings=Settings(device="auto", batch_size=3))
    sent.network(18, "tiny-imagenet")
    arrived = pickle.loads(pickle.dumps(sent))
    assert (arrived.settings, arrived.precision, arrived.loaded()) == (sent.settings, "bfloat16", [])
    # "auto" is chosen again there: what was found here may not be there.
    assert sent.__reduce__()[1] == (None, "bfloat16", sent.settings, False)
    assert pickle.loads(pickle.dumps(Engine("cpu"))).device == Engine("cpu").device
