"""The networks with which the papers show degradation, and what orderings are worth: those for CIFAR-10.

He et al. 2016, "Deep Residual Learning for Image Recognition", section 4.2: a 3x3 convolution of 16 channels, three
stages of n units with 16, 32 and 64 channels on grids of 32, 16 and 8 cells, average pool, one linear layer; 6n + 2
layers with parameters. The plain network is the same without its shortcuts. Shortcuts have no parameters: where the
grid shrinks they keep every second cell, and the new channels begin as zeros (option A).

The units may be ordered in any way of ``orderings.py``. Where a unit activates before its first convolution, the first
one leaves that to the stem, and one more such activation follows the last (He et al. 2016b, "Identity Mappings in Deep
Residual Networks", section 4.2 and appendix).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from resnet_demo.network.orderings import ORDERINGS, OrderedUnit, activation_before, step

PLAIN = "plain"
"""The arrangement without shortcuts; its units are ordered as the original ones."""

ARRANGEMENTS = (PLAIN, *ORDERINGS)
"""What a network may be made of, by name."""

WIDTHS = (16, 32, 64)
"""Channels of the three stages."""

SIDE = 32
"""Of a picture in pixels."""


class CifarNetwork(nn.Module):
    """A network of ``depth`` = 6n + 2 layers for pictures (batch, 3, 32, 32), normalised; logits (batch, classes).

    ``arrangement`` is one of ``ARRANGEMENTS``. Fresh parameters follow He et al. 2015, "Delving Deep into Rectifiers",
    section 2.2, as the paper's do; they are drawn from ``seed`` alone. Raises ``ValueError`` for another depth or
    arrangement.
    """

    def __init__(self, depth: int, arrangement: str = "original", classes: int = 10, seed: int = 0) -> None:
        super().__init__()
        if depth < 8 or (depth - 2) % 6:
            raise ValueError(f"there is no network of {depth} layers: depths are 6n + 2, as 20, 32, 44, 56, 110")
        if arrangement not in ARRANGEMENTS:
            raise ValueError(f"unknown arrangement {arrangement!r}; there are {', '.join(ARRANGEMENTS)}")
        ordering = ORDERINGS["original" if arrangement == PLAIN else arrangement]
        self.depth, self.arrangement = depth, arrangement
        self.stem = nn.Sequential(
            nn.Conv2d(3, WIDTHS[0], 3, padding=1, bias=False), nn.BatchNorm2d(WIDTHS[0]), nn.ReLU()
        )
        units: list[OrderedUnit] = []
        for stage, channels in enumerate(WIDTHS):
            for number in range((depth - 2) // 6):
                widens = stage > 0 and number == 0
                units.append(
                    OrderedUnit(
                        ordering,
                        channels // 2 if widens else channels,
                        channels,
                        stride=2 if widens else 1,
                        first=not units,
                        residual=arrangement != PLAIN,
                    )
                )
        self.units = nn.ModuleList(units)
        self.last = nn.Sequential(*(step(kind, WIDTHS[-1], WIDTHS[-1]) for kind in activation_before(ordering)))
        self.fc = nn.Linear(WIDTHS[-1], classes)
        self._draw(torch.Generator().manual_seed(seed))

    def _draw(self, generator: torch.Generator) -> None:
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_in", nonlinearity="relu", generator=generator)
            elif isinstance(module, nn.Linear):
                nn.init.kaiming_normal_(module.weight, mode="fan_in", nonlinearity="linear", generator=generator)
                nn.init.zeros_(module.bias)

    def outputs(self, x: Tensor) -> list[Tensor]:
        """What the stem gives, and each unit after it: the tensors of the graph themselves."""
        found = [self.stem(x)]
        for unit in self.units:
            found.append(unit(found[-1]))
        return found

    def head(self, x: Tensor) -> Tensor:
        """The last unit's output (batch, 64, h, w) to logits (batch, classes)."""
        return self.fc(self.last(x).mean((2, 3)))

    def forward(self, x: Tensor) -> Tensor:
        """Logits (batch, classes)."""
        x = self.stem(x)
        for unit in self.units:
            x = unit(x)
        return self.head(x)
