"""The page behind nginx: below a path that is stripped or kept, said or not, and behind TLS that nobody tells of."""

from __future__ import annotations

import getpass
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.driving import answered, png, upload, watch
from tests.serving import served

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
pytestmark = pytest.mark.skipif(NGINX is None, reason="no nginx on this machine")

CONFIGURATION = """
daemon off;
user {user};
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  client_max_body_size 700m;
  proxy_http_version 1.1;
  proxy_buffering off;
  proxy_set_header Host $http_host;
  server {{
    listen 127.0.0.1:{plain};
    location /stripped/ {{ proxy_set_header X-Forwarded-Prefix /stripped; proxy_pass http://127.0.0.1:{page}/; }}
    location /silent/ {{ proxy_pass http://127.0.0.1:{page}/; }}
    location /kept/ {{ proxy_set_header X-Forwarded-Prefix /kept; proxy_pass http://127.0.0.1:{page}; }}
  }}
  server {{
    listen 127.0.0.1:{tls} ssl;
    ssl_certificate {folder}/certificate.pem; ssl_certificate_key {folder}/key.pem;
    location / {{ proxy_pass http://127.0.0.1:{page}; }}
  }}
}}
"""


def free_port() -> int:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Where the page lies behind nginx, by what is done to its path."""
    folder = tmp_path_factory.mktemp("nginx")
    plain, tls = free_port(), free_port()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
        + ["-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")],
        check=True,
        capture_output=True,
    )
    with served(tmp_path_factory.mktemp("proxied")) as server:
        page = server.url.rsplit(":", 1)[1].rstrip("/")
        configuration = folder / "nginx.conf"
        configuration.write_text(
            CONFIGURATION.format(folder=folder, user=getpass.getuser(), plain=plain, tls=tls, page=page)
        )
        proxy = subprocess.Popen([str(NGINX), "-c", str(configuration)], stderr=(folder / "said.log").open("wb"))
        try:
            _wait_for(plain, proxy, folder / "said.log")
            yield {
                "silent": f"http://127.0.0.1:{plain}/silent/",
                "stripped": f"http://127.0.0.1:{plain}/stripped/",
                "kept": f"http://127.0.0.1:{plain}/kept/",
                "tls": f"https://127.0.0.1:{tls}/",
            }
        finally:
            proxy.terminate()
            proxy.wait(timeout=30)


def _wait_for(port: int, proxy: subprocess.Popen[bytes], log: Path) -> None:
    while proxy.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"nginx did not start: {log.read_text()}")


@pytest.mark.parametrize("way", ["stripped", "kept", "silent", "tls"])
def test_the_page_is_whole_and_answers(browser: Browser, addresses: dict[str, str], way: str):
    context = browser.new_context(ignore_https_errors=True, locale="en-GB")
    try:
        page = context.new_page()
        seen = watch(page, addresses[way])
        page.goto(f"{addresses[way]}?example=coffee.png")
        assert answered(page, "coffee.png")["answer"]
        upload(page, ("noise.png", png(1)))
        assert answered(page, "noise.png")["answer"]
        # Gradio asks for its helper for frames before the browser has told where the page lies: that alone goes amiss.
        amiss = [url for url in seen.outside if not url.endswith("/iframeResizer.contentWindow.min.js")]
        assert amiss == [] and len(seen.errors) == len(seen.outside) <= (way == "silent")
    finally:
        context.close()
