"""The command line: ``python -m resnet_demo`` and ``resnet-demo``.

Results go to standard output and files, everything that is said to people on the way to standard error.
"""

from resnet_demo.cli.run import main

__all__ = ["main"]
