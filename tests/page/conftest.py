"""One server for all tests that knock on it through raw HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.serving import Server, served

FRIEND = "https://friend.example"
"""A site whose pages may call the server here."""


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with served(
        tmp_path_factory.mktemp("server"),
        max_photos=4,
        max_file_mb=1,
        grace_seconds=1,
        allowed_origins=FRIEND,
        request_seconds=600,  # costly photos give way to whatever else a busy machine does
    ) as running:
        yield running
