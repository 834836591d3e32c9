"""Every setting of the package: one environment variable each, typed, with its default and meaning.

``Settings()`` holds the defaults, ``Settings.from_environment()`` what this process was started with. The table in
the documentation is printed by ``settings_table()``, so it can't drift.
"""

from __future__ import annotations

import logging
import math
import numbers
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any, get_args, get_type_hints

from resnet_demo.errors import SettingsError

PREFIX = "RESNET_DEMO_"

log = logging.getLogger(__name__)

_OF_KUBERNETES = re.compile(r"(tcp|udp|sctp)://\S+")
"""What Kubernetes puts into ``<NAME>_PORT`` for a Service: one called ``resnet-demo`` would name our variable."""


def _setting(
    default: Any,
    meaning: str,
    *,
    choices: tuple[str, ...] = (),
    least: float | None = None,
    also: tuple[str, ...] = (),
) -> Any:
    """``also`` names variables of others that are heard where ours is not set, the first of them first."""
    return field(default=default, metadata={"meaning": meaning, "choices": choices, "least": least, "also": also})


@dataclass(frozen=True)
class Settings:
    """One field a setting; the environment variable is ``RESNET_DEMO_`` and the field's name in capitals."""

    # Weights
    weights_dir: Path | None = _setting(None, "a folder of your own weights, `resnet<depth>.pth` and the like")
    weights_file: Path | None = _setting(None, "one weights file of your own, for the depth it was made for")
    activation: str = _setting(
        "auto",
        "what makes the outputs of your own weights probabilities, where no card says it",
        choices=("auto", "softmax", "sigmoid"),
    )
    weights_url: str | None = _setting(None, "base address that replaces torchvision's for downloads (a mirror)")
    downloads: str = _setting("ask", "whether weights may be fetched: on request, or never", choices=("ask", "deny"))
    download_timeout: float = _setting(20.0, "seconds without a byte after which a download gives up", least=0.1)

    # The engine
    device: str = _setting("auto", "where networks run", choices=("auto", "cpu", "cuda", "mps"))
    precision: str = _setting(
        "float32", "arithmetic of the forward and backward pass", choices=("float32", "bfloat16", "float16")
    )
    threads: int = _setting(0, "CPU threads of one pass; 0 takes what this process may use", least=0)
    batch_size: int = _setting(8, "photos in one pass when several are explained", least=1)
    model_memory_mb: int = _setting(
        2000, "megabytes of loaded networks kept, least recently used evicted first", least=1
    )
    view_cache: int = _setting(64, "decoded views kept, so that another class needs no decoding", least=0)

    # Limits on what strangers send
    max_file_mb: float = _setting(20.0, "largest photo file, in megabytes", least=0.001)
    max_megapixels: float = _setting(
        40.0,
        "largest photo, in millions of pixels; three quarters of it for WebP and AVIF; "
        "a larger JPEG or HEIC is decoded smaller",
        least=0.0001,
    )
    max_aspect: float = _setting(50.0, "longest side over shortest side of a photo", least=1)
    decoders: int = _setting(
        2, "photos decoded at once, each in a process of its own, of at most 700 MB for 40 million pixels", least=1
    )
    max_photos: int = _setting(32, "photos of one run on the page and the API", least=1)
    queue_size: int = _setting(24, "requests that may wait; more are told that the server is busy", least=1)
    request_seconds: float = _setting(120.0, "seconds one request may take", least=1)
    results_kept: int = _setting(32, "results kept for one visitor", least=1)
    upload_seconds: float = _setting(
        600.0, "seconds one upload may take; one that brings less than 4 kB a second is ended after 30", least=1
    )
    connections: int = _setting(
        512, "connections open at once, of which one address has at most three quarters", least=8
    )
    grace_seconds: float = _setting(
        60.0, "seconds that a page may be without its connection before its photos and results are deleted", least=0
    )
    allowed_hosts: str = _setting(
        "",
        "names under which the page is reached, besides localhost and addresses, commas between; without any, all "
        "names where it is served to others",
        also=("SPACE_HOST",),
    )
    allowed_origins: str = _setting(
        "", "other sites whose pages may call this one, such as `https://example.org`; commas between"
    )
    trusted_proxies: str = _setting(
        "",
        "addresses of proxies whose `X-Forwarded-For` tells who asks; commas between",
        also=("FORWARDED_ALLOW_IPS",),
    )

    # The server
    host: str = _setting("127.0.0.1", "address the page is served on", also=("GRADIO_SERVER_NAME",))
    port: int = _setting(7860, "port the page is served on", least=0, also=("GRADIO_SERVER_PORT", "PORT"))
    root_path: str = _setting(
        "", "path that a proxy serves the page below, such as `/resnet`", also=("GRADIO_ROOT_PATH",)
    )
    mcp: bool = _setting(
        False, "offer tools to language models at `/gradio_api/mcp` (MCP)", also=("GRADIO_MCP_SERVER",)
    )
    auth: str = _setting(
        "",
        "who may use the page: `user:password` with commas between, or a file with one a line; all others are asked to "
        "sign in",
    )
    api_token: str = _setting("", "what calls of the API have to send, as `Authorization: Bearer …`")
    source_url: str = _setting("", "address of the source code, for the link in the page's footer")
    temp_dir: Path | None = _setting(None, "folder for uploads and exports; a private temporary folder by default")
    temp_age: float = _setting(3600.0, "seconds after which an upload or export is deleted", least=10)
    temp_mb: float = _setting(2048.0, "megabytes of uploads and exports kept at once", least=1)
    drain_seconds: float = _setting(
        0.0, "seconds to go on answering once the server is told to end, while `/readyz` says that it will", least=0
    )
    metrics: bool = _setting(False, "offer `/metrics` to Prometheus")
    log_format: str = _setting("text", "what standard error holds: lines, or JSON", choices=("text", "json"))
    verbose: bool = _setting(False, "log each request on standard error")

    def __post_init__(self) -> None:
        """Raises ``SettingsError`` for a value of another type, or beyond what the setting may be."""
        for f in fields(self):
            value = _checked(f.name, getattr(self, f.name), _kinds()[f.name], f.metadata)
            object.__setattr__(self, f.name, value)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None, **said: Any) -> Settings:
        """Read ``RESNET_DEMO_*``; ``said`` are settings that options have named, which go before.

        A variable that is no setting, or that Kubernetes set for a Service of this name, is passed over with a warning
        in the log. Raises ``SettingsError`` for a value that can't be used, unless an option has taken its place.
        """
        environment = os.environ if environment is None else environment
        known = {PREFIX + f.name.upper(): f for f in fields(cls)}
        for variable in environment:
            if variable.startswith(PREFIX) and variable not in known:
                _pass_over(variable)
        read = dict(said)
        for own, setting in known.items():
            for variable in (own, *setting.metadata["also"]):
                text = environment.get(variable, "")
                if _OF_KUBERNETES.fullmatch(text):
                    _pass_over(variable)
                elif text != "" and setting.name not in read:
                    read[setting.name] = _parse(variable, text, _kinds()[setting.name], setting.metadata)
        return cls(**read)


@cache
def _pass_over(variable: str) -> None:
    """Say so once a process: the settings are read more than once."""
    log.warning("%s is no setting of this program and is passed over.", variable)


def _parse(variable: str, text: str, kind: Any, metadata: Mapping[str, Any]) -> Any:
    value: Any = text
    if kind is bool:
        value = {"0": False, "false": False, "no": False, "1": True, "true": True, "yes": True}.get(text.lower(), text)
    elif kind in (int, float):
        try:
            value = kind(text)
        except ValueError:
            value = text  # which is refused as what it is
    return _checked(variable, value, kind, metadata)


def _checked(name: str, value: Any, kind: Any, metadata: Mapping[str, Any]) -> Any:
    """``value`` as the setting holds it: a path that was given as text is a path, a whole number may be a float's."""
    given = {"name": name, "given": value}
    if value is None and type(None) in get_args(kind):
        return None
    kind = next((k for k in get_args(kind) if k is not type(None)), kind)
    number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if kind is Path:
        if not isinstance(value, str | os.PathLike):
            raise SettingsError("setting-not-a-path", **given)
        return Path(value)
    if kind is str and not isinstance(value, str):
        raise SettingsError("setting-not-text", **given)
    if kind is bool and value not in (False, True):
        raise SettingsError("setting-not-a-switch", **given)
    if kind is int and not (number and isinstance(value, numbers.Integral)):
        raise SettingsError("setting-not-whole", **given)
    if kind is float and not (number and math.isfinite(value)):
        raise SettingsError("setting-not-a-number", **given)
    if metadata["choices"] and value not in metadata["choices"]:
        raise SettingsError("setting-not-a-choice", **given, accepted=", ".join(metadata["choices"]))
    if metadata["least"] is not None and value < metadata["least"]:
        raise SettingsError("setting-too-small", **given, least=metadata["least"])
    return kind(value)


@cache
def _kinds() -> dict[str, Any]:
    """The type of each setting."""
    return get_type_hints(Settings)


def settings_table() -> str:
    """The settings as a Markdown table: variable, default, meaning."""
    rows = ["| Variable | Default | Meaning |", "|---|---|---|"]
    for f in fields(Settings):
        default = "" if f.default is None else f.default if isinstance(f.default, str) else f"{f.default:g}"
        choices = f" ({', '.join(f.metadata['choices'])})" if f.metadata["choices"] else ""
        also = f" (also `{'`, `'.join(f.metadata['also'])}`)" if f.metadata["also"] else ""
        rows.append(f"| `{PREFIX}{f.name.upper()}` | {default} | {f.metadata['meaning']}{choices}{also} |")
    return "\n".join(rows)
