"""``classify --ray``: photos decoded and classified by the machines of a Ray cluster, with Ray Data.

Fetching and decoding are tasks of their own, in which a bad photo costs itself alone; a network is loaded once by each
of the actors that run it, on a GPU each where there are some. Ray runs again what a lost worker had begun.
"""

from __future__ import annotations

import logging
import os
import pickle
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from resnet_demo.cli.networks import Chosen
from resnet_demo.cli.photos import opened
from resnet_demo.engine.engine import Engine
from resnet_demo.errors import InputError
from resnet_demo.photos.names import name_of
from resnet_demo.photos.preprocess import prepare
from resnet_demo.photos.read import read_photo
from resnet_demo.results import Classification, Failed
from resnet_demo.settings import Settings
from resnet_demo.weights.cards import Transform

DECODED, MOST_TASKS = 16, 2000
"""Photos that one decoding task takes: few enough to be spread; more of them where there would be too many tasks."""

Columns = dict[str, Any]
"""A batch as Ray Data hands it on: an array or a list a column."""


def classified(
    chosen: Chosen, names: Sequence[str], address: str, top_k: int, batch_size: int
) -> Iterator[Classification | Failed]:
    """The answers for ``names`` in their order, called by them, from the cluster at ``address``, or one on this machine
    where that is empty.

    Raises ``InputError`` where Ray is not installed or there is no cluster at ``address``.
    """
    with _cluster(address) as ray:
        resources = ray.cluster_resources()
        cores, gpus = int(resources.get("CPU", 1)), int(resources.get("GPU", 0))
        tasks = min(-(-len(names) // DECODED), MOST_TASKS)
        rows = [{"place": place, "name": os.fsencode(name)} for place, name in enumerate(names)]
        if not rows:
            return
        found = (
            ray.data.from_items(rows, override_num_blocks=max(1, tasks))
            .map_batches(
                decode,
                batch_size=None,
                # Fetching waits for the network; and with the actors' resources it would be done by the actors.
                num_cpus=0.5,
                fn_args=(chosen.engine.network(chosen.depth, chosen.weights).card.transform, chosen.engine.settings),
            )
            .map_batches(
                Classify,
                batch_size=batch_size,
                fn_constructor_args=(chosen.engine, chosen.depth, chosen.weights, top_k),
                # A core is left for decoding.
                compute=ray.data.ActorPoolStrategy(min_size=1, max_size=gpus or max(1, cores - 1)),
                **({"num_gpus": 1} if gpus else {"num_cpus": 1}),
            )
        )
        ready: dict[int, Classification | Failed] = {}
        due = 0
        for batch in found.iter_batches(batch_size=None, batch_format="numpy"):
            for place, notes, answer in zip(batch["place"], batch["notes"], batch["answer"], strict=True):
                ready[int(place)] = _with_notes(pickle.loads(answer), notes)
            while due in ready:
                yield replace(ready.pop(due), name=names[due])
                due += 1


def decode(batch: Columns, transform: Transform, settings: Settings) -> Columns:
    """Photos by their names as what the network sees, uint8 [photos, crop, crop, 3], with the ``notes`` on each, blanks
    between; ``failed`` says why one can't be used, and is empty of all others."""
    views, notes, failed = [], [], []
    for name in map(os.fsdecode, batch["name"]):
        try:
            read = read_photo(opened(name), settings=settings)
            views.append(prepare(read.pixels, transform).view)
            notes.append(" ".join(read.notes))
            failed.append(b"")
        except InputError as error:
            views.append(np.zeros((transform.crop, transform.crop, 3), np.uint8))
            notes.append("")
            failed.append(pickle.dumps(Failed(name_of(name), error)))
    return {"place": batch["place"], "view": np.stack(views), "notes": notes, "failed": failed}


class Classify:
    """An actor: an engine of its own with one network loaded."""

    def __init__(self, engine: Engine, depth: int, weights: str, top_k: int) -> None:
        self._classify = lambda views: engine.classify_views(views, depth=depth, weights=weights, top_k=top_k)
        engine.network(depth, weights)

    def __call__(self, batch: Columns) -> Columns:
        good = [("", view) for view, failed in zip(batch["view"], batch["failed"], strict=True) if not failed]
        answers = iter(self._classify(good) if good else ())
        told = [failed or pickle.dumps(next(answers)) for failed in batch["failed"]]
        return {"place": batch["place"], "notes": batch["notes"], "answer": told}


def _with_notes(answer: Classification | Failed, notes: str) -> Classification | Failed:
    return answer if isinstance(answer, Failed) else replace(answer, notes=tuple(notes.split()))


@contextmanager
def _cluster(address: str) -> Iterator[Any]:
    """Ray, connected; as it was where this process is connected already."""
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")  # it warns of how Ray Data itself starts actors
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise InputError("extra-missing", what="--ray", extra="cluster") from error
    logging.getLogger("ray").setLevel(logging.ERROR)
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    ray.data.DataContext.get_current().enable_progress_bars = False
    if ray.is_initialized():
        yield ray
        return
    try:
        ray.init(address or "local", log_to_driver=False, logging_level=logging.ERROR)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise InputError("cluster-not-there", given=address, cause=error) from error
    try:
        yield ray
    finally:
        ray.shutdown()
