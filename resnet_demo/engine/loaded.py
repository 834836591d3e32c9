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
from typing import Any, Generic, TypeVar
from weakref import WeakValueDictionary

import torch
from torch import Tensor, nn

from resnet_demo.engine import allocator
from resnet_demo.engine.device import ordinary
from resnet_demo.network.frozen.network import FrozenNetwork
from resnet_demo.network.resnet import ResNet
from resnet_demo.settings import Settings
from resnet_demo.weights import checkpoints, choices
from resnet_demo.weights.cards import Card
from resnet_demo.weights.sources import Source, Weights, source_of

Key = tuple
"""Of a network in memory: its form, depth, name of the weights, and the file, by its place and by what tells it from
another that is put there."""

Form = TypeVar("Form", FrozenNetwork, ResNet)


@dataclass(frozen=True, eq=False)
class LoadedNetwork(Generic[Form]):
    """A network in one of its two forms, which weights it has, and the bytes of memory that it takes.

    As it is drawn it is on the device and in the engine's precision.
    """

    source: Source
    module: Form
    size: int

    @property
    def card(self) -> Card:
        """What is known of the weights."""
        return self.source.card


class LoadedNetworks:
    """Networks by depth and name of weights, on ``device`` in ``dtype``; parameters take no gradients."""

    def __init__(self, device: torch.device, dtype: torch.dtype, settings: Settings) -> None:
        self._device, self._dtype, self._settings = device, dtype, settings
        self._networks: OrderedDict[Key, LoadedNetwork] = OrderedDict()
        self._alive: WeakValueDictionary[Key, LoadedNetwork] = WeakValueDictionary()
        self._given_up: set[Key] = set()  # dropped, and still in use when last looked at
        self._guard, self._loading = threading.Lock(), threading.Lock()

    def get(self, depth: int | str, name: Weights) -> LoadedNetwork[FrozenNetwork]:
        """The network of the weights called ``name``, or that ``auto`` means, to be run.

        Weights whose file or card was replaced are loaded anew, and the ones before dropped. Raises what
        ``weights.load`` raises.
        """
        return self._get(depth, name, self._frozen)

    def drawn(self, depth: int | str, name: Weights) -> LoadedNetwork[ResNet]:
        """The same, to be taken apart."""
        return self._get(depth, name, self._drawn)

    def _get(self, depth: int | str, name: Weights, form: Callable[[ResNet], Form]) -> LoadedNetwork[Form]:
        source = source_of(depth, name, self._settings)
        identity = checkpoints.identity(source.path) if source.here else None
        key: Key = form.__name__, source.depth, source.name, source.path, identity
        network = self._find(key, source)
        if network is None:
            with self._loading:  # one is loaded at a time, as loading takes several times what is kept
                network = self._find(key, source) or self._load(source, form)
                self._keep(key, network)
        self._clear_up()
        return network

    def _find(self, key: Key, source: Source) -> LoadedNetwork | None:
        """One that is kept, or was dropped while somebody still uses it: loaded anew it would be in memory twice."""
        with self._guard:
            network = self._networks.get(key) or self._alive.get(key)
            if network is None or network.card != source.card:
                return None
            self._put(key, network)
            return network

    def _keep(self, key: Key, network: LoadedNetwork) -> None:
        with self._guard:
            self._put(key, network)

    def _put(self, key: Key, network: LoadedNetwork) -> None:
        """As the newest; drops the least recently used beyond the budget. Who is using one keeps it until done."""
        self._networks[key] = self._alive[key] = network
        self._networks.move_to_end(key)
        self._given_up.discard(key)
        for replaced in [each for each in self._networks if each[:-1] == key[:-1] and each != key]:
            del self._networks[replaced]
            self._given_up.add(replaced)
        budget = self._settings.model_memory_mb * 1_000_000
        while len(self._networks) > 1 and sum(each.size for each in self._networks.values()) > budget:
            dropped, _ = self._networks.popitem(last=False)
            self._given_up.add(dropped)

    def _load(self, source: Source, form: Callable[[ResNet], Form]) -> LoadedNetwork[Form]:
        with allocator.buffers_apart(), ordinary(self._device):
            module = form(choices.load_source(source, self._settings))
        allocator.give_back()  # loading took several times what is kept
        return LoadedNetwork(source, module, size_of(module))

    def _frozen(self, network: ResNet) -> FrozenNetwork:
        return FrozenNetwork(network, self._device, self._dtype)

    def _drawn(self, network: ResNet) -> ResNet:
        return network.to(self._device, self._dtype).to(memory_format=torch.channels_last)

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
            return list(dict.fromkeys(key[1:3] for key in reversed(self._networks)))[::-1]


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
