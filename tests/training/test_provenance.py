"""A card says where its network comes from, and what is not known of that."""

from __future__ import annotations

from training.provenance import grown, licence_of, made_by, without_folders
from training.sharp_sources import UNLABELLED

PUBLISHED = {
    "published": {"ResNet18.onnx": "aa", "ResNetPreprocess.onnx": "bb"},
    "command": "python -m training.from_published --data /data/me/tiny --out /data/me/runs/begin",
    "photos_fitted_to": 20_000,
    "sharp_crops_fitted_to": 3_000,
}
FIRST = {"command": "python -m training.distil --from /data/me/runs/begin/resnet18.pt", "machine": "2 CPU threads"}
SECOND = {"command": FIRST["command"] + " --resume", "machine": "2 CPU threads"}


def test_every_command_stands_once_and_in_order() -> None:
    words = made_by([PUBLISHED, FIRST, SECOND])
    assert words.index("aa") < words.index("20,000") < words.index("training.distil")
    assert words.count("training.distil") == 1
    assert "/data/me" not in words
    assert "not known of it" in words


def test_what_was_begun_with_keeps_its_licence() -> None:
    licence = licence_of([PUBLISHED, FIRST], "weights: as the program")
    assert licence.startswith("weights: as the program")
    assert "MIT, (c) .NET Foundation" in licence
    assert all(source.repository in licence for source in UNLABELLED)
    assert licence_of([FIRST], "weights: as the program") == "weights: as the program"


def test_the_last_network_that_one_was_made_from_is_told() -> None:
    deeper = {"command": "python -m training.deepen --to 50", "grown_from": 18, "grown_by": "bottlenecks"}
    assert grown([PUBLISHED, FIRST, SECOND]) == (None, "published")
    assert grown([PUBLISHED, FIRST, deeper, SECOND]) == (18, "bottlenecks")
    assert grown([FIRST]) == (None, None)


def test_absolute_paths_are_cut_down() -> None:
    assert without_folders('--out /a/b/run --data "/x/y z" --rate 0.1') == '--out run --data "y z" --rate 0.1'
