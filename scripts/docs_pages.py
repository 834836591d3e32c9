"""What MkDocs is given beside the files of docs/: pages made of the project's own files, and links that hold on a site.

A page of docs/ is read in a clone too, so it may link to any file there. On the site those that are pages of it are
linked to, and of others only their names stand.
"""

from __future__ import annotations

import json
import posixpath
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]

MOVED = {
    "README.md": "index.md",
    "README.zh-CN.md": "zh/index.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "CHANGELOG.md": "changelog.md",
}
"""Files of the project that are pages of the site, and where."""

CARDS = "cards.md"
DATA = json.loads((ROOT / "resnet_demo/page/texts/data.zh.json").read_text(encoding="utf-8"))
"""What a card says that its figures were measured on, in Chinese."""

ROWS = ("类别", "参数量", "文件", "SHA-256", "Top-1、Top-5", "测量所用数据", "温度", "变换", "来源", "许可", "生成方式")
"""The rows of a card in Chinese."""

LINK = re.compile(r"(!?)\[([^\]]*)\]\((?![a-z]+:|#)([^()\s#]+)(#[^()\s]*)?\)")


def as_of_site(text: str, source: str, page: str) -> str:
    """``text`` of the project's file ``source`` as it stands at ``page`` of the site: relative links lead to pages."""

    def linked(found: re.Match[str]) -> str:
        picture, words, target, anchor = found.groups(default="")
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
        place = MOVED.get(path, path.removeprefix("docs/") if path.startswith("docs/") else None)
        if place is None:
            return f"`{path}`" if words == path else f"{words} (`{path}`)"
        return f"{picture}[{words}]({posixpath.relpath(place, posixpath.dirname(page) or '.')}{anchor})"

    return LINK.sub(linked, text)


def percent(share: float) -> str:
    """0.5764 as "57.6 %"."""
    return f"{100 * share:.1f} %"


def card(path: Path, chinese: bool) -> str:
    """The model card of one bundled network, from the card beside its weights."""
    facts = json.loads(path.read_text(encoding="utf-8"))
    transform = ", ".join(f"{name} {value}" for name, value in facts["transform"].items() if value is not None)
    count, labels = len(facts["classes"]), [each["label"] for each in facts["classes"]]
    rows = {
        "Classes": f"{count} 类，从 {labels[0]} 到 {labels[-1]}"
        if chinese
        else f"{count}: {labels[0]} to {labels[-1]}",
        "Parameters": f"{facts['parameters']:,}",
        "File": f"`{path.with_suffix('.safetensors').relative_to(ROOT)}`, {facts['size_bytes'] / 1e6:.1f} MB",
        "SHA-256": f"`{facts['sha256']}`",
        "Right at first, among five": f"{percent(facts['top1'])}, {percent(facts['top5'])}",
        "Measured on": DATA[facts["measured_on"]] if chinese else facts["measured_on"],
        "Temperature": facts["temperature"],
        "Transform": transform,
        "Source": facts["source"],
        "Licence": facts["licence"],
        "Made by": facts["made_by"].replace("; then ", ";<br>then ").replace("; started from ", ";<br>started from "),
    }
    names = dict(zip(rows, ROWS if chinese else rows, strict=True))
    table = "\n".join(f"| {names[name]} | {str(value).replace('|', chr(92) + '|')} |" for name, value in rows.items())
    return f"## ResNet-{facts['depth']}\n\n| | |\n|---|---|\n{table}\n"


def cards(chinese: bool) -> str:
    """The page of model cards."""
    paths = sorted(ROOT.glob("assets/weights/resnet*-tiny-imagenet.json"))
    begins = "# Model cards\n\nThe networks that come with the project, as the cards beside their weights say."
    if chinese:
        begins = "# 模型卡片\n\n项目自带的网络，内容取自权重旁边的卡片；来源、许可和生成方式照录卡片中的英文。"
    return "\n\n".join([begins, *(card(path, chinese) for path in paths)])


def made() -> dict[str, str]:
    """The pages that are made, by their place on the site."""
    pages = {place: as_of_site((ROOT / file).read_text(encoding="utf-8"), file, place) for file, place in MOVED.items()}
    return {**pages, CARDS: cards(chinese=False), f"zh/{CARDS}": cards(chinese=True)}


def on_files(files: Any, config: Any) -> Any:
    """MkDocs asks this once it has listed docs/."""
    from mkdocs.structure.files import File

    for place, text in made().items():
        files.append(File.generated(config, place, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """MkDocs asks this for each page, before it reads its Markdown."""
    place = page.file.src_uri
    return markdown if place in made() else as_of_site(markdown, f"docs/{place}", place)
