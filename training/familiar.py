"""How sure weights are of photos of their classes, and of photos of others: ``python -m training.familiar --weights
FILE --data DIR --others DIR --words WORDS`` writes it on the card beside FILE, for the page's warning that a photo may
show none of the classes.

The score of an answer is its most probable class's probability, as the card's temperature makes it (Hendrycks and
Gimpel 2017). The energy (Liu et al. 2020) and the largest logit tell no better here: a photo of ResNet-18's classes
(Tiny ImageNet's validation) scores higher than one of others in 74 % of pairs, with the largest logit in 73 %, with
the energy in 69 %. What is told of an answer is the share of each kind of photos that get one at least as sure.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from torchvision.datasets.folder import IMG_EXTENSIONS

from resnet_demo.results import Classification, Familiarity
from resnet_demo.settings import Settings
from resnet_demo.weights import cards
from training.bundled import engine_of
from training.command import told
from training.data import list_split

STEPS = 20


def sureness(weights: Path, photos: Sequence[Path]) -> np.ndarray:
    """The probability of a weights file's first class for each of the photos that can be read, through the engine."""
    engine, depth, name = engine_of(weights, Settings())
    answers = engine.classify(photos, depth=depth, weights=name, top_k=1)
    return np.array([each.predictions[0].probability for each in answers if isinstance(each, Classification)])


def familiarity(known: np.ndarray, others: np.ndarray, words: str) -> Familiarity:
    """The quantiles of both, in ``STEPS`` equal steps."""
    steps = np.linspace(0, 1, STEPS + 1)
    of_known, of_others = (tuple(np.quantile(each, steps).round(4).tolist()) for each in (known, others))
    return Familiarity(of_known, of_others, f"{words}; {len(known):,} photos of its classes, {len(others):,} of others")


def spread(photos: Sequence[Path], most: int | None) -> Sequence[Path]:
    """``most`` photos from all over the list, all of them where None."""
    return photos if most is None else photos[:: max(1, len(photos) // most)][:most]


@told
def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0 written, 2 wrong usage or input."""
    p = argparse.ArgumentParser(prog="python -m training.familiar", description=__doc__.split(":")[0])
    p.add_argument("--weights", type=Path, required=True, help="a weights file with its card beside it")
    p.add_argument("--data", type=Path, required=True, help="folder with val/, labelled photos of its classes")
    p.add_argument("--others", type=Path, required=True, help="folder of photos of other classes, at any depth")
    p.add_argument("--words", required=True, help="what the photos are, for the card")
    p.add_argument("--most", type=int, help="photos of each that are asked about, from all over (default: all)")
    args = p.parse_args(arguments)
    card_file = args.weights.with_suffix(".json")
    card = cards.card_from_json(cards.read_text(card_file), card_file.name)
    known = [path for path, _ in list_split(args.data, "val")[0]]
    others = sorted(path for path in args.others.rglob("*") if path.suffix.lower() in IMG_EXTENSIONS)
    of_known, of_others = (sureness(args.weights, spread(photos, args.most)) for photos in (known, others))
    if not len(of_known) or not len(of_others):
        p.error("there is no photo of one of the two kinds")
    found = familiarity(of_known, of_others, args.words)
    card_file.write_text(cards.card_to_json(replace(card, familiarity=found)), encoding="utf-8")
    print(f"{card.title}: of photos of other classes 5 % get an answer surer than {100 * found.others[-2]:.1f} %")
    return 0


if __name__ == "__main__":
    sys.exit(main())
