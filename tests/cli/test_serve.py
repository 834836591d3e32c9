"""``serve``: what is said on the command line reaches the page."""

from __future__ import annotations

import resnet_demo.page.server


def test_the_options_become_the_pages_settings(run, monkeypatch):
    served = []
    monkeypatch.setattr(resnet_demo.page.server, "serve", lambda *given: served.append(given) or 0)
    monkeypatch.setenv("RESNET_DEMO_QUEUE_SIZE", "3")
    said = run("serve", "--host", "0.0.0.0", "--port", "8080", "--depth", "50", "--mcp", "--offline", "--device", "cpu")
    ((settings, depth),) = served
    assert said.code == 0 and (depth, settings.mcp) == (50, True)
    assert (settings.host, settings.port, settings.device, settings.downloads) == ("0.0.0.0", 8080, "cpu", "deny")
    assert settings.queue_size == 3


def test_what_is_not_said_stays_as_the_surroundings_have_it(run, monkeypatch):
    served = []
    monkeypatch.setattr(resnet_demo.page.server, "serve", lambda *given: served.append(given) or 0)
    monkeypatch.setenv("RESNET_DEMO_PORT", "9000")
    run("serve")
    ((settings, depth),) = served
    assert (settings.host, settings.port, settings.downloads, depth, settings.mcp) == (
        "127.0.0.1",
        9000,
        "ask",
        18,
        False,
    )
