"""What the documentation shows of calls over HTTP does what it says, line by line, against a server."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys

import pytest

from tests.serving import ROOT, Server

SECTION = (ROOT / "docs/http.md").read_text(encoding="utf-8").split("## For language models")[0]
ADDRESS = "http://127.0.0.1:7860"
CALLS = ["analyze", "analyze_many", "classify", "compare", "blocks", "channel"]


def lines(language: str) -> list[str]:
    (block,) = re.findall(rf"^```{language}\n(.*?)^```", SECTION, re.M | re.S)
    return block.splitlines()


def said_by(server: Server, *command: str) -> str:
    text = command[-1].replace(ADDRESS, server.url.rstrip("/"))
    done = subprocess.run([*command[:-1], text], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_each_line_of_curl_is_answered(server: Server) -> None:
    if shutil.which("curl") is None:
        pytest.skip("no curl")
    told = said_by(server, "bash", "-c", "\n".join(lines("sh")))
    answers = [json.loads(data)[0] for data in re.findall(r"^event: complete\ndata: (.*)$", told, re.M)]
    assert len(answers) == len([line for line in lines("sh") if line.startswith("ask ")]) == len(CALLS)
    analysis, several, (classified,), comparison, blocks, channel = answers
    assert analysis["predictions"][0]["label"] == classified["predictions"][0]["label"] == "espresso"
    assert analysis["stages"] == {} and len(analysis["overlays"]) == 5
    assert [list(each["stages"]) for each in several] == [["layer4"]] * 2
    assert len(classified["predictions"]) == 3
    assert len(comparison["answers"]) == 3 and len(blocks["profile"]) == 8
    assert channel["channel"] == 117 and channel["stage"] == "layer3"


def test_each_line_of_gradio_client_is_answered(server: Server) -> None:
    written = "\n".join(re.sub(r"^client\.predict", "answer = client.predict", line) for line in lines("py"))
    checked = re.sub(r"(?m)^(answer = .*)$", r"\1\nassert answer", written)
    assert re.findall(r'api_name="/(\w+)"', checked) == CALLS
    assert "'label': 'espresso'" in said_by(server, sys.executable, "-c", checked)
