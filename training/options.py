"""Options that several commands of this package have."""

from __future__ import annotations

import argparse
from pathlib import Path

from resnet_demo.assets import assets_dir


def weights_option(parser: argparse.ArgumentParser) -> None:
    """``--weights FILE``, the bundled ResNet-18 where it is left out."""
    parser.add_argument(
        "--weights",
        type=Path,
        default=assets_dir() / "weights" / "resnet18-tiny-imagenet.safetensors",
        help="the file, its card beside it (default: %(default)s)",
    )


def cache_option(parser: argparse.ArgumentParser, of: str = "decoded photos") -> None:
    """``--cache DIR``."""
    parser.add_argument("--cache", type=Path, default=Path("runs/cache"), help=f"folder of {of} (default: %(default)s)")
