"""Streams of work in batches: read ahead in threads, group what belongs together, halve what does not fit."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Hashable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import torch

from resnet_demo.errors import DeviceOutOfMemory

Given = TypeVar("Given")
Made = TypeVar("Made")

READERS = 4
"""Threads that read ahead. Decoding a photo leaves Python's lock, so more than one helps."""


def read_ahead(read: Callable[[Given], Made], items: Iterable[Given], ahead: int) -> Generator[Made, None, None]:
    """``read(item)`` of each item, in order, up to ``ahead`` of them begun before they are asked for.

    Takes from ``items`` only as it goes, so any number of them stays in steady memory. An error that ``read`` raises
    comes out in its item's place; what was begun and is no longer wanted is dropped.
    """
    pool = ThreadPoolExecutor(READERS, thread_name_prefix="read-ahead")
    begun: deque[Future[Made]] = deque()
    try:
        for item in items:
            begun.append(pool.submit(read, item))
            if len(begun) > ahead:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def batches(items: Iterable[Made], size: int, kind: Callable[[Made], Hashable]) -> Iterator[list[Made]]:
    """Lists of at most ``size`` neighbouring items of one ``kind``, in order. A kind of None joins any batch."""
    batch: list[Made] = []
    shared: Hashable = None
    for item in items:
        own = kind(item)
        if batch and (len(batch) == size or None not in (own, shared) and own != shared):
            yield batch
            batch, shared = [], None
        batch.append(item)
        shared = own if shared is None else shared
    if batch:
        yield batch


def halve_until_it_fits(run: Callable[[list[Given]], list[Made]], batch: list[Given]) -> list[Made]:
    """``run(batch)``, in halves where the device does not hold it. Raises ``DeviceOutOfMemory`` at one item."""
    try:
        return run(batch)
    except (RuntimeError, MemoryError) as error:
        if not _out_of_memory(error):
            raise
        if len(batch) == 1:
            raise DeviceOutOfMemory("out-of-memory") from error
    torch.cuda.empty_cache()
    middle = len(batch) // 2
    return halve_until_it_fits(run, batch[:middle]) + halve_until_it_fits(run, batch[middle:])


def _out_of_memory(error: RuntimeError | MemoryError) -> bool:
    """Accelerators have a class of error for it; on the CPU, PyTorch says so only in the text."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or "can't allocate memory" in str(error)
