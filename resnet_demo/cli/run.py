"""One run of the command line, from its words to its exit code."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module

from resnet_demo.cli.arguments import parser
from resnet_demo.cli.console import Console, prepare_streams
from resnet_demo.errors import (
    InputError,
    ResNetDemoError,
    SettingsError,
    WeightsCorrupt,
    WeightsMismatch,
    WeightsUnavailable,
)

DONE, SOME_FAILED, USAGE, NO_WEIGHTS = 0, 1, 2, 3
INTERRUPTED, ENDED, NOBODY_READS = 128 + 2, 128 + 15, 128 + 13  # as shells number what a signal ends


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. ``argv`` are the words after the program's name, by default its own."""
    prepare_streams()
    try:
        options = parser().parse_args(argv)
    except SystemExit as left:  # argparse has said why
        return left.code if isinstance(left.code, int) else DONE
    console = Console(getattr(options, "quiet", False))
    try:
        with _obeying_sigterm():
            return _command(options, console)
    except KeyboardInterrupt:
        console.error("Interrupted.")
        return INTERRUPTED
    except _Ended:
        return ENDED
    except BrokenPipeError:
        # Python would complain again when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NOBODY_READS
    except (WeightsUnavailable, WeightsCorrupt, WeightsMismatch) as error:
        console.error(error.message)
        return NO_WEIGHTS
    except (InputError, SettingsError) as error:
        console.error(error.message)
        return USAGE
    except ResNetDemoError as error:
        console.error(error.message)
        return SOME_FAILED


def _command(options: argparse.Namespace, console: Console) -> int:
    # Each command imports what it needs when it runs: help and mistakes are answered without PyTorch.
    return import_module(f"resnet_demo.cli.{options.command}").run(options, console)


class _Ended(BaseException):
    """SIGTERM came."""


@contextmanager
def _obeying_sigterm() -> Iterator[None]:
    """Within the ``with`` SIGTERM raises ``_Ended``, so that unfinished files are removed on the way out."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread is told of signals
        return

    def end(*_: object) -> None:
        raise _Ended

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
