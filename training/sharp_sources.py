"""Where the sharp photos come from: public repositories on GitHub, each with the commit, what it holds and its use.

Only the grocery photos come with a licence (MIT); the others are parts of collections with terms of their own. They
are trained on and not passed on. None of them is drawn from the photos that networks are measured on, and near-copies
of those are dropped (``near_copies.py``).
"""

from __future__ import annotations

from dataclasses import dataclass

LABELLED_AT_MOST = 100
"""Photos of a class that are set aside for choosing."""


@dataclass(frozen=True)
class Source:
    """Photos below ``folders`` of a repository, unpacked as ``<owner>+<name>/…``.

    ``crops`` of each are kept: the central square, then random ones. Of narrow collections every tenth photo is enough
    (``tenth``); some of each of the ``broad`` ones are held back to compare the networks' answers with the teacher's.
    """

    name: str
    repository: str
    commit: str
    folders: tuple[str, ...]
    what: str
    crops: int = 1
    tenth: bool = False
    broad: bool = False


UNLABELLED = (
    Source(
        "coco", "Fernando-crz/image-search", "4e4fa8d4", ("images",), "COCO val2017, recompressed", crops=2, broad=True
    ),
    Source("ava", "maindolaamit/AVA_dataset", "dc9acb37", ("images",), "a part of AVA", crops=2, broad=True),
    Source("bsds", "BIDS/BSDS500", "a04b7c6c", ("BSDS500/data/images",), "Berkeley BSDS500", crops=2, broad=True),
    Source("flickr", "quantumnaan/sic_translator", "d27da85c", ("data/images",), "a part of Flickr8k", 2, broad=True),
    Source("bangladesh", "mzahid36/Image-captioning-dataset-BCG-", "d7c1c771", ("Images",), "a captioning set"),
    Source("imagenette", "thunderInfy/imagenette", "b850f030", ("train", "val"), "Imagenette", tenth=True),
    Source(
        "grocery",
        "marcusklasson/GroceryStoreDataset",
        "fc80ba90",
        ("dataset/train", "dataset/val", "dataset/test"),
        "own photos in shops, MIT",
        tenth=True,
    ),
    Source("afhq", "sekhar14/image-similarity-pytorch", "260d9596", ("dataset",), "faces of wild animals", tenth=True),
)

GROCERIES = tuple(f"marcusklasson/GroceryStoreDataset:dataset/{split}" for split in ("train", "val", "test"))

LABELLED: dict[str, tuple[str, ...]] = {
    "banana": ("Zxuanji/Image-Classifier:trainreal/banana",),
    "orange": ("Zxuanji/Image-Classifier:trainreal/orange",),
    "ice cream": ("ATG-5222/ImageClassification:train/icecream",),
    "pizza": ("ATG-5222/ImageClassification:train/pizza",),
    "lion": ("mengwanguc/tensorflow-tensorrt-python:lion",),
    "brown bear": ("ActionMichael/fastai-learning-Rev.2019:data/bears/grizzly", "y-arjun-y/bears:bears/grizzly"),
    "teddy": ("ActionMichael/fastai-learning-Rev.2019:data/bears/teddys", "y-arjun-y/bears:bears/teddy"),
    "African elephant": ("screwb4rs/AnimalDetect:elephant",),
    "cauliflower": ("sbh69840/dataset:train/Cauliflower", "sbh69840/dataset:test/Cauliflower"),
    "lemon": tuple(f"{place}/Fruit/Lemon" for place in GROCERIES),
    "bell pepper": tuple(f"{place}/Vegetables/Pepper" for place in GROCERIES),
    "mushroom": tuple(f"{place}/Vegetables/Brown-Cap-Mushroom" for place in GROCERIES),
    "pomegranate": tuple(f"{place}/Fruit/Pomegranate" for place in GROCERIES),
}
"""Photos from outside ImageNet of classes of the 200, never trained on: for choosing and for the temperature."""

KEPT_FROM_TRAINING = frozenset({"Lemon", "Orange", "Banana", "Pomegranate", "Brown-Cap-Mushroom", "Pepper"})
"""Folders of the groceries that hold such classes."""
