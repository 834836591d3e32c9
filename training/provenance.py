"""Where a network comes from, in the words of its card: from the published one, through every command, to the last."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from resnet_demo.results import Growth
from training.sharp_sources import UNLABELLED

PUBLISHED = "the residual network of the NuGet package Microsoft.ML.DnnImageFeaturizer.ResNet18 0.23.1"

PUBLISHED_LICENCE = "start: MIT, (c) .NET Foundation and contributors"

NOT_KNOWN = (
    "not known of it: its recipe, its accuracy, and which of ImageNet's training photos it saw; all must be assumed, "
    "and Tiny ImageNet's validation photos are of these, so figures on them flatter"
)


def grown(origin: Sequence[Mapping[str, Any]]) -> tuple[int | None, Growth | None]:
    """The depth of the network that one was made from, and how, as a card has them: the last time that it was."""
    for record in reversed(origin):
        if "grown_by" in record:
            return record["grown_from"], record["grown_by"]
        if "published" in record:
            return None, "published"
    return None, None


def licence_of(origin: Sequence[Mapping[str, Any]], data: str) -> str:
    """Of a network's weights, beside that of the ``data`` it was trained on."""
    if not _published(origin):
        return data
    sources = "; ".join(f"{source.repository} ({source.what})" for source in UNLABELLED)
    return f"{data}; {PUBLISHED_LICENCE}; sharp photos from public collections with terms of their own: {sources}"


def made_by(origin: Sequence[Mapping[str, Any]]) -> str:
    """Every command in order, what it fitted to or how long it took."""
    words = []
    if published := _published(origin):
        files = ", ".join(f"{name} of sha256 {digest}" for name, digest in published.items())
        words.append(f"begun with {PUBLISHED} ({files}); {NOT_KNOWN}")
    for record in origin:
        command = re.sub(r" --(resume|threads \d+|cache \S+)", "", without_folders(record["command"]))
        if "photos_fitted_to" in record:
            blurred, sharp = record["photos_fitted_to"], record["sharp_crops_fitted_to"]
            command += f" (last layers fitted to {blurred:,} labelled photos and {sharp:,} sharp crops)"
        elif "machine" in record:
            command += f" ({record['machine']})"
        if command not in words:
            words.append(command)
    return "; then ".join(words)


def without_folders(text: str) -> str:
    """Absolute paths cut down to their last name: where the data lay on one machine helps nobody else."""
    return re.sub(r"(?<![^\s\"])/(?:[^\s/\"]+/)+(?=[^\s/\"])", "", text)


def _published(origin: Sequence[Mapping[str, Any]]) -> Mapping[str, str] | None:
    return next((record["published"] for record in origin if "published" in record), None)
