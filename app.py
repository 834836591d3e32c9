"""The page, for a laptop (``python app.py``), a container, and a Space, which runs this file."""

import os
import sys

from resnet_demo.page.server import serve

if __name__ == "__main__":
    if os.environ.get("SYSTEM") == "spaces":
        os.environ.setdefault("RESNET_DEMO_HOST", "0.0.0.0")  # it reaches the page from outside its container
        os.environ.setdefault("RESNET_DEMO_DOWNLOADS", "deny")  # strangers would fill its disk
    sys.exit(serve())
