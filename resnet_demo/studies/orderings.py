"""Five ways of ordering convolution, batch norm, ReLU and addition in a residual unit, as drawings that run.

He et al. 2016b, "Identity Mappings in Deep Residual Networks", section 4.1 and figure 4. The networks of this package
use the first; the last is what the paper recommends. A drawing is data, and ``OrderedUnit`` runs that data, so picture
and computation can't part.
"""

from __future__ import annotations

from torch import Tensor, nn

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
    """A residual unit with an identity shortcut whose forward is the drawing.

    Takes (batch, channels, h, w) to the same shape. Its convolutions are 3x3 without bias; ``branch`` and ``after``
    hold one module for each step of the ordering.
    """

    def __init__(self, ordering: Ordering, channels: int) -> None:
        super().__init__()
        self.ordering = ordering
        self.branch = nn.Sequential(*(_step(kind, channels) for kind in ordering.branch))
        self.after = nn.Sequential(*(_step(kind, channels) for kind in ordering.after))

    def forward(self, x: Tensor) -> Tensor:
        """after(x + F(x))."""
        return self.after(x + self.branch(x))


def _step(kind: str, channels: int) -> nn.Module:
    if kind == "conv":
        return nn.Conv2d(channels, channels, 3, padding=1, bias=False)
    return {"bn": nn.BatchNorm2d(channels), "relu": nn.ReLU()}[kind]
