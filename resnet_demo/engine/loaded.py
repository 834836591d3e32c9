"""Which networks are loaded: each once, ready for the device, the least recently used dropped beyond a budget.

A network is kept in the form that was asked for: made to be run (``network/frozen``), which all answers take, or as it
is drawn (``network/resnet.py``), which studies take apart. Each form is read from the weights when it is first wanted
and dropped by itself, so that a server without studies keeps no weights twice.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from weakref import WeakValueDictionary

import torch
from torch import Tensor, nn

from resnet_demo.engine import allocator
from resnet_demo.network.frozen.network import FrozenNetwork
from resnet_demo.settings import Settings
from resnet_demo.weights import choices
from resnet_demo.weights.cards import Card
from resnet_demo.weights.choices import Network

Key = tuple[int, str, type]
"""Depth, name of the weights, and which of the two forms."""


@dataclass(frozen=True, eq=False)
class LoadedNetwork:
    """A network made to be run, what is known of its weights, and the bytes of memory that it takes."""

    frozen: FrozenNetwork
    card: Card
    size: int


@dataclass(frozen=True, eq=False)
class DrawnNetwork(Network):
    """A network as it is drawn: ``module`` on the device, in the engine's precision; ``size`` as above."""

    size: int


Loaded = TypeVar("Loaded", LoadedNetwork, DrawnNetwork)


class LoadedNetworks:
    """Networks by depth and name of weights, on ``device`` in ``dtype``; parameters take no gradients."""

    def __init__(self, device: torch.device, dtype: torch.dtype, settings: Settings) -> None:
        self._device, self._dtype, self._settings = device, dtype, settings
        self._networks: OrderedDict[Key, Any] = OrderedDict()
        self._alive: WeakValueDictionary[Key, Any] = WeakValueDictionary()
        self._given_up: set[Key] = set()  # dropped, and still in use when last looked at
        self._guard, self._loading = threading.Lock(), threading.Lock()

    def get(self, depth: int, name: str, progress: Callable | None = None) -> LoadedNetwork:
        """The network of the weights called ``name``, or that ``auto`` means, to be run.

        Raises what ``weights.load`` raises.
        """
        return self._get(depth, name, LoadedNetwork, self._frozen, progress)

    def drawn(self, depth: int, name: str, progress: Callable | None = None) -> DrawnNetwork:
        """The same, to be taken apart."""
        return self._get(depth, name, DrawnNetwork, self._drawn, progress)

    def _get(
        self,
        depth: int,
        name: str,
        form: type[Loaded],
        made: Callable[[Network], Loaded],
        progress: Callable | None,
    ) -> Loaded:
        key = depth, choices.resolve(depth, name, self._settings) if name == "auto" else name, form
        network = self._find(key)
        if network is None:
            with self._loading:  # one is loaded at a time, as loading takes several times what is kept
                network = self._find(key) or self._load(key, made, progress)
                self._keep(key, network)
        self._clear_up()
        return network

    def _find(self, key: Key) -> Any:
        """One that is kept, or was dropped while somebody still uses it: loaded anew it would be in memory twice."""
        with self._guard:
            network = self._networks.get(key) or self._alive.get(key)
            if network is not None:
                self._put(key, network)
            return network

    def _keep(self, key: Key, network: Any) -> None:
        with self._guard:
            self._put(key, network)

    def _put(self, key: Key, network: Any) -> None:
        """As the newest; drops the least recently used beyond the budget. Who is using one keeps it until done."""
        self._networks[key] = self._alive[key] = network
        self._networks.move_to_end(key)
        self._given_up.discard(key)
        budget = self._settings.model_memory_mb * 1_000_000
        while len(self._networks) > 1 and sum(each.size for each in self._networks.values()) > budget:
            dropped, _ = self._networks.popitem(last=False)
            self._given_up.add(dropped)

    def _load(self, key: Key, made: Callable[[Network], Loaded], progress: Callable | None) -> Loaded:
        depth, name, _ = key
        with allocator.buffers_apart():
            network = choices.load(depth, name, settings=self._settings, progress=progress)
            network.module.eval().requires_grad_(False)
            loaded = made(network)
            del network
        allocator.give_back()  # loading took several times what is kept
        return loaded

    def _frozen(self, network: Network) -> LoadedNetwork:
        frozen = FrozenNetwork(network.module, self._device, self._dtype)
        return LoadedNetwork(frozen, network.card, size_of(frozen))

    def _drawn(self, network: Network) -> DrawnNetwork:
        module = network.module.to(self._device, self._dtype).to(memory_format=torch.channels_last)
        return DrawnNetwork(module, network.card, size_of(module))

    def _clear_up(self) -> None:
        """Give the memory of dropped networks back once nobody uses them: it lies scattered between what is kept, and
        the next network, of other sizes, would be put beside it."""
        with self._guard:
            gone = {key for key in self._given_up if key not in self._alive}
            self._given_up -= gone
        if gone:
            allocator.give_back()

    def keys(self) -> list[tuple[int, str]]:
        """Depth and name of each loaded network, least recently used first."""
        with self._guard:
            return list(dict.fromkeys((depth, name) for depth, name, _ in reversed(self._networks)))[::-1]


def size_of(network: nn.Module) -> int:
    """Bytes of all tensors: oneDNN's packed ones are neither parameters nor buffers, so it is looked for them."""
    sizes: dict[int, int] = {}
    left: list[Any] = [network]
    while left:
        each = left.pop()
        if id(each) in sizes:
            continue
        sizes[id(each)] = each.numel() * each.element_size() if isinstance(each, Tensor) else 0
        if isinstance(each, Mapping):
            left += each.values()
        elif isinstance(each, list | tuple):
            left += each
        elif not isinstance(each, Tensor | type):
            left += getattr(each, "__dict__", {}).values()
    return sum(sizes.values())
