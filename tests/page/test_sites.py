"""Which names the page answers to, and which other sites' pages may call it."""

from __future__ import annotations

import pytest

from resnet_demo.page.admission import Refused
from resnet_demo.page.sites import Sites, listed


def asked(sites: Sites, method: str = "POST", path: str = "/gradio_api/upload", **headers: str) -> int:
    """The status that a request is refused with, 0 where it is let through."""
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    try:
        sites.check({"method": method, "headers": raw}, path)
    except Refused as refused:
        return refused.status
    return 0


OURS = Sites("127.0.0.1", hosts=("page.example", "*.below.example"), origins=("https://friend.example",))


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:7860",
        "127.0.0.1:7860",
        "[::1]:7860",
        "192.168.1.5",
        "PAGE.example:443",
        "a.below.example",
    ],
)
def test_the_page_answers_to_names_that_it_knows_and_to_addresses(host: str) -> None:
    assert asked(OURS, host=host) == 0


@pytest.mark.parametrize("host", ["rebound.example", "127.0.0.1.rebound.example", "below.example.org", "localhost.org"])
def test_a_strangers_name_that_leads_here_is_refused_but_for_probes(host: str) -> None:
    assert asked(OURS, host=host) == asked(OURS, "GET", "/", host=host) == 421
    assert asked(OURS, host=host, origin=f"http://{host}") == 421
    assert asked(OURS, "GET", "/healthz", host=host) == 0
    assert asked(Sites("127.0.0.1", hosts=("*",)), host=host) == 0


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://localhost:7860"},
        {"origin": "https://friend.example"},
        {"origin": "https://page.example"},
        {"origin": "https://outside.example", "x-forwarded-host": "outside.example, inner"},
    ],
)
def test_its_own_pages_and_listed_ones_may_send_and_so_may_whoever_is_no_browser(headers: dict[str, str]) -> None:
    assert asked(OURS, host="localhost:7860", **headers) == 0


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost:8000", "null", "", "http://[", "file://"])
def test_other_sites_pages_may_not_send(origin: str) -> None:
    assert asked(OURS, host="localhost:7860", origin=origin) == 403
    assert asked(OURS, "GET", "/config", host="localhost:7860", origin=origin) == 0


def test_a_page_that_is_served_to_others_has_the_names_they_give_it_until_some_are_listed() -> None:
    for host in ("0.0.0.0", "::", "192.168.1.5", "page.example"):
        assert asked(Sites(host), host="whatever.example") == 0
        assert asked(Sites(host, hosts=("page.example",)), host="whatever.example") == 421
        # Which site may send is another question.
        assert asked(Sites(host), host="whatever.example", origin="https://evil.example") == 403
    for host in ("127.0.0.1", "::1", "localhost", "LOCALHOST"):
        assert asked(Sites(host), host="whatever.example") == 421


def test_behind_a_proxy_with_another_name_the_browsers_own_word_counts() -> None:
    behind = {"host": "localhost:7860", "origin": "https://outside.example"}
    assert asked(OURS, **behind, **{"sec-fetch-site": "same-origin"}) == 0
    for word in ("same-site", "cross-site", "none", ""):
        assert asked(OURS, **behind, **{"sec-fetch-site": word}) == 403
    # A stranger's name that was made to lead here is the same origin to the browser, and refused as a name.
    rebound = {"host": "evil.example", "origin": "https://evil.example", "sec-fetch-site": "same-origin"}
    assert asked(OURS, **rebound) == 421


def test_a_list_in_a_setting_has_commas() -> None:
    assert listed(" a, b ,,c") == ("a", "b", "c") and listed("") == ()
