"""Writes a folder that is all a Hugging Face Space needs: ``python -m scripts.space FOLDER``.

The page, its weights and examples, the exact versions that were tested, what is kept as large files, and a README whose
first lines configure the Space. It prints the command that uploads the folder.
"""

from __future__ import annotations

import argparse
import re
import shutil
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
COPIED = ("app.py", "LICENSE", "THIRD_PARTY.md", "resnet_demo", "assets")
LARGE = ("*.safetensors", "*.png", "*.webp", "*.jpg", "*.gif")
"""What a Space keeps through Git LFS or Xet, as it takes no other binary files."""

CPU_INDEX = "https://download.pytorch.org/whl/cpu"
ENTRY = re.compile(r"^([a-z][\w.-]*)==([\w.+]+)( ; [^\\\n]*)?", re.M)


def configuration(gpu: bool) -> dict[str, object]:
    """The fields of a Space's configuration, as its README begins with them."""
    return {
        "title": "ResNet stages",
        "emoji": "🔬",
        "colorFrom": "gray",
        "colorTo": "blue",
        "sdk": "gradio",
        "sdk_version": dict(pins())["gradio"].split()[0],
        "python_version": "3.11",
        "app_file": "app.py",
        "suggested_hardware": "t4-small" if gpu else "cpu-basic",
        "pinned": False,
        "license": "mit",
        "short_description": "What does each stage of a ResNet look at?",
        "tags": ["resnet", "image-classification", "interpretability", "grad-cam", "captum"],
        "datasets": ["zh-plus/tiny-imagenet"],
    }


def pins() -> list[tuple[str, str]]:
    """Every library but PyTorch's own: its name, and its version with where it is needed."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    return [(name, version + marker.rstrip()) for name, version, marker in ENTRY.findall(text)]


def requirements(gpu: bool) -> str:
    """What the Space installs: the tested versions; without a GPU, of PyTorch the build that needs none."""
    text = (ROOT / "requirements-torch.lock").read_text(encoding="utf-8")
    torch = [(name, version) for name, version, _ in ENTRY.findall(text) if name in ("torch", "torchvision")]
    lines = [f"--extra-index-url {CPU_INDEX}"] * (not gpu)
    lines += [f"{name}=={version}{'' if gpu else '+cpu'}" for name, version in torch]
    return "\n".join(lines + [f"{name}=={version}" for name, version in pins()]) + "\n"


def readme(gpu: bool) -> str:
    """The configuration, and the readme's words on what is seen, without its pictures."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    what = re.search(r"^## What you see\n(.*?)(?=^## )", text, re.M | re.S)
    assert what is not None
    words = re.sub(r"^!\[.*\n\n?", "", what[1], flags=re.M)
    fields = yaml.safe_dump(configuration(gpu), sort_keys=False, allow_unicode=True)
    return f"---\n{fields}---\n\n# ResNet stages\n{words}"


def write(folder: Path, gpu: bool = False) -> None:
    """Write the Space into ``folder``, which is made. Raises ``FileExistsError`` where it is there already."""
    folder.mkdir(parents=True)
    left_out = shutil.ignore_patterns("__pycache__", "*.pyc", "*.pyi")
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=left_out)
        else:
            shutil.copy(source, folder / name)
    (folder / "README.md").write_text(readme(gpu), encoding="utf-8")
    (folder / "requirements.txt").write_text(requirements(gpu), encoding="utf-8")
    attributes = "".join(f"{pattern} filter=lfs diff=lfs merge=lfs -text\n" for pattern in LARGE)
    (folder / ".gitattributes").write_text(attributes, encoding="utf-8")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Write the folder of a Hugging Face Space.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--gpu", action="store_true", help="for a Space with an NVIDIA GPU")
    options = parser.parse_args()
    write(options.folder, options.gpu)
    print(f"hf upload resnet-stages {options.folder} . --repo-type space")


if __name__ == "__main__":
    main()
