"""What can be said on the command line, command by command, and the help."""

from __future__ import annotations

import argparse

from resnet_demo import __version__
from resnet_demo.cli.options import (
    Parser,
    arrays_option,
    class_options,
    command_of,
    engine_options,
    examples_of,
    labels_option,
    network_options,
    own_file_option,
    photos_argument,
    resume_option,
    weights_options,
)
from resnet_demo.cli.values import depths, names, one_channel, port, whole
from resnet_demo.export.files import FORMATS, ROWS, USUAL
from resnet_demo.export.look import SEQUENTIAL
from resnet_demo.results import BLOCK_KINDS, DEPTHS, FILLS, KINDS, STAGES

PROG = "resnet-demo"

EXIT_CODES = """\
exit codes:
  0    all done
  1    some photos failed; each is named on standard error, the rest is done
  2    wrong usage: an option, photo, class or setting that can't be used
  3    weights that are not on this machine and can't be had, or are damaged
  130  interrupted; no file is left half-written
  141  whoever read the output stopped reading
"""


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line; ``command`` says which part was chosen."""
    top = Parser(
        prog=PROG,
        description="What each stage of a ResNet computes and where it looks, for photos of your own.",
        epilog=examples_of(
            f"{PROG} serve                                    the page, on http://127.0.0.1:7860",
            f"{PROG} explain cat.jpg --depth 50 --html        pictures, tables and a report",
            f"{PROG} classify photos/ --recursive             the five most probable labels of each",
        )
        + "\n"
        + EXIT_CODES,
    )
    top.add_argument("-V", "--version", action="version", version=f"{PROG} {__version__}")
    commands = top.add_subparsers(
        dest="command", required=True, metavar="COMMAND", title="commands", parser_class=Parser
    )
    about_photos = (_explain, _classify, _blocks, _ledger, _occlude, _compare)
    for add in (_serve, *about_photos, _channel, _stimuli, _weights, _architecture):
        add(commands)
    return top


def _serve(commands: argparse._SubParsersAction) -> None:
    command = command_of(
        commands,
        "serve",
        "serve the page",
        f"{PROG} serve --port 8080",
        f"{PROG} serve --host 0.0.0.0 --depth 50 --mcp",
    )
    command.add_argument("--root-path", help="path that a proxy serves the page below, such as /resnet")
    command.add_argument("--host", help="address to serve on (default: 127.0.0.1, this machine alone)")
    command.add_argument("--port", type=port, help="port to serve on (default: 7860; 0 takes the next free one)")
    command.add_argument(
        "--depth", type=int, choices=DEPTHS, default=18, help="the depth that is shown first (default: 18)"
    )
    command.add_argument("--mcp", action="store_true", default=None, help="offer tools to language models (MCP)")
    command.add_argument(
        "--drain-seconds", type=float, metavar="S", help="go on answering so long once told to end (default: 0)"
    )
    command.add_argument(
        "--auth", metavar="FILE", help="let in those alone who sign in: a file with user:password a line"
    )
    command.add_argument("--metrics", action="store_true", default=None, help="offer /metrics to Prometheus")
    command.add_argument("--log-format", choices=("text", "json"), help="what standard error holds (default: text)")
    own_file_option(command)
    command.add_argument("--offline", action="store_true", help="offer no downloads")
    engine_options(command)


def _explain(commands: argparse._SubParsersAction) -> None:
    command = command_of(
        commands,
        "explain",
        "labels, feature maps and class activation maps of every stage, as pictures, tables and JSON",
        f"{PROG} explain cat.jpg dog.jpg --depth 50 --out maps --html",
        f"{PROG} explain cat.jpg --class tabby --contrast n02124075",
        f"{PROG} explain cat.jpg --class tabby --class sofa",
        f"{PROG} explain cat.jpg --layer layer3.1.conv2 --layer layer4.1.bn2 --kind hirescam",
        f"{PROG} explain cat.jpg --json --maps lists | jq .predictions",
    )
    photos_argument(command)
    command.add_argument(
        "--class",
        dest="targets",
        action="append",
        metavar="CLASS",
        help="explain this class: label, WordNet id or index (default: the most probable); said again, one more class, "
        "each with a folder of its own in the photo's",
    )
    command.add_argument("--contrast", metavar="CLASS", help="show the evidence for the class rather than this one")
    command.add_argument(
        "--stages",
        type=names(STAGES),
        default=STAGES,
        metavar="A,B",
        help=f"some of {','.join(STAGES)} (default: all)",
    )
    command.add_argument(
        "--layer",
        dest="layers",
        action="append",
        metavar="NAME",
        help="the map of a layer inside a stage too, such as layer3.1.conv2; may be said again. --kind is then "
        "grad-cam or hirescam",
    )
    labels_option(command)
    command.add_argument(
        "--channels", type=whole(0), default=16, metavar="N", help="how many feature maps a stage (default: 16)"
    )
    command.add_argument(
        "--ranked-by",
        choices=("evidence", "activation"),
        default="evidence",
        help="which feature maps come first (default: evidence)",
    )
    command.add_argument(
        "--occlude",
        action="store_true",
        help="what is lost when a patch covers each part of the photo too, in JSON and report: 196 passes more a photo",
    )
    command.add_argument("--batch-size", type=whole(1), metavar="N", help="photos in one pass (default: 8)")
    output = command.add_argument_group("what comes out")
    output.add_argument(
        "--out", metavar="DIR", help="the folder for the files, one folder a photo in it (default: explained)"
    )
    output.add_argument(
        "--format",
        dest="formats",
        type=names(FORMATS),
        default=USUAL,
        metavar="A,B",
        help=f"which files of each photo: some of {','.join(FORMATS)} (default: {','.join(USUAL)}); npz holds the maps "
        "and activations as NumPy arrays",
    )
    output.add_argument("--no-images", action="store_true", help="no pictures: neither as files nor within JSON")
    resume_option(output)
    output.add_argument("--html", action="store_true", help="one report on all photos as well, DIR/report.html")
    output.add_argument(
        "--stimuli",
        action="store_true",
        help="what each stage's channels are tuned to as well, in the report: half a minute for a ResNet-18",
    )
    output.add_argument(
        "--json", action="store_true", help="JSON on standard output, a line a photo; files only with --out or --html"
    )
    arrays_option(output)
    look = command.add_argument_group("how maps are drawn")
    look.add_argument("--kind", choices=KINDS, default="grad-cam", help="the kind of map (default: grad-cam)")
    look.add_argument(
        "--signed", action="store_true", help="evidence against the class as well, on a diverging colour map"
    )
    look.add_argument(
        "--colour-map",
        choices=SEQUENTIAL,
        default="viridis",
        help="default: viridis; turbo and jet, which many papers use, show edges where a map has none",
    )
    look.add_argument(
        "--opacity", type=float, default=0.7, metavar="SHARE", help="of the strongest evidence, 0 to 1 (default: 0.7)"
    )
    look.add_argument(
        "--cells",
        dest="smooth",
        action="store_false",
        help="show the cells of the stage's grid in place of a smooth map",
    )
    look.add_argument(
        "--size",
        choices=("view", "original"),
        default="view",
        help="overlays on what the network saw, or on the photo at its own size, plain where it was cropped off "
        "(default: view)",
    )
    look.add_argument("--one-scale", dest="shared", action="store_true", help="one scale for all stages")
    network_options(command)


def _classify(commands: argparse._SubParsersAction) -> None:
    command = command_of(
        commands,
        "classify",
        "the most probable labels of any number of photos, in the order given",
        f"{PROG} classify photos/ --recursive --format csv > labels.csv",
        f"find . -name '*.jpg' -print0 | {PROG} classify - --format jsonl",
        f"{PROG} classify s3://bucket/photos/ --out labels.parquet --resume",
    )
    photos_argument(command)
    labels_option(command)
    command.add_argument(
        "--batch-size", type=whole(1), default=32, metavar="N", help="photos in one pass (default: 32)"
    )
    output = command.add_mutually_exclusive_group()
    output.add_argument(
        "--out",
        metavar="FILE",
        help=f"write rows to a file as the answers come: {', '.join(ROWS)} (a folder of parts). What failed stands in "
        "FILE.errors.jsonl. The file can be read at any time, and after the command was ended",
    )
    output.add_argument("--format", choices=("table", "json", "jsonl", "csv"), default="table", help="default: table")
    output.add_argument("--json", dest="format", action="store_const", const="json", help="the same as --format json")
    resume_option(command)
    command.add_argument(
        "--ray",
        nargs="?",
        const="",
        metavar="ADDRESS",
        help="work on a Ray cluster, by default one on this machine; every node has this program and the weights",
    )
    network_options(command)


def _blocks(commands: argparse._SubParsersAction) -> None:
    command = command_of(
        commands,
        "blocks",
        "what each residual block adds to its shortcut, and what is lost without it",
        f"{PROG} blocks cat.jpg --depth 50",
        f"{PROG} blocks cat.jpg --json",
    )
    photos_argument(command, "a photo; the profile is the mean over all of them")
    command.add_argument(
        "--class",
        dest="target",
        metavar="CLASS",
        help="the class that lesions are measured by (default: each photo's most probable)",
    )
    command.add_argument(
        "--kind",
        dest="kinds",
        action="append",
        default=[],
        choices=BLOCK_KINDS,
        help="JSON, with the maps of each block's branch, shortcut, sum and output, of this kind; may be said again",
    )
    command.add_argument("--json", action="store_true", help="JSON on standard output")
    network_options(command)


def _ledger(commands: argparse._SubParsersAction) -> None:
    command = command_of(
        commands,
        "ledger",
        "which stage wrote the answer: the logit as a sum of what each unit added, beside what is lost without it",
        f"{PROG} ledger cat.jpg --depth 50",
        f"{PROG} ledger cat.jpg --class tabby --contrast n02124075 --json",
        f"{PROG} ledger photos/",
    )
    photos_argument(command)
    class_options(command)
    command.add_argument("--json", action="store_true", help="JSON on standard output, a line a photo")
    arrays_option(command)
    network_options(command)


def _occlude(commands: argparse._SubParsersAction) -> None:
    command = command_of(
        commands,
        "occlude",
        "what the answer loses when a patch covers each part of the photo in turn",
        f"{PROG} occlude cat.jpg",
        f"{PROG} occlude cat.jpg --class tabby --fill blur --json",
    )
    photos_argument(command)
    class_options(command)
    command.add_argument("--fill", choices=FILLS, default="grey", help="what the patch is filled with (default: grey)")
    command.add_argument(
        "--places", type=whole(1), default=14, metavar="N", help="places a side that are covered (default: 14)"
    )
    command.add_argument("--json", action="store_true", help="JSON on standard output, a line a photo")
    arrays_option(command, halves=False)
    network_options(command)


def _compare(commands: argparse._SubParsersAction) -> None:
    command = command_of(
        commands,
        "compare",
        "one photo through several depths or weights files, side by side",
        f"{PROG} compare cat.jpg --depths 18,34,50",
        f"{PROG} compare cat.jpg --weights-file before.pth --weights-file after.pth",
        f"{PROG} compare cat.jpg dog.jpg --depths 18,50 --class tabby --out compared",
    )
    photos_argument(command)
    command.add_argument(
        "--depths",
        type=depths,
        default=(),
        metavar="A,B",
        help=f"two or more of {','.join(map(str, DEPTHS))}; needed unless two weights files are named",
    )
    command.add_argument(
        "--class",
        dest="target",
        metavar="CLASS",
        help="explain this class where it is known (default: each network's most probable)",
    )
    labels_option(command)
    command.add_argument(
        "--out", metavar="DIR", help="a folder for a picture of the layer4 maps of each photo, and JSON"
    )
    command.add_argument("--json", action="store_true", help="JSON on standard output, a line a photo")
    arrays_option(command)
    weights_options(command, ", one more network to compare each time it is said", action="append")
    engine_options(command)


def _channel(commands: argparse._SubParsersAction) -> None:
    command = command_of(
        commands,
        "channel",
        "what one channel answers to: its filter, its five best classes, and the patches of photos that excite it most",
        f"{PROG} channel layer3.117 --depth 18",
        f"{PROG} channel layer3.117 --weights-file own.pt --patches",
        f"{PROG} channel stem.5 --json",
    )
    command.add_argument("channel", type=one_channel, metavar="STAGE.NUMBER", help="such as layer3.117")
    command.add_argument(
        "--patches", action="store_true", help="look for the patches where these weights come without (seconds)"
    )
    command.add_argument("--json", action="store_true", help="JSON on standard output")
    network_options(command)


def _stimuli(commands: argparse._SubParsersAction) -> None:
    command = command_of(
        commands,
        "stimuli",
        "what the channels of each stage are tuned to: orientation, colour, curvature, texture, and how invariantly",
        f"{PROG} stimuli --depth 50",
        f"{PROG} stimuli --json | jq .stages.layer1.shares",
    )
    command.add_argument("--json", action="store_true", help="JSON on standard output, with every channel's curves")
    network_options(command)


def _weights(commands: argparse._SubParsersAction) -> None:
    command = command_of(
        commands,
        "weights",
        "which weights there are, which are on this machine; fetch or check them",
        f"{PROG} weights check best.ckpt",
        f"{PROG} weights",
        f"{PROG} weights download --depth 50",
        f"{PROG} weights download --depth 50 --weights imagenet1k-v2",
        f"{PROG} weights verify",
    )
    command.add_argument(
        "action", nargs="?", choices=("list", "download", "verify", "check"), default="list", help="default: list"
    )
    command.add_argument("paths", nargs="*", metavar="FILE", help="for check: weights files, or folders of them")
    command.add_argument("--depth", type=int, choices=DEPTHS, help="of this depth alone; needed for download")
    command.add_argument("--json", action="store_true", help="the list as JSON on standard output")
    command.add_argument("--offline", action="store_true", help="offer no downloads and refuse them")
    weights_options(command)


def _architecture(commands: argparse._SubParsersAction) -> None:
    command = command_of(
        commands,
        "architecture",
        "the network unit by unit: shapes, parameters, multiply-adds, receptive fields",
        f"{PROG} architecture --depth 50",
        f"{PROG} architecture --depth 18 --weights tiny-imagenet --json",
    )
    command.add_argument("--depth", type=int, choices=DEPTHS, default=18, help="default: 18")
    command.add_argument(
        "--weights", default="imagenet1k-v1", metavar="NAME", help="whose classes and view (default: imagenet1k-v1)"
    )
    command.add_argument("--view", type=whole(32), metavar="PIXELS", help="another side of the square view")
    command.add_argument("--json", action="store_true", help="JSON on standard output")
