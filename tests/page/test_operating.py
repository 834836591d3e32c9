"""What whoever runs the server sees of it: measures, a log that programs read, and an end that is announced."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.page.visiting import Visitor, photo
from tests.serving import Server, served


def measured(server: Server) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Every sample at /metrics by its name and labels, read by Prometheus' own parser."""
    text = httpx.get(f"{server.url}metrics", timeout=60).text
    samples = [each for family in text_string_to_metric_families(text) for each in family.samples]
    return {(each.name, tuple(sorted(each.labels.items()))): each.value for each in samples}


def test_what_is_measured_is_what_happened_and_the_end_is_announced(tmp_path: Path) -> None:
    with served(tmp_path, metrics=1, log_format="json", verbose=1, drain_seconds=600, max_photos=2) as server:
        before = measured(server)
        visitor = Visitor(server.url, "visitor")
        assert visitor.explain(photo())["photos"]["a"].get("error") is None
        assert httpx.get(f"{server.url}etc/passwd", timeout=60).status_code == 404
        assert (
            httpx.post(f"{server.url}gradio_api/call/v2/classify", json={"surprise": 1}, timeout=60).status_code == 400
        )
        after = measured(server)

        def grown(name: str, **labels: str) -> float:
            key = name, tuple(sorted(labels.items()))
            return after.get(key, 0) - before.get(key, 0)

        assert grown("resnet_demo_requests_total", method="GET", status="404") == 1
        assert grown("resnet_demo_requests_total", method="POST", status="400") == 1
        assert grown("resnet_demo_errors_total", code="route-unknown") == 1
        assert grown("resnet_demo_errors_total", code="argument-unknown") == 1
        assert grown("resnet_demo_pass_seconds_count") == grown("resnet_demo_wait_seconds_count") >= 1
        assert after["resnet_demo_networks", ()] == 1 and after["resnet_demo_waiting", ()] == 0
        assert after["process_resident_memory_bytes", ()] > 1e8

        server.process.send_signal(signal.SIGTERM)
        while (told := httpx.get(f"{server.url}readyz", timeout=60)).status_code == 200:
            assert server.process.poll() is None
        assert (told.status_code, told.text) == (503, "ending")
        assert httpx.get(f"{server.url}healthz", timeout=60).status_code == 200
        assert visitor.explain(photo(1))["photos"]["a"].get("error") is None
        server.process.send_signal(signal.SIGTERM)  # once more: at once
        assert server.process.wait(timeout=60) == 0
    lines = [json.loads(line) for line in server.log.read_text().splitlines()]
    assert any(line["message"].startswith("The page is served at ") for line in lines)
    assert any(line["message"].startswith("GET /readyz 503") for line in lines)
    assert all({"time", "level", "logger", "message"} <= set(line) for line in lines)


def test_nothing_is_told_of_a_server_that_was_not_asked_to(server: Server) -> None:
    assert httpx.get(f"{server.url}metrics", timeout=60).status_code == 404
