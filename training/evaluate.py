"""How well weights answer a labelled folder, through the engine: ``python -m training.evaluate --data DIR
--weights W``. Every figure on a bundled card comes from here, and with ``--record WORDS`` the log beside a weights file
says how it did on the photos that the words tell of."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from resnet_demo.engine.engine import Engine
from resnet_demo.network.resnet import DEPTHS
from resnet_demo.settings import Settings
from training.answers import Answers, ask
from training.bundled import engine_of
from training.command import told

SHOWN = 10


def summary(answers: Answers) -> dict[str, Any]:
    """Accuracies, calibration and the confusions met most often, ready for JSON."""
    confusion = answers.confusion()
    seen = confusion.sum(1)
    recall = confusion.diagonal() / seen.clamp(min=1)
    label = [info.label for info in answers.classes]
    order = [i for i in recall.argsort(stable=True).tolist() if seen[i]]
    wrong = confusion.clone().fill_diagonal_(0)
    count, place = wrong.flatten().topk(min(SHOWN, wrong.numel()))
    pairs = zip(count.tolist(), place.tolist(), strict=True)
    return {
        "photos": len(answers.labels),
        "top1": answers.top(1),
        "top5": answers.top(5),
        "calibration_error": answers.calibration_error(),
        "temperature": answers.temperature,
        "mean_confidence": answers.mean_confidence(),
        "hardest": [{"label": label[i], "top1": recall[i].item()} for i in order[:SHOWN]],
        "easiest": [{"label": label[i], "top1": recall[i].item()} for i in order[::-1][:SHOWN]],
        "confused": [
            {
                "true": label[at // len(label)],
                "answered": label[at % len(label)],
                "times": times,
                "of": int(seen[at // len(label)]),
            }
            for times, at in pairs
            if times
        ],
    }


def as_text(found: dict[str, Any]) -> str:
    """The summary for people."""
    lines = [
        f"photos             {found['photos']:,}",
        f"top-1              {found['top1']:.4f}",
        f"top-5              {found['top5']:.4f}",
        f"calibration error  {found['calibration_error']:.4f}  "
        f"(temperature {found['temperature']:.3f}, mean confidence {found['mean_confidence']:.3f})",
    ]
    for title, rows in (("hardest", found["hardest"]), ("easiest", found["easiest"])):
        lines += [f"{title} classes", *(f"  {row['top1']:.2f}  {row['label']}" for row in rows)]
    lines += [
        "most often confused",
        *(f"  {row['times']:3} of {row['of']}  {row['true']} taken for {row['answered']}" for row in found["confused"]),
    ]
    return "\n".join(lines)


def record(log: Path, words: str, found: dict[str, Any]) -> None:
    """A last line in a log: what the photos were and how well they were answered, in place of an older one of them."""
    figures = {name: round(found[name], 4) for name in ("top1", "top5", "calibration_error")}
    line = {"evaluated_on": words, "command": "python -m training.evaluate", **figures}
    lines = log.read_text(encoding="utf-8").splitlines() if log.is_file() else []
    kept = [each for each in lines if json.loads(each).get("evaluated_on") != words]
    log.write_text("\n".join([*kept, json.dumps(line)]) + "\n", encoding="utf-8")


@told
def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0 measured, 2 wrong usage or input."""
    p = argparse.ArgumentParser(prog="python -m training.evaluate", description=__doc__.split(":")[0])
    p.add_argument(
        "--data", type=Path, required=True, help="folder with the split: a folder of photos a class, or Tiny ImageNet"
    )
    p.add_argument("--split", default="val", help="folder inside --data (default: %(default)s)")
    p.add_argument(
        "--weights", required=True, help="a weights file with its card beside it, or a name as tiny-imagenet"
    )
    p.add_argument("--depth", type=int, choices=DEPTHS, help="of named weights (default: 18); a file's is its own")
    p.add_argument("--json", action="store_true", help="JSON on standard output")
    p.add_argument("--record", metavar="WORDS", help="what the photos are, for the log beside the weights file")
    args = p.parse_args(arguments)
    file = Path(args.weights)
    if args.record and not file.is_file():
        p.error("--record needs a weights file: it writes to the log beside it")
    settings = Settings.from_environment()
    if file.is_file():
        engine, depth, name = engine_of(file, settings)
    else:
        engine, depth, name = Engine(settings=settings), args.depth or 18, args.weights
    with tqdm(unit="photo", disable=None) as bar:

        def advance(done: int, of: int) -> None:
            bar.total = of
            bar.update(done - bar.n)

        answers = ask(engine, depth, name, args.data, args.split, advance)
    found = summary(answers)
    if args.record:
        record(file.with_suffix(".jsonl"), args.record, found)
    print(json.dumps(found, indent=1, ensure_ascii=False) if args.json else as_text(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
