"""What a photo is called: nothing invisible, no folders, not too long."""

from __future__ import annotations

import pytest

from resnet_demo.photos.names import display_name


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("/srv/photos/cat.jpg", "cat.jpg"),
        ("C:\\Users\\someone\\cat.jpg", "cat.jpg"),
        ("../../etc/passwd", "passwd"),
        ("folder/", "folder"),
        ("cat\r\nSet-Cookie: a=b.jpg", "cat Set-Cookie: a=b.jpg"),
        ("cat\x1b[31m\x00.jpg", "cat[31m.jpg"),
        ("cat\u202egpj.exe", "catgpj.exe"),
        ("\u2066cat\u2069\u200b.jpg", "cat.jpg"),
        ("\ud800cat.jpg", "cat.jpg"),
        ("cat\u2028and\u2003dog.jpg", "cat and dog.jpg"),
        ("<b>cat<b>.jpg", "<b>cat<b>.jpg"),
        ("写真 фото é.jpg", "写真 фото é.jpg"),
        ("a\x00b\nc.png", "ab c.png"),
        ("", "photo"),
        ("///", "photo"),
        ("..", "photo"),
        ("\u202e", "photo"),
        ("a" * 79 + "b", "a" * 79 + "b"),
        ("a" * 90 + ".jpg", "a" * 75 + "….jpg"),
        ("a" * 90, "a" * 79 + "…"),
    ],
)
def test_names_are_shown_without_folders_and_invisible_characters_and_not_too_long(given, shown):
    assert display_name(given) == shown
