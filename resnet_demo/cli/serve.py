"""``serve``: the page."""

from __future__ import annotations

import argparse

from resnet_demo.cli.console import Console
from resnet_demo.cli.networks import settings_of


def run(options: argparse.Namespace, console: Console) -> int:
    """Serve until interrupted."""
    from resnet_demo.page.server import serve

    return serve(settings_of(options), options.depth)
