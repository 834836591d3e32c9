"""What the values of options may be: each makes of a word what it means, or says why it can't."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from resnet_demo.results import DEPTHS, STAGES


def whole(least: int) -> Callable[[str], int]:
    """A whole number of at least ``least``."""

    def number(text: str) -> int:
        if not text.isascii() or not text.isdigit() or int(text) < least:
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number of at least {least}")
        return int(text)

    return number


def one_channel(text: str) -> tuple[str, int]:
    """A channel by its stage and number, "layer3.117"."""
    stage, _, number = text.partition(".")
    if stage not in STAGES or not number.isascii() or not number.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} names no channel; for example layer3.117")
    return stage, int(number)


def port(text: str) -> int:
    """A port; 0 stands for any that is free."""
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; ports are 0 to 65535")
    return int(text)


def names(known: tuple[str, ...]) -> Callable[[str], tuple[str, ...]]:
    """Some of ``known``, with commas between."""

    def several(text: str) -> tuple[str, ...]:
        given = tuple(name.strip() for name in text.split(","))
        if unknown := [name for name in given if name not in known]:
            raise argparse.ArgumentTypeError(f"{unknown[0]!r} is none of {', '.join(known)}")
        return given

    return several


def depths(text: str) -> tuple[int, ...]:
    """Two or more depths, with commas between."""
    given = names(tuple(map(str, DEPTHS)))(text)
    if len(set(given)) < 2 or len(set(given)) < len(given):
        raise argparse.ArgumentTypeError(f"{text!r} names no two different depths; for example 18,50")
    return tuple(map(int, given))
