"""Which class is meant: an index, a WordNet id or a label, found among the classes of one network."""

from __future__ import annotations

import difflib
import operator
from collections.abc import Sequence

from resnet_demo.errors import InputError
from resnet_demo.results import ClassInfo


def find_class(wanted: int | str, classes: Sequence[ClassInfo]) -> ClassInfo:
    """The class that ``wanted`` names: an index, also in digits, a WordNet id ("n07920052") or a label ("espresso").

    Labels are compared first as they stand, then without regard to case. Raises ``InputError``: for a name this network
    does not know, with the nearest labels; for a label that several classes share, with their WordNet ids.
    """
    if not isinstance(wanted, str):
        try:
            return _by_index(operator.index(wanted), classes)
        except TypeError:
            raise InputError("class-unknown", given=str(wanted)[:80], classes=len(classes)) from None
    text = wanted.strip()
    found = (
        [c for c in classes if c.wnid == text]
        or [c for c in classes if c.label == text]
        or [c for c in classes if c.label.casefold() == text.casefold()]
    )
    if len(found) > 1:
        names = ", ".join(c.wnid or str(c.index) for c in found)
        raise InputError("class-ambiguous", given=text, classes=names)
    if found:
        return found[0]
    if text.isascii() and text.isdigit():
        return _by_index(int(text), classes)
    labels = {c.label.casefold(): c.label for c in classes}
    near = [labels[label] for label in difflib.get_close_matches(text.casefold(), labels, n=3)]
    unknown = InputError("class-unknown", given=text[:80], classes=len(classes))
    raise unknown.with_way("way-near-classes", near=", ".join(near)) if near else unknown


def _by_index(wanted: int, classes: Sequence[ClassInfo]) -> ClassInfo:
    if not 0 <= wanted < len(classes):
        raise InputError("class-out-of-range", given=wanted, classes=len(classes))
    return classes[wanted]
