"""Every hostile file is read rightly or refused plainly, and none costs more memory than it may."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from resnet_demo.errors import InputError
from resnet_demo.photos.decoder_process import SECONDS
from resnet_demo.photos.decoders import Decoders
from resnet_demo.photos.read import read_photo
from resnet_demo.settings import Settings
from tests.hostile import generate
from tests.hostile.attacks import ATTACKS
from tests.hostile.build import encode, picture
from tests.hostile.case import Case
from tests.hostile.large import large_files

MOST_MEGABYTES = 700
MOST_OF_THE_SERVER = 400
"""Megabytes beside the decoder's: a photo's pixels, and a copy of them to make smaller."""

MOST_SECONDS = SECONDS + 2
"""Of processor time: the limit is in whole seconds, and a fresh decoder starts in less than one."""

family_cases = functools.cache(generate.family_cases)


pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits what a decoder takes")


@pytest.fixture(scope="module")
def decoders() -> Iterator[Decoders]:
    decoders = Decoders(1)
    yield decoders
    decoders.close()


@pytest.mark.parametrize("family", generate.FAMILIES, ids=lambda family: family.__name__)
def test_every_hostile_file_gives_its_picture_or_an_input_error(family, decoders):
    problems = [
        f"{case.what}: {problem}" for case in family_cases(family) if (problem := what_is_wrong(case, decoders))
    ]
    assert not problems, "\n".join(problems)


def what_is_wrong(case: Case, decoders: Decoders) -> str | None:
    """What reading ``case`` did that it must not do. Anything raised but an InputError ends the test by itself."""
    try:
        photo = read_photo(case.data, name=case.name, decode=decoders.decode)
    except InputError as error:
        if case.expected == "picture":
            return f"refused as {error.code}"
        if case.codes and error.code not in case.codes:
            return f"refused as {error.code}, not as {' or '.join(case.codes)}"
        return name_problem(error.details["name"]) or (
            None if str(error).startswith(error.details["name"]) else f"the message is {str(error)!r}"
        )
    if case.expected == "refused":
        return f"shown, {photo.pixels.shape}"
    if photo.pixels.dtype != np.uint8 or photo.pixels.ndim != 3 or photo.pixels.shape[2] != 3:
        return f"{photo.pixels.dtype} {photo.pixels.shape}"
    if case.truth is not None:
        if photo.pixels.shape != case.truth.shape:
            return f"shape {photo.pixels.shape} instead of {case.truth.shape}"
        off = int(np.abs(photo.pixels.astype(int) - case.truth).max())
        if off > case.tolerance:
            return f"a value is {off} from the truth"
    return name_problem(photo.name)


def name_problem(name: str) -> str | None:
    if not 0 < len(name) <= 80:
        return f"the name has {len(name)} characters"
    if any(unicodedata.category(c)[0] == "C" or unicodedata.category(c) in ("Zl", "Zp") for c in name):
        return f"the name holds what can't be seen: {name!r}"
    return f"the name holds a path: {name!r}" if "/" in name or "\\" in name else None


def test_no_two_cases_of_a_family_go_by_the_same_description():
    described = [(case.family, case.what) for family in generate.FAMILIES for case in family_cases(family)]
    assert len(described) == len(set(described))


def test_the_same_seed_makes_the_same_files_and_another_seed_makes_others():
    def made(seed: int) -> list[bytes]:
        return [case.data for case in generate.family_cases(generate.FAMILIES[1], seed)]

    assert made(3) == made(3)
    assert made(3) != made(4)


def measured(*arguments: str | Path) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "tests.hostile.peak", *map(str, arguments)]
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=500, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def written(folder: Path, files: Iterable[tuple[str, bytes]]) -> list[Path]:
    paths = []
    for name, data in files:
        paths.append(folder / name)
        paths[-1].write_bytes(data)
    return paths


def assert_within_limits(lines: list[dict[str, Any]]) -> None:
    assert not [line for line in lines if line["peak_mb"] > MOST_MEGABYTES]
    assert not [line for line in lines if line["server_mb"] > MOST_OF_THE_SERVER]
    assert not [line for line in lines if line["cpu_s"] > MOST_SECONDS]


def test_no_photo_of_all_takes_more_memory_or_time_than_it_may(tmp_path):
    paths = generate.write(tmp_path / "hostile")
    assert len(paths) == len(json.loads((tmp_path / "hostile" / "manifest.json").read_text(encoding="utf-8")))
    large = written(tmp_path, large_files())
    assert sum(path.stat().st_size for path in (*paths, *large)) < 60e6, "the files are meant to be small on disk"
    lines = measured(*large, *paths)
    assert [line["file"] for line in lines] == [path.name for path in (*large, *paths)]
    refused = [line for line in lines[: len(large)] if " x " not in line["outcome"]]
    assert not refused, "photos at the limit must be read, or their peak says nothing"
    assert_within_limits(lines)
    assert max(line["peak_mb"] for line in lines) > 200, "a 40-megapixel photo can't be decoded in less"


@pytest.mark.parametrize("name", ATTACKS)
def test_a_file_made_to_take_everything_takes_what_one_photo_may_and_the_next_is_read(name, tmp_path):
    good = encode(picture(np.random.default_rng(5)), "PNG")
    (line, after) = measured(*written(tmp_path, [(name, ATTACKS[name]()), ("good.png", good)]))
    assert_within_limits([line])
    assert " x " in line["outcome"] or line["outcome"] in ("photo-too-costly", "photo-damaged")
    assert after["outcome"] == "36 x 24"


def test_what_many_visitors_photos_take_together_is_what_two_may(tmp_path):
    (path,) = written(tmp_path, [("large.jpg", next(large_files())[1])])
    (line,) = measured("--visitors", "8", path)
    assert line["photos"] == 32
    assert line["peak_mb"] < Settings().decoders * (MOST_MEGABYTES + MOST_OF_THE_SERVER)
