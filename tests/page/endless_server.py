"""Serves the page as ``app.py`` does, but that an image made for a channel is never finished: it ends when it is
stopped, when its time is up, or with the server, on however fast a machine."""

import sys

from resnet_demo.page.server import serve
from resnet_demo.studies import activation_maximisation

paced = activation_maximisation.paced


def endless(items, *rest):
    return paced(range(10**9), *rest)


if __name__ == "__main__":
    activation_maximisation.paced = endless
    sys.exit(serve())
