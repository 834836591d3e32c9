"""What every command of this package does with an error that whoever gave it can act on."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from resnet_demo.errors import ResNetDemoError

Arguments = ParamSpec("Arguments")


def told(main: Callable[Arguments, int]) -> Callable[Arguments, int]:
    """``main``, which says such an error on standard error and returns 2."""

    @wraps(main)
    def command(*arguments: Arguments.args, **options: Arguments.kwargs) -> int:
        try:
            return main(*arguments, **options)
        except ResNetDemoError as error:
            print(error, file=sys.stderr)
            return 2

    return command
