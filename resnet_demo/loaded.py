"""Which networks are loaded: each once, ready to run on the device, the least recently used dropped beyond a budget."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import torch

from resnet_demo import allocator, weights
from resnet_demo.frozen.network import FrozenNetwork
from resnet_demo.settings import Settings
from resnet_demo.weights import Network


@dataclass(frozen=True)
class LoadedNetwork(Network):
    """``module`` is the network as it is drawn and taken apart, ``frozen`` the same made to be run."""

    frozen: FrozenNetwork


class LoadedNetworks:
    """Networks by depth and name of weights, on ``device`` in ``dtype``; parameters take no gradients."""

    def __init__(self, device: torch.device, dtype: torch.dtype, settings: Settings) -> None:
        self._device, self._dtype, self._settings = device, dtype, settings
        self._networks: OrderedDict[tuple[int, str], LoadedNetwork] = OrderedDict()
        self._guard = threading.Lock()
        self._loading: dict[tuple[int, str], threading.Lock] = {}

    def get(self, depth: int, name: str, progress: Callable | None = None) -> LoadedNetwork:
        """The network of the weights that ``name`` resolves to. Raises what ``weights.load`` raises."""
        key = depth, weights.resolve(depth, name, self._settings)
        with self._guard:
            lock = self._loading.setdefault(key, threading.Lock())
        with lock:  # one thread loads, whoever else wants the same network waits for it
            with self._guard:
                if network := self._networks.get(key):
                    self._networks.move_to_end(key)
                    return network
            network = self._load(*key, progress)
            with self._guard:
                self._networks[key] = network
                self._evict()
            return network

    def _load(self, depth: int, name: str, progress: Callable | None) -> LoadedNetwork:
        network = weights.load(depth, name, settings=self._settings, progress=progress)
        drawn = network.module.eval().requires_grad_(False)
        frozen = FrozenNetwork(drawn, self._device, self._dtype)  # from float32, before the drawn one is rounded
        drawn = drawn.to(self._device, self._dtype).to(memory_format=torch.channels_last)
        allocator.give_back()  # loading took several times what is kept
        return LoadedNetwork(drawn, network.card, frozen)

    def _evict(self) -> None:
        """Drop the least recently used beyond the budget, never the newest. Who is using one keeps it until done."""
        budget = self._settings.model_memory_mb * 1_000_000
        while len(self._networks) > 1 and sum(map(_size, self._networks.values())) > budget:
            self._networks.popitem(last=False)

    def keys(self) -> list[tuple[int, str]]:
        """Depth and name of each loaded network, least recently used first."""
        with self._guard:
            return list(self._networks)


def _size(network: LoadedNetwork) -> int:
    """Bytes of memory: the frozen network holds its weights twice, as they are laid out for each direction."""
    tensors = [*network.module.parameters(), *network.module.buffers()]
    return 3 * sum(t.numel() * t.element_size() for t in tensors)
