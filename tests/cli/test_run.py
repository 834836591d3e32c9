"""Help, mistakes and interruptions: what the command line says and which exit code it leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import resnet_demo
from resnet_demo import __version__
from resnet_demo.cli.arguments import parser
from resnet_demo.engine.engine import Engine
from resnet_demo.errors import WeightsMismatch
from resnet_demo.weights.constructors import resnet152
from tests.cli.conftest import EXAMPLES

ROOT = Path(__file__).resolve().parents[2]
COFFEE = EXAMPLES / "coffee.png"


def start(*words: object, cwd: Path) -> subprocess.Popen[bytes]:
    """The command line in a process of its own, without a display, a usable home or a way out of this machine."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1",
        "HOME": "/proc/self",  # nobody can write there, not even root
        "TORCH_HOME": str(cwd / "none"),
        "HTTPS_PROXY": "http://127.0.0.1:9",
    }
    command = [sys.executable, "-m", "resnet_demo", *map(str, words)]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    return subprocess.Popen(command, cwd=cwd, env=environment, preexec_fn=_interruptible, **pipes)


def _interruptible() -> None:
    """A shell's background jobs ignore Ctrl-C, and so would the tests' own processes where the tests are one."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["explain", "--help"], ["explain", "--depth", "19"]])
def test_help_and_mistakes_are_answered_without_pytorch_and_gradio(words):
    script = (
        "import sys; from resnet_demo.cli import main; "
        f"code = main({words!r}); print(code, [m for m in ('torch', 'gradio', 'PIL') if m in sys.modules])"
    )
    made = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert made.stdout.splitlines()[-1] == f"{2 if '19' in words else 0} []"


def test_the_package_alone_loads_no_pytorch():
    script = "import sys, resnet_demo; print([m for m in ('torch', 'numpy') if m in sys.modules])"
    made = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert made.stdout == "[]\n"


def test_the_package_has_every_name_that_it_offers():
    assert set(resnet_demo.__all__) <= set(dir(resnet_demo))
    assert all(getattr(resnet_demo, name) is not None for name in resnet_demo.__all__)
    assert resnet_demo.Engine is Engine and resnet_demo.resnet152 is resnet152
    assert resnet_demo.WeightsMismatch is WeightsMismatch


def test_a_name_that_the_package_has_not_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'resnet19'"):
        resnet_demo.resnet19  # noqa: B018


def test_the_version_goes_to_standard_output(run):
    assert run("--version").out == f"resnet-demo {__version__}\n"


def test_every_command_has_help_with_examples(run):
    whole = run("--help").out
    for command in (
        "serve",
        "explain",
        "classify",
        "blocks",
        "ledger",
        "occlude",
        "compare",
        "weights",
        "architecture",
    ):
        assert command in whole
        said = run(command, "--help")
        assert said.code == 0 and f"resnet-demo {command}" in said.out.split("examples:")[1]


def test_every_example_in_the_help_can_be_parsed():
    lines = [line.strip() for command in ("", *COMMANDS) for line in help_of(command).splitlines()]
    shown = [line for line in lines if line.startswith(("resnet-demo ", "find "))]
    assert len(shown) > 12
    for line in shown:
        words = line.split("resnet-demo ", 1)[1].split("  ")[0].split(" > ")[0].split(" | ")[0]
        parser().parse_args(words.split())


COMMANDS = ("serve", "explain", "classify", "blocks", "ledger", "occlude", "compare", "weights", "architecture")


def help_of(command: str) -> str:
    top = parser()
    if not command:
        return top.format_help().split("examples:")[1]
    (commands,) = [action for action in top._actions if action.dest == "command"]
    return commands.choices[command].format_help().split("examples:")[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "required: COMMAND"),
        (["explain"], "Which photos?"),
        (["explain", "a.png", "--depth", "19"], "invalid choice: 19"),
        (["explain", "a.png", "--stages", "layer5"], "'layer5' is none of stem, layer1"),
        (["explain", "a.png", "--opacity", "2"], "opacity is “2”; it must be a number from 0 to 1"),
        (["classify", "a.png", "--top-k", "0"], "'0' is no whole number of at least 1"),
        (["classify", "a.png", "--json", "--format", "csv"], "not allowed with argument"),
        (["compare", "a.png", "--depths", "18"], "'18' names no two different depths"),
        (["compare", "a.png", "--depths", "18,19"], "'19' is none of 18, 34, 50, 101, 152"),
        (["serve", "--port", "70000"], "'70000' is no port"),
        (["weights", "download"], "Please add --depth"),
        (["weights", "--weights-file", "none.pth"], "There is no weights file none.pth"),
        (["classify", "a.png", "--weights", "imagenet1k-v9"], "There are no weights called “imagenet1k-v9”"),
        (["explain", COFFEE, "--class", "espreso"], "Near to it: espresso"),
        (["blocks", "none.png"], "nothing to study"),
    ],
)
def test_wrong_usage_leaves_2_and_says_what_is_accepted(run, words, said, surroundings):
    found = run(*words)
    assert found.code == 2 and said in found.err and found.out == ""
    assert os.listdir(surroundings) == []


def test_a_setting_that_can_not_be_used_leaves_2(run, monkeypatch):
    monkeypatch.setenv("RESNET_DEMO_DEVICE", "banana")
    said = run("classify", COFFEE)
    assert said.code == 2 and "RESNET_DEMO_DEVICE=“banana” can't be used" in said.err


def test_a_device_that_is_not_here_leaves_2(run):
    said = run("classify", COFFEE, "--device", "mps")
    assert said.code == 2 and "The device “mps” is not on this machine" in said.err


def test_weights_that_can_not_be_had_leave_3(run):
    said = run("classify", COFFEE, "--depth", "101", "--weights", "imagenet1k-v1")
    assert said.code == 3 and said.out == ""
    assert "imagenet1k-v1 for ResNet-101" in said.err and "weights download --depth 101" in said.err


@pytest.mark.parametrize(
    ("number", "code", "said"), [(signal.SIGINT, 130, "Interrupted.\n"), (signal.SIGTERM, 143, "")]
)
def test_a_signal_in_the_middle_leaves_no_half_written_file(
    run, monkeypatch, surroundings, interruptible, number, code, said
):
    whole = Engine.analyze_many

    def interrupted(self, requests, **options):
        yield next(whole(self, requests, **options))
        signal.raise_signal(number)

    monkeypatch.setattr(Engine, "analyze_many", interrupted)
    found = run("explain", COFFEE, COFFEE, "--html", "--out", "out")
    told = [line for line in found.err.splitlines() if not line.startswith(f"{COFFEE}: ")]  # notes of the photo
    assert (found.code, told) == (code, said.splitlines())
    # What was begun is finished and told of, so that --resume can go on from there.
    assert sorted(os.listdir(surroundings / "out")) == ["coffee", "report.html", "run.json", "summary.csv"]
    assert (surroundings / "out" / "report.html").read_text(encoding="utf-8").rstrip().endswith("</html>")
    assert len((surroundings / "out" / "summary.csv").read_text(encoding="utf-8").splitlines()) == 2
    assert all(not name.endswith(".part") for name in os.listdir(surroundings / "out" / "coffee"))


def test_an_interruption_while_nothing_comes_ends_the_process_with_one_line(surroundings):
    process = start("explain", "-", "--html", "--out", "out", "--batch-size", "1", "--quiet", cwd=surroundings)
    # More names than the engine reads ahead; then it waits for more.
    process.stdin.write(f"{COFFEE}\n".encode() * 12)
    process.stdin.flush()
    until = time.monotonic() + 120
    while not (surroundings / "out" / "coffee" / "stages.csv").exists() and time.monotonic() < until:
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, b"Interrupted.\n")
    assert not [name for _, _, names in os.walk(surroundings) for name in names if name.endswith(".part")]
    assert (surroundings / "out" / "report.html").read_text(encoding="utf-8").rstrip().endswith("</html>")


def test_a_reader_that_stops_ends_a_run_without_an_end_and_no_home_is_needed(surroundings):
    process = start("classify", "-", "--format", "jsonl", "--top-k", "1", "--batch-size", "1", cwd=surroundings)
    line = f"{COFFEE}\n".encode()
    written = 0
    # An endless list: only a run that streams ever answers.
    os.set_blocking(process.stdin.fileno(), False)
    os.set_blocking(process.stdout.fileno(), False)
    first, until = b"", time.monotonic() + 120
    while b"\n" not in first and time.monotonic() < until:
        try:
            written += os.write(process.stdin.fileno(), line * 4)
        except BlockingIOError:
            time.sleep(0.02)
        first += process.stdout.read() or b""
    assert b'"label": "espresso"' in first, process.stderr.read()
    process.stdout.close()
    while process.poll() is None and time.monotonic() < until:
        try:
            os.write(process.stdin.fileno(), line * 4)
        except BlockingIOError:
            time.sleep(0.02)
        except BrokenPipeError:
            break
    assert process.wait(60) == 141
    assert b"Traceback" not in process.stderr.read()
