"""Options that several commands share, and how each command says what was wrong."""

from __future__ import annotations

import argparse
from typing import Any, NoReturn

from resnet_demo.cli.values import whole
from resnet_demo.results import DEPTHS


class Parser(argparse.ArgumentParser):
    """Says what was wrong in one line and where help is, in place of the whole usage."""

    def __init__(self, **options: Any) -> None:
        super().__init__(formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{message[:1].upper()}{message[1:]}. {self.prog} --help shows what can be said.\n")


def examples_of(*lines: str) -> str:
    return "examples:\n" + "".join(f"  {line}\n" for line in lines)


def command_of(commands: argparse._SubParsersAction, name: str, about: str, *examples: str) -> argparse.ArgumentParser:
    command = commands.add_parser(
        name, help=about, description=f"{about[:1].upper()}{about[1:]}.", epilog=examples_of(*examples)
    )
    command.add_argument("-q", "--quiet", action="store_true", help="no progress and no notes on standard error")
    return command


def engine_options(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("where it runs")
    group.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), help="default: the best there is")
    group.add_argument("--precision", choices=("float32", "bfloat16", "float16"), help="default: float32")


def own_file_option(group: argparse._ActionsContainer, more: str = "", **options: Any) -> None:
    group.add_argument(
        "--weights-file", metavar="FILE", help=f"a weights file of your own, .safetensors or .pth{more}", **options
    )


def weights_options(command: argparse.ArgumentParser, more: str = "", **options: Any) -> None:
    group = command.add_argument_group("which weights")
    group.add_argument(
        "--weights",
        default="auto",
        metavar="NAME",
        help="auto (the first that is on this machine), imagenet1k-v1, imagenet1k-v2, tiny-imagenet, "
        "imagenet-1k-distilled, hf:owner/name, or a file",
    )
    own_file_option(group, more, **options)
    group.add_argument(
        "--activation",
        choices=("softmax", "sigmoid"),
        help="what makes the outputs of a file of your own probabilities (default: softmax; sigmoid for one output)",
    )


def network_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--depth", type=int, choices=DEPTHS, help="default: 18, or what a weights file holds")
    weights_options(command)
    engine_options(command)


def photos_argument(
    command: argparse.ArgumentParser,
    what: str = "a photo, a folder of photos, an address of either (s3://…), or - for names on standard input",
) -> None:
    command.add_argument("photos", nargs="*", metavar="PHOTO", help=what)
    command.add_argument(
        "--list",
        dest="lists",
        action="append",
        default=[],
        metavar="FILE",
        help="a file of such names, a line each; may be said again",
    )
    command.add_argument("-r", "--recursive", action="store_true", help="look into the folders below a folder")


def resume_option(command: argparse._ActionsContainer) -> None:
    command.add_argument(
        "--resume", action="store_true", help="go on where a run ended that was asked the same: what is done is skipped"
    )


def class_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--class",
        dest="target",
        metavar="CLASS",
        help="the class asked about: label, WordNet id or index (default: each photo's most probable)",
    )
    command.add_argument("--contrast", metavar="CLASS", help="that class rather than this one")


def labels_option(command: argparse.ArgumentParser) -> None:
    command.add_argument("--top-k", type=whole(1), default=5, metavar="K", help="how many labels (default: 5)")


def arrays_option(group: argparse._ActionsContainer, halves: bool = True) -> None:
    """``halves``: whether 16 bits a number are to be had."""
    kinds = ("base64", "float16", "lists") if halves else ("base64", "lists")
    shorter = "; float16 is half as long" if halves else ""
    group.add_argument(
        "--maps", choices=kinds, default="base64", help=f"how JSON holds arrays (default: base64{shorter})"
    )
