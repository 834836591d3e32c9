"""The page, for a laptop (``python app.py``) and for a Space, which runs this file."""

import sys

from resnet_demo.page.server import serve

if __name__ == "__main__":
    sys.exit(serve())
