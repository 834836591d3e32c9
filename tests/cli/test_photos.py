"""Which photos are meant by files, folders and names on standard input."""

from __future__ import annotations

import io
import itertools
import os

from PIL import Image

from resnet_demo.cli.console import Console
from resnet_demo.cli.photos import SUFFIXES, Photos, failure, names_from
from resnet_demo.errors import InputError
from resnet_demo.photos.formats import kinds


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


def test_how_many_photos_there_will_be_is_known_for_files_alone(folder):
    assert Photos(["a.png", "b.png"], False, Console()).total == 2
    assert Photos(["a.png", str(folder)], False, Console()).total is None
    assert Photos(["-"], False, Console()).total is None


def test_every_kind_of_photo_that_can_be_read_is_found_in_folders():
    Image.init()
    named = {Image.EXTENSION.get(suffix, "HEIC").upper() for suffix in SUFFIXES}
    assert {"HEIC" if name == "HEIF" else name for name in named} == {
        form.title.upper() for form in vars(kinds).values() if isinstance(form, kinds.Format)
    }


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
