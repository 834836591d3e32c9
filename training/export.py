"""From a finished run to a bundled file with its card: ``python -m training.export --run DIR --data DIR``.

Both are measured as the app will use them: the file is written, loaded as any is, asked through the engine; the
temperature is fitted on those answers; and only then do file, card and log move to their place.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor
from tqdm import tqdm

from resnet_demo.assets import assets_dir
from resnet_demo.engine.engine import Engine
from resnet_demo.network.resnet import DEPTHS, resnet
from resnet_demo.results import ClassInfo
from resnet_demo.settings import Settings
from resnet_demo.weights.cards import Card, Transform, card_to_json
from resnet_demo.weights.imagenet import imagenet_classes
from resnet_demo.weights.integrity import sha256_of
from training import checkpoint, storage
from training import sharp as sharp_photos
from training.answers import Answers, ask
from training.augment import MEAN, STD, whole
from training.bundled import beyond, entries_of, file_of, without
from training.command import told
from training.measure import fit_temperature
from training.provenance import grown, licence_of, made_by, without_folders
from training.rounding import round_network

NAME = "tiny-imagenet"
DATA = "Tiny ImageNet"
LICENCE = (
    "weights: as the program; "
    "training data: Tiny ImageNet, drawn from ImageNet, for non-commercial research and teaching"
)
Way = tuple[Callable[[Mapping[str, Tensor]], dict[str, Tensor]], str]
"""How weights are stored, and in which words the card says so."""

STORED: dict[str, Way] = {
    "8": (storage.in_8_bits, "8 bits a weight, one scale an output channel"),
    "mixed": (
        storage.in_8_and_16_bits,
        "8 bits a weight of a 3x3 or 7x7 kernel, one scale an output channel; 16 bits of any other",
    ),
    "16": (storage.in_16_bits, "16 bits a weight"),
}
"""From the smallest."""

LEARNT = "8-learnt"
"""As 8 bits, the rounding learnt on sharp photos, where some are given: it takes minutes."""

COST = 0.003
"""What fewer bits a weight may cost in top-1 against 16, where ``auto`` chooses."""

ROUNDED_ON = 1_000
"""Photos by which rounding is learnt."""


@dataclass(frozen=True)
class Finished:
    """A finished run: the network's state, what is known of it (``about``), how it was made, and the size it is for.

    ``about`` has depth, classes and photos; ``start`` is what the log says of the network it began with; ``view`` is in
    pixels.
    """

    weights: Mapping[str, Tensor]
    about: dict[str, Any]
    commands: list[dict[str, Any]]
    hours: float
    view: int
    start: dict[str, Any]

    @classmethod
    def read(cls, run: Path) -> Finished:
        """Of the run's folder. Raises ``InputError`` where it is not finished."""
        state = checkpoint.load(run / "network.pt")
        progress = state["progress"]
        return cls(
            state["network"],
            state["about"],
            progress["commands"],
            progress["seconds_of_run"] / 3600,
            state["measured"]["view"],
            json.loads((run / "log.jsonl").read_text(encoding="utf-8").splitlines()[0]),
        )

    def classes(self) -> tuple[ClassInfo, ...]:
        """Its classes, labelled as ImageNet labels those with a WordNet id."""
        labels = {info.wnid: info.label for info in imagenet_classes()}
        names = self.about["classes"]
        return tuple(
            ClassInfo(i, name if name in labels else None, labels.get(name, name)) for i, name in enumerate(names)
        )

    def made_by(self) -> str:
        """The command, the time it took and the machine, in words; options that do not bear on the result left out."""
        if origin := self.about.get("origin"):
            return f"{made_by(origin)}; {self.hours:.1f} hours for the last"
        commands = dict.fromkeys(
            re.sub(r" --(resume|threads \d+)", "", without_folders(record["command"])) for record in self.commands
        )
        machines = dict.fromkeys(record["machine"] for record in self.commands)
        words = f"{'; then '.join(commands)} ({self.hours:.1f} hours of training; {'; '.join(machines)})"
        if self.start["start"] == "weights":
            words += f"; started from weights of sha256 {self.start['sha256']}, made by: {self.start['made_by']}"
        elif self.start["start"] != "fresh":
            words += f"; {self.start['start']} of sha256 {self.start['sha256']}"
        return words


def ways(finished: Finished, pictures: Tensor | None = None) -> dict[str, Way]:
    """How this network can be stored, from the smallest; by learnt rounding too where there are ``pictures``,
    normalised (photos, 3, h, w), to learn it on."""
    if pictures is None:
        return STORED

    def learnt(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
        network = resnet(finished.about["depth"], len(finished.about["classes"])).eval()
        network.load_state_dict(dict(weights))
        return storage.in_8_bits_of({**weights, **round_network(network, pictures)}, weights)

    words = f"{STORED['8'][1]}, its rounding learnt on {len(pictures):,} photos"
    return {"8": STORED["8"], LEARNT: (learnt, words)} | STORED


def write_candidate(
    finished: Finished, way: Way, transform: Transform, folder: Path, rest_of: int | None = None
) -> tuple[Path, Card]:
    """The file in ``folder``, and beside it a card without measurements; returns the file and that card.

    The file is whole: what it shares with the bundled weights of the depth ``rest_of`` stands in it as it does there.
    """
    depth, classes, origin = finished.about["depth"], finished.classes(), finished.about.get("origin", ())
    grown_from, grown_by = grown([*origin, finished.start] if "grown_by" in finished.start else origin)
    file = folder / f"resnet{depth}-{NAME}.safetensors"
    stored, words = way
    shared = entries_of(file_of(rest_of)) if rest_of else {}
    storage.write(without(shared, own := _own(finished, rest_of)) | stored(own), file)
    card = Card(
        name=NAME,
        title=f"Bundled, {len(classes):,} classes",
        depth=depth,
        classes=classes,
        transform=transform,
        temperature=1.0,
        top1=None,
        top5=None,
        measured_on=None,
        parameters=sum(v.numel() for k, v in finished.weights.items() if k.endswith(("weight", "bias"))),
        sha256=sha256_of(file),
        size_bytes=file.stat().st_size,
        source=f"comes with the program; {words}",
        licence=licence_of(origin, LICENCE),
        made_by=finished.made_by(),
        grown_from=grown_from,
        grown_by=grown_by,
    )
    file.with_suffix(".json").write_text(card_to_json(card), encoding="utf-8")
    return file, card


def _own(finished: Finished, rest_of: int | None) -> Mapping[str, Tensor]:
    """The weights that the file has to hold."""
    return beyond(finished.weights, file_of(rest_of)) if rest_of else finished.weights


def leave_out(file: Path, card: Card, finished: Finished, rest_of: int) -> Card:
    """Cuts a measured ``file`` down to what the bundled weights of ``rest_of`` have not; returns its card."""
    entries = load_file(file)
    shared = without(entries, _own(finished, rest_of))
    storage.write({name: value for name, value in entries.items() if name not in shared}, file)
    return replace(
        card,
        sha256=sha256_of(file),
        size_bytes=file.stat().st_size,
        source=f"{card.source}; the rest is that of the bundled ResNet-{rest_of}",
        rest_of=rest_of,
    )


@dataclass(frozen=True)
class Labelled:
    """Photos a folder a class, ``<data>/<split>``, and what the card calls them."""

    data: Path
    split: str
    words: str


def measure(file: Path, card: Card, photos: Labelled) -> Answers:
    """The photos' answers of a file, as the app gives them."""
    engine = Engine(settings=replace(Settings(), weights_file=file))
    with tqdm(desc=f"ResNet-{card.depth}, {card.source.split('; ')[-1]}", unit="photo", disable=None) as bar:

        def advance(done: int, of: int) -> None:
            bar.total = of
            bar.update(done - bar.n)

        return ask(engine, card.depth, "file", photos.data, photos.split, on_photo=advance)


def measured_card(card: Card, answers: Answers, words: str, calibrating: Answers | None = None) -> Card:
    """The card with accuracies of ``answers`` and the temperature that fits ``calibrating`` best, else the same."""
    fitted = calibrating or answers
    at = f"{words}, {len(answers.labels):,} photos at {card.transform.crop} px, as the program answers"
    if calibrating:
        at += f"; temperature: {len(calibrating.labels):,} sharp photos that are no test's"
    return replace(
        card,
        temperature=round(fit_temperature(fitted.logits, fitted.labels), 4),
        top1=round(answers.top(1), 4),
        top5=round(answers.top(5), 4),
        measured_on=at,
    )


def export(
    finished: Finished,
    log: Path,
    measured_on: Labelled,
    to: Path,
    bits: str,
    transform: Transform,
    sharp: Labelled | None = None,
    pictures: Tensor | None = None,
    rest_of: int | None = None,
) -> Card:
    """Writes ``resnet<depth>-tiny-imagenet`` to the folder ``to``: .safetensors, .json and, from ``log``, .jsonl.

    The temperature is fitted on the ``sharp`` photos, where there are some. With ``rest_of``, what the bundled weights
    of that depth hold is left out.

    ``bits`` is one of ``ways`` or "auto": the smallest that costs no more than 0.3 points of top-1. Returns the card.
    """
    to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=to, prefix=".export-") as folder:
        measured: dict[str, tuple[float, Path, Card]] = {}
        possible = ways(finished, pictures)
        for candidate in possible if bits == "auto" else (bits,):
            place = Path(folder) / candidate
            place.mkdir()
            file, plain = write_candidate(finished, possible[candidate], transform, place, rest_of)
            answers = measure(file, plain, measured_on)
            calibrating = measure(file, plain, sharp) if sharp else None
            card = measured_card(plain, answers, measured_on.words, calibrating)
            measured[candidate] = answers.top(1), file, card
        chosen = next(iter(measured))
        if bits == "auto":
            cost = {candidate: measured["16"][0] - top1 for candidate, (top1, _, _) in measured.items()}
            for candidate, points in cost.items():
                print(f"{candidate}: {100 * points:.2f} points of top-1 less than 16 bits a weight", file=sys.stderr)
            chosen = next(candidate for candidate, points in cost.items() if points <= COST)
        _, file, card = measured[chosen]
        if rest_of:
            card = leave_out(file, card, finished, rest_of)
        file.with_suffix(".json").write_text(card_to_json(card), encoding="utf-8")
        file.with_suffix(".jsonl").write_text(without_folders(log.read_text(encoding="utf-8")), encoding="utf-8")
        # The card last: until it names the new file's hash, the old pair is refused rather than mistaken.
        for suffix in (".jsonl", ".safetensors", ".json"):
            file.with_suffix(suffix).replace(to / file.with_suffix(suffix).name)
    return card


def sharp_pictures(pool: Path, size: int) -> Tensor:
    """Photos of the pool that are trained on, spread over all, whole: normalised (``ROUNDED_ON``, 3, size, size)."""
    photos = sharp_photos.load(pool)
    rows = photos.trained_on()
    rows = rows[:: max(1, len(rows) // ROUNDED_ON)][:ROUNDED_ON]
    return torch.cat([whole(torch.from_numpy(photos.crops[part]), size) for part in _parts(rows, 50)])


def _parts(rows: list[int], length: int) -> list[list[int]]:
    return [rows[at : at + length] for at in range(0, len(rows), length)]


@told
def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0 exported, 2 wrong usage or input."""
    p = argparse.ArgumentParser(prog="python -m training.export", description=__doc__.split(":")[0])
    p.add_argument("--run", type=Path, required=True, help="folder of a finished run (network.pt, log.jsonl)")
    p.add_argument("--data", type=Path, required=True, help="the data it was trained on; the figures are of its val/")
    p.add_argument(
        "--to", type=Path, default=assets_dir() / "weights", help="folder of the bundled weights (default: %(default)s)"
    )
    p.add_argument("--bits", choices=("auto", LEARNT, *STORED), default="auto", help="a weight (default: %(default)s)")
    p.add_argument("--split", default="val", help="folder inside --data (default: %(default)s)")
    p.add_argument("--words", default="held-out photos", help="what the card calls these, where --split is not val")
    p.add_argument("--crop", type=int, help="side of the view, in pixels (default: the --view of the run)")
    p.add_argument("--resize", type=int, help="shorter side of the photo before the crop (default: as the view)")
    p.add_argument("--soften", type=int, help="shorter side a larger photo is brought to first (default: not at all)")
    p.add_argument("--interpolation", choices=("bilinear", "bicubic"), default="bilinear", help="default: %(default)s")
    p.add_argument("--sharp", type=Path, help="folder with choose/, labelled sharp photos to fit the temperature on")
    p.add_argument("--pool", type=Path, help="folder of sharp photos, to learn the rounding on 1,000 of them")
    p.add_argument("--rest-of", type=int, choices=DEPTHS, help="leave out what these bundled weights have (a depth)")
    args = p.parse_args(arguments)
    if args.bits == LEARNT and not args.pool:
        p.error("--bits 8-learnt needs --pool")
    if args.pool and args.rest_of:
        p.error("rounding is learnt for whole networks: --pool and --rest-of exclude each other")
    finished = Finished.read(args.run)
    measured_on = Labelled(args.data, args.split, f"{DATA} validation" if args.split == "val" else args.words)
    crop = args.crop or finished.view
    transform = Transform(args.resize or crop, crop, args.interpolation, MEAN, STD, args.soften)
    sharp = Labelled(args.sharp, "choose", "sharp photos") if args.sharp else None
    pictures = sharp_pictures(args.pool, crop) if args.pool else None
    log = args.run / "log.jsonl"
    card = export(finished, log, measured_on, args.to, args.bits, transform, sharp, pictures, args.rest_of)
    print(
        f"{card.title}: top-1 {card.top1}, top-5 {card.top5}, temperature {card.temperature}, {card.size_bytes:,} bytes"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
