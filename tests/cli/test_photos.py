"""Which photos are meant by files, folders and names on standard input."""

from __future__ import annotations

import io
import itertools
import os
import re
from copy import copy

import pytest
from PIL import Image
from pillow_heif import register_heif_opener

from resnet_demo.cli.console import Console
from resnet_demo.cli.photos import SUFFIXES, Photos, failure, names_from
from resnet_demo.errors import InputError
from resnet_demo.photos.formats import kinds
from tests.cli.conftest import EXAMPLES


def meant(*paths, recursive=False):
    photos = Photos([str(path) for path in paths], recursive, Console())
    return [os.path.basename(path) for path in photos], photos


def test_a_folders_photos_come_in_the_order_of_their_names(folder):
    assert meant(folder)[0] == ["a.PNG", "b.webp"]


def test_folders_below_are_looked_into_when_asked(folder):
    assert meant(folder, recursive=True)[0] == ["a.PNG", "b.webp", "c.png"]


def test_a_file_that_is_named_is_taken_whatever_it_is_called(folder):
    assert meant(folder / "notes.txt", folder / ".hidden.png", folder / "none")[0] == [
        "notes.txt",
        ".hidden.png",
        "none",
    ]


def test_a_link_that_leads_in_a_circle_is_not_followed(folder):
    (folder / "below" / "up").symlink_to(folder)
    assert meant(folder, recursive=True)[0] == ["a.PNG", "b.webp", "c.png"]


def test_a_folder_without_photos_is_named(tmp_path, capsys):
    names, photos = meant(tmp_path)
    assert names == [] and photos.problems == 1
    assert f"{tmp_path} holds no photos (--recursive looks into the folders below)" in capsys.readouterr().err


def test_how_many_photos_there_will_be_is_known_but_for_standard_input(folder, tmp_path, capsys):
    assert Photos(["a.png", "b.png"], False, Console()).total == 2
    names = tmp_path / "names.txt"
    names.write_text(f"{folder}\nc.png\n{tmp_path / 'none'}")
    photos = Photos(["a.png", str(folder)], True, Console(), [str(names)])
    assert photos.total == len(list(copy(photos))) == 9
    assert Photos(["-"], False, Console()).total is None
    empty = Photos([str(names.parent / "photos" / "below")], False, Console())
    assert (empty.total, empty.problems) == (1, 0)


def test_a_log_is_told_each_tenth_of_many_photos(capsys):
    with Console().photos(lambda: 200, 100) as bar:
        for _ in range(100):
            bar.update()
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(" photos, ")[0] for line in lines] == [f"{done} of 200" for done in range(120, 201, 20)]
    assert all(re.fullmatch(r".* photos, [\d.]+ a second, \d\d:\d\d left", line) for line in lines)
    with Console().photos(lambda: 99) as bar:
        bar.update(99)
    assert capsys.readouterr().err == ""


@pytest.fixture
def heif_in_pillow(monkeypatch):
    """Pillow knows HEIF as it knows its own formats, for this test alone."""
    Image.init()
    for registry in ("ID", "OPEN", "MIME", "SAVE", "SAVE_ALL", "EXTENSION"):
        monkeypatch.setattr(Image, registry, copy(getattr(Image, registry)))
    register_heif_opener()


def test_every_ending_of_the_formats_that_are_read_is_found_in_folders(heif_in_pillow):
    read = {form.title.upper() for form in vars(kinds).values() if isinstance(form, kinds.Format)}
    called = {"HEIF": "HEIC", "MPO": "JPEG"}  # Pillow's names; an MPO is a JPEG with another behind it
    assert set(SUFFIXES) == {end for end, name in Image.EXTENSION.items() if called.get(name, name) in read}


def test_what_a_folder_holds_besides_photos_is_said(folder, capsys):
    for name in ("a.cr2", "b.mov", "c.xmp"):
        (folder / name).touch()
    meant(folder)
    assert capsys.readouterr().err == (
        f"{folder}: passed over 4 files without a photo's ending (a.cr2, b.mov, c.xmp, …) "
        "and 1 folder below (--recursive looks into them).\n"
    )
    meant(folder / "below")
    assert capsys.readouterr().err == ""
    (folder / "below" / "d.txt").touch()
    meant(folder / "below", recursive=True)
    assert capsys.readouterr().err == f"{folder / 'below'}: passed over 1 file without a photo's ending (d.txt).\n"


def test_photos_of_rarer_endings_are_classified_from_a_folder(run, tmp_path, heif_in_pillow):
    photo = Image.open(EXAMPLES / "coffee.png").convert("RGB")
    for ending, form in (("jfif", "JPEG"), ("jpe", "JPEG"), ("mpo", "MPO"), ("avif", "AVIF"), ("heif", "HEIF")):
        photo.save(tmp_path / f"{form}.{ending}", form)
    said = run("classify", tmp_path, "--top-k", "1", "-q")
    assert said.code == 0 and [line.split()[-1] for line in said.out.splitlines()] == ["espresso"] * 5


class Pieces(io.RawIOBase):
    """A pipe from which the given pieces come one at a time."""

    def __init__(self, pieces):
        self.pieces = iter(pieces)

    def read1(self, size):
        return next(self.pieces, b"")


def test_names_end_with_line_feeds():
    assert list(names_from(Pieces([b"a.png\nb c.", b"png\r\n\nd.png"]))) == ["a.png", "b c.png", "d.png"]


def test_names_end_with_nul_where_there_is_one_and_may_then_hold_line_feeds():
    assert list(names_from(Pieces([b"a\nb.png\0c", b".png\0"]))) == ["a\nb.png", "c.png"]


def test_names_that_are_no_unicode_are_taken_as_the_system_has_them():
    (name,) = names_from(Pieces([b"a\xff.png\n"]))
    assert os.fsencode(name) == b"a\xff.png"


def test_names_are_handed_on_as_they_arrive():
    endless = names_from(Pieces(b"%d.png\n" % i for i in itertools.count()))
    assert list(itertools.islice(endless, 3)) == ["0.png", "1.png", "2.png"]


def test_no_names_are_no_photos():
    assert list(names_from(Pieces([]))) == []


def test_a_failure_names_the_folder_of_a_photo_too():
    error = InputError("photo-empty", name="a.png")
    assert failure("a.png", error) == "a.png is empty. Please choose another file."
    assert failure("deep/a.png", error) == "deep/a.png: a.png is empty. Please choose another file."
