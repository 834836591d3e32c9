"""The container: its recipe, and the page as it is started by it, in a root of its own."""

from __future__ import annotations

import ipaddress
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import torch

from resnet_demo.settings import Settings
from tests.page.visiting import Visitor, photo
from tests.serving import ROOT, free_port, wait_until_ready


def container() -> list[tuple[str, str]]:
    """The steps of the Dockerfile, each a word and what stands behind it."""
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(word, rest) for word, rest in (line.split(maxsplit=1) for line in lines)]


def test_the_container_serves_to_the_outside_on_the_port_that_it_exposes():
    environment = dict(pair.split("=", 1) for word, rest in container() if word == "ENV" for pair in shlex.split(rest))
    settings = Settings.from_environment(environment)
    assert ipaddress.ip_address(settings.host).is_unspecified
    assert str(settings.port) == dict(container())["EXPOSE"]


def test_nothing_of_the_container_runs_with_rights_once_it_is_built():
    words = [word for word, _ in container()]
    assert words.index("USER") > max(place for place, word in enumerate(words) if word in ("RUN", "COPY"))
    assert int(dict(container())["USER"]) > 0


def test_the_containers_health_check_passes_while_the_page_answers_and_fails_when_it_does_not():
    command = json.loads(dict(container())["HEALTHCHECK"].split("CMD ")[1])
    asked = []

    class Page(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200 if len(asked) == 1 else 503)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        environment = {**os.environ, "RESNET_DEMO_PORT": str(server.server_port)}
        codes = [
            subprocess.run([sys.executable, *command[1:]], env=environment, capture_output=True).returncode
            for _ in range(2)
        ]
        server.shutdown()
    assert codes == [0, 1] and asked == ["/healthz"] * 2


def test_all_that_the_container_copies_is_there_and_sent_to_the_build():
    sent = re.findall(r"^!(\S+)", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.M)
    copied = [
        name
        for line in re.findall(r"^COPY (.*)", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.M)
        for name in line.split()[:-1]
    ]
    assert sorted(copied) == sorted(sent)
    assert all((ROOT / name).exists() for name in copied)


def test_the_recipe_has_no_fault_that_hadolint_knows(tmp_path):
    linter = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([linter, ROOT / "Dockerfile"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    (tmp_path / "Dockerfile").write_text("FROM python\nRUN cd /tmp && sudo pip install torch\n")
    assert subprocess.run([linter, tmp_path / "Dockerfile"], capture_output=True).returncode == 1


CAN_MAKE_A_ROOT = sys.platform == "linux" and os.geteuid() == 0 and shutil.which("unshare") is not None


@pytest.mark.skipif(not CAN_MAKE_A_ROOT, reason="mounts a root of its own, which only root may on Linux")
def test_the_page_runs_as_a_nobody_in_a_root_that_it_cant_write_to(unpacked, tmp_path):
    """The last stage's own steps in an empty root, in a namespace of its own: what it copies, makes and sets, its user
    and its command. The libraries are those of this machine in place of what pip would fetch."""
    stage = container()[max(place for place, (word, _) in enumerate(container()) if word == "FROM") :]
    steps = dict(stage)
    environment = dict(pair.split("=", 1) for word, rest in stage if word == "ENV" for pair in shlex.split(rest))
    port = free_port()
    base, libraries = Path(sys.base_prefix).resolve(), Path(torch.__file__).parents[1]
    environment |= {"RESNET_DEMO_PORT": str(port), "PATH": f"{base}/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
    environment |= {"PYTHONPATH": f"/app/installed:{libraries}"}
    script = [
        "set -eu",
        "mount -t tmpfs -o size=1g tmpfs root",
        "cd root",
        "mkdir -m 1777 tmp",
        "mkdir -p app proc dev",
    ]
    # Nobody but root is known, as in an image that nobody has added users to.
    script += ["cp -a /etc etc", "echo root:x:0:0::/root:/bin/sh >etc/passwd", "echo root:x:0: >etc/group"]
    script += ["rm -f etc/shadow etc/gshadow", "mount --rbind /proc proc", "mount --rbind /dev dev"]
    for folder in ("/bin", "/sbin", "/lib", "/lib64", "/usr", str(base), str(libraries)):
        if Path(folder).is_symlink():
            script.append(f"cp -a {folder} .{folder}")
        elif Path(folder).is_dir():
            script.append(
                f"mkdir -p .{folder} && mount --bind {folder} .{folder} && mount -o remount,bind,ro .{folder}"
            )
    script += [f"cp -r {shlex.quote(str(unpacked))} app/installed", "chmod -R a+rX app/installed"]
    for word, rest in stage:
        if word == "RUN" and "pip install" not in rest:
            script.append(f"chroot . sh -euc {shlex.quote(rest)}")
        if word == "COPY":
            *names, _ = rest.split()
            script += [f"cp {shlex.quote(str(ROOT / name))} app/" for name in names]
    user, command = steps["USER"], json.loads(steps["CMD"])
    script += ["for each in tmp data; do mount -t tmpfs tmpfs $each; done", "chmod 1777 tmp", f"chown {user} data"]
    script += ["mount -o remount,ro .", f"cd .{steps['WORKDIR']}"]
    run = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--no-new-privs", "--bounding-set=-all"]
    run += ["env", "-i", "-C", steps["WORKDIR"], *(f"{name}={value}" for name, value in environment.items()), *command]
    script.append(f"exec chroot .. {shlex.join(run)}")
    (tmp_path / "root").mkdir()
    log = tmp_path / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", "\n".join(script)], cwd=tmp_path, stdout=out, stderr=out
        )
        try:
            wait_until_ready(f"http://127.0.0.1:{port}/", process, log)
            status = Path(f"/proc/{process.pid}/status").read_text()
            assert re.search(rf"^Uid:\t{user}\t{user}\t{user}\t{user}$", status, re.M)
            answer = Visitor(f"http://127.0.0.1:{port}/", "visitor").explain(photo())["photos"]["a"]
            assert answer.get("error") is None
        finally:
            process.terminate()
            assert process.wait(timeout=60) == 0
    said = log.read_text().splitlines()
    assert len(said) == 1 and said[0].startswith("The page is served at "), said
