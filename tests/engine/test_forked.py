"""A process that is forked from one with an engine says at once that no network runs there."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.serving import ROOT

FORKS = """
import os, sys
from pathlib import Path
from resnet_demo import Engine
from resnet_demo.assets import assets_dir
from resnet_demo.engine.laboratory import Laboratory
from resnet_demo.errors import ResNetDemoError
from resnet_demo.results import ResidualProfile

photo = assets_dir() / "examples" / "coffee.png"
engine = Engine(device="cpu")
engine.analyze(photo)
ways = {
    "analyze": lambda: engine.analyze(photo),
    "classify": lambda: list(engine.classify([photo])),
    "compare": lambda: engine.compare(photo, [18, (18, "tiny-imagenet")]),
    "study": lambda: Laboratory(engine).run(ResidualProfile, photo, 18),
    "another": lambda: Engine(device="cpu"),
}
child = os.fork()
if not child:
    for name, way in ways.items():
        try:
            way()
        except ResNetDemoError as error:
            print(name, error.code, flush=True)
    os._exit(0)
os.waitpid(child, 0)
print(engine.analyze(photo).predictions[0].label)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows forks no process")
def test_a_forked_child_says_at_once_that_it_has_no_engine_and_its_parent_goes_on() -> None:
    told = subprocess.run([sys.executable, "-c", FORKS], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert told.returncode == 0, told.stderr
    *ways, label = told.stdout.splitlines()
    assert ways == [f"{name} engine-forked" for name in ("analyze", "classify", "compare", "study", "another")]
    assert label
