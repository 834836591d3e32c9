"""``python -m resnet_demo``: the command line."""

import sys

from resnet_demo.cli import main

if __name__ == "__main__":
    sys.exit(main())
