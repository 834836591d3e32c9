"""A server that has a file to download."""

import pytest

from resnet_demo.weights.download import RemoteFile
from tests.mirror import Mirror
from tests.weights.download.published import BODY, NAME, SHA256


@pytest.fixture
def mirror(monkeypatch):
    for variable in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(variable, raising=False)
    server = Mirror()
    yield server
    server.close()


@pytest.fixture
def file(mirror):
    """The record of the file, as the mirror has it."""
    return RemoteFile(f"{mirror.url}/{NAME}", SHA256, len(BODY))
