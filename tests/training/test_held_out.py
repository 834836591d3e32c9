"""Photos of tests find the folders of their classes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.test_near_copies import made_photo
from training import held_out
from training.data import list_split


def test_photos_lie_by_class_and_by_whether_the_class_is_known(
    made_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nips, samples = tmp_path / "nips", tmp_path / "samples"
    (nips / "images").mkdir(parents=True)
    samples.mkdir()
    rows = ["ImageId,URL,TrueLabel", "aa,http://x,2", "bb,http://x,1", "absent,http://x,2"]  # goldfish is 1 from 0
    (nips / "images.csv").write_text("\n".join(rows), encoding="utf-8")
    for name in ("aa", "bb"):
        made_photo(1).save(nips / "images" / f"{name}.png")
    for name in ("n01443537_goldfish", "n01440764_tench"):
        made_photo(2).save(samples / f"{name}.JPEG")
    words = ["--nips", str(nips), "--samples", str(samples), "--data", str(made_data), "--out", str(tmp_path / "out")]
    assert held_out.main(words) == 0
    assert capsys.readouterr().out.splitlines() == ["known: 1 photos", "others: 1 photos", "samples: 1 photos"]
    found, classes = list_split(tmp_path / "out", "known")
    assert classes == ("n01443537",)
    assert [path.name for path, _ in found] == ["aa.png"]
    assert list_split(tmp_path / "out", "others")[1] == ("n01440764",)
    assert list_split(tmp_path / "out", "samples")[1] == ("n01443537",)
