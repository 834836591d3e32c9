"""Five ways of ordering convolution, batch norm, ReLU and addition in a residual unit, as drawings that run.

He et al. 2016b, "Identity Mappings in Deep Residual Networks", section 4.1 and figure 4. The networks of this package
use the first; the last is what the paper recommends. A drawing is data, and ``OrderedUnit`` runs that data, so picture
and computation can't part.
"""

from __future__ import annotations

from itertools import takewhile

from torch import Tensor, nn
from torch.nn import functional as F

from resnet_demo.results import Ordering

ORDERINGS: dict[str, Ordering] = {
    ordering.name: ordering
    for ordering in (
        Ordering(
            name="original",
            title="original",
            branch=("conv", "bn", "relu", "conv", "bn"),
            after=("relu",),
            errors={110: 6.61, 164: 5.93},
        ),
        Ordering(
            name="bn-after-addition",
            title="BN after addition",
            branch=("conv", "bn", "relu", "conv"),
            after=("bn", "relu"),
            errors={110: 8.17, 164: 6.50},
        ),
        Ordering(
            name="relu-before-addition",
            title="ReLU before addition",
            branch=("conv", "bn", "relu", "conv", "bn", "relu"),
            after=(),
            errors={110: 7.84, 164: 6.14},
        ),
        Ordering(
            name="relu-only-pre-activation",
            title="ReLU-only pre-activation",
            branch=("relu", "conv", "bn", "relu", "conv", "bn"),
            after=(),
            errors={110: 6.71, 164: 5.91},
        ),
        Ordering(
            name="full-pre-activation",
            title="full pre-activation",
            branch=("bn", "relu", "conv", "bn", "relu", "conv"),
            after=(),
            errors={110: 6.37, 164: 5.46},
        ),
    )
}
"""Figure 4 (a) to (e), by name, in the paper's order."""


class OrderedUnit(nn.Module):
    """A residual unit whose forward is the drawing: (batch, in_channels, h, w) to (batch, channels, h / stride, w /
    stride).

    Its convolutions are 3x3 without bias, the first one strides; ``branch`` and ``after`` hold one module for each step
    of the ordering. The shortcut has no parameters: where the unit strides it keeps every second cell, and channels
    that are new begin as zeros (He et al. 2016, section 3.3, option A). ``first`` leaves out what stands before the
    first convolution, for a unit whose input is activated already; without ``residual`` there is no shortcut.
    """

    def __init__(
        self,
        ordering: Ordering,
        in_channels: int,
        channels: int | None = None,
        stride: int = 1,
        first: bool = False,
        residual: bool = True,
    ) -> None:
        super().__init__()
        channels = in_channels if channels is None else channels
        self.ordering, self.stride, self.residual = ordering, stride, residual
        self.new_channels = channels - in_channels
        before = activation_before(ordering)
        place = len(before)
        self.branch = nn.Sequential(
            *(() if first else (step(kind, in_channels, in_channels) for kind in before)),
            step(ordering.branch[place], in_channels, channels, stride),
            *(step(kind, channels, channels) for kind in ordering.branch[place + 1 :]),
        )
        self.after = nn.Sequential(*(step(kind, channels, channels) for kind in ordering.after))

    def shortcut(self, x: Tensor) -> Tensor:
        """What passes beside F: x itself, or what is left of it on the unit's grid, with zeros for new channels."""
        if self.stride == 1 and not self.new_channels:
            return x
        return F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.new_channels))

    def forward(self, x: Tensor) -> Tensor:
        """after(F(x) + shortcut(x)), or after(F(x)) where there is no shortcut."""
        return self.after(self.branch(x) + self.shortcut(x) if self.residual else self.branch(x))


def activation_before(ordering: Ordering) -> tuple[str, ...]:
    """The steps before a unit's first convolution: what ordering calls pre-activation."""
    return tuple(takewhile(lambda kind: kind != "conv", ordering.branch))


def step(kind: str, in_channels: int, channels: int, stride: int = 1) -> nn.Module:
    """One step of a drawing: ``conv``, ``bn`` or ``relu``; the channels and the stride are a convolution's."""
    if kind == "conv":
        return nn.Conv2d(in_channels, channels, 3, stride=stride, padding=1, bias=False)
    return {"bn": nn.BatchNorm2d(channels), "relu": nn.ReLU()}[kind]
