"""``architecture``: a network unit by unit. It needs no weights file, only what is known of the weights."""

from __future__ import annotations

import argparse
import json

from resnet_demo.cli.console import Console, put, table
from resnet_demo.cli.networks import open_engine, settings_of
from resnet_demo.export import numerals
from resnet_demo.results import Architecture, LayerFacts, UnitFacts
from resnet_demo.results.json import to_json


def run(options: argparse.Namespace, console: Console) -> int:
    """Describe the network for a square view, or the view of the weights."""
    from resnet_demo.engine.laboratory import Laboratory

    view = None if options.view is None else (options.view, options.view)
    found = Laboratory(open_engine(settings_of(options))).architecture(options.depth, options.weights, view)
    put(json.dumps(to_json(found), ensure_ascii=False) + "\n" if options.json else _as_table(options.depth, found))
    return 0


def _as_table(depth: int, found: Architecture) -> str:
    rows: list[tuple[object, ...]] = [
        ("unit", "kind", "layers", "shortcut", "output", "parameters", "multiply-adds", "receptive field")
    ]
    rows += [_row(unit) for unit in found.units]
    height, width = found.view_size
    total = (
        f"ResNet-{depth} at {height} x {width} pixels: {found.parameters:,} parameters, "
        f"{numerals.large(found.multiply_adds)} multiply-adds\n"
    )
    return table(rows, right=(5, 6, 7)) + total


def _row(unit: UnitFacts) -> tuple[object, ...]:
    layers = ", ".join(map(_layer, unit.layers))
    shortcut = "" if unit.kind in ("stem", "head") else "identity" if unit.projection is None else "projection"
    field = "" if unit.receptive_field is None else unit.receptive_field.size
    shape = " x ".join(map(str, unit.output_shape))
    return unit.name, unit.kind, layers, shortcut, shape, f"{unit.parameters:,}", f"{unit.multiply_adds:,}", field


def _layer(layer: LayerFacts) -> str:
    """Kernel, width and stride: "3x3 128 /2", as the paper's table 1 has them."""
    what = layer.out_channels if layer.operation == "convolution" else layer.operation
    stride = f" /{layer.stride}" if layer.stride > 1 and layer.operation != "average-pool" else ""
    return f"{layer.kernel[0]}x{layer.kernel[1]} {what}{stride}"
