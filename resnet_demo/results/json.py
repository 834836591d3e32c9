"""Results as JSON and back, without loss: one schema for the page, the API, the command line and files.

Every document is an object with ``"schema": "resnet-demo/1"``, ``"type"`` and the fields of that type's dataclass in
``results/``, under the same names. What JSON has no word for is written so:

- an array: ``{"dtype": "float32", "shape": [7, 7], "base64": "…"}``, its bytes in row order, little-endian; or with
  ``"values"``, nested lists, in place of ``"base64"``. Where ``float16`` was asked for, floats of a grid are
  ``{"dtype": "float16", "scale": 0.013, …}``: the numbers times ``scale`` are the array's, within 1/2048 of each or of
  the largest times 6e-8, in half the bytes;
- a picture (uint8 [h, w, 3]): ``{"png": "…"}``, the bytes of a PNG file in base64;
- a number that is not finite: "NaN", "Infinity" or "-Infinity";
- an error: its ``type``, ``code``, ``message`` and ``details``.

The results themselves know nothing of JSON: cattrs is told from outside how each type is written, and is loaded with
this module. With pydantic the same would stand in every dataclass and be loaded with the command line, whose start it
lengthens by a sixth.

Fields that a reader does not know are passed over, so that fields may be added within one schema. A document may so
also carry what follows from the fields: the properties of the dataclass, under their names, as the page reads them.
"""

from __future__ import annotations

import base64
import io
import math
import re
from collections.abc import Callable
from dataclasses import is_dataclass
from functools import cache, partial
from typing import Any, Literal

import cattrs
import numpy as np
from cattrs.gen import make_dict_unstructure_fn
from PIL import Image

from resnet_demo import results
from resnet_demo.errors import InputError, ResNetDemoError
from resnet_demo.results.png import png_file

SCHEMA = "resnet-demo/1"

DOCUMENTS: tuple[type, ...] = (
    *(results.Analysis, results.Classification, results.Comparison, results.Failed),
    *(results.Architecture, results.PaperTable, results.Ordering),
    *(results.Blocks, results.ResidualProfile, results.LesionBoard, results.Lesion, results.BlockMaps),
    results.ShortcutFade,
    *(results.Ledger, results.LedgerProfile, results.Occlusion, results.Painted),
    *(results.CellActivations, results.ChannelAblation, results.ChannelImage, results.EffectiveField),
    *(results.CellAblation, results.Faithfulness, results.Randomisation, results.Readout),
    *(results.Atlas, results.Channel, results.Patches, results.Tuning),
    *(results.Initialisation, results.SmallAnswers, results.TrainingRun),
)
"""What a document may hold."""

TYPES = {re.sub(r"\B(?=[A-Z])", "-", kind.__name__).lower(): kind for kind in DOCUMENTS}
"""The same by a document's ``"type"``: ``LesionBoard`` is ``lesion-board``."""

Maps = Literal["base64", "float16", "lists"]

_DTYPES = ("uint8", "float16", "float32", "float64", "int32", "int64")
_KINDS: tuple[type[ResNetDemoError], ...] = (ResNetDemoError, *ResNetDemoError.__subclasses__())
_ERRORS = {kind.__name__: kind for kind in _KINDS}
_NOT_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def to_json(result: Any, maps: Maps = "base64", images: bool = True, derived: bool = False) -> dict[str, Any]:
    """A result in JSON's types.

    ``maps`` says how arrays are written, with ``float16`` those of grids in half the bytes; without ``images``
    pictures are null; with ``derived`` a dataclass's properties are written as its fields are.

    Raises ``TypeError`` for what is none of ``TYPES``.
    """
    name = next((name for name, kind in TYPES.items() if type(result) is kind), None)
    if name is None:
        raise TypeError(
            f"{type(result).__name__} is no result; results are {', '.join(k.__name__ for k in TYPES.values())}"
        )
    return {"schema": SCHEMA, "type": name, **_converter(maps, images, derived).unstructure(result)}


def from_json(document: Any) -> Any:
    """The result that ``to_json`` wrote. Raises ``InputError`` for a document of another schema or a damaged one."""
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        found = document.get("schema") if isinstance(document, dict) else None
        if found is None:
            raise InputError("json-no-schema", schema=SCHEMA)
        raise InputError("json-other-schema", found=found, schema=SCHEMA)
    kind = TYPES.get(document.get("type", ""))
    if kind is None:
        raise InputError("json-type-unknown", found=document.get("type"), types=", ".join(TYPES))
    try:
        return _converter("base64", True, False).structure(document, kind)
    except cattrs.BaseValidationError as error:
        causes = cattrs.transform_error(error, format_exception=_cause)[:3]
        raise InputError("json-damaged", cause="; ".join(causes)) from error


def _cause(error: BaseException, kind: type | None) -> str:
    """What a document lacks or holds in place of something else, without the names of Python's types."""
    return "missing" if isinstance(error, KeyError) else str(error)


@cache
def _converter(maps: Maps, images: bool, derived: bool) -> cattrs.Converter:
    converter = cattrs.Converter()
    if derived:
        converter.register_unstructure_hook_factory(is_dataclass, partial(_with_properties, converter))
    converter.register_unstructure_hook(np.ndarray, lambda array: _write_array(array, maps, images))
    converter.register_unstructure_hook(float, _write_number)
    converter.register_unstructure_hook(ResNetDemoError, _write_error)
    converter.register_structure_hook(np.ndarray, lambda value, _: _read_array(value))
    converter.register_structure_hook(float, lambda value, _: _read_number(value))
    converter.register_structure_hook(int, lambda value, _: _read_whole(value))
    converter.register_structure_hook(bool, lambda value, _: _read_as(bool, value))
    converter.register_structure_hook(str, lambda value, _: _read_as(str, value))
    converter.register_structure_hook(ResNetDemoError, lambda value, _: _read_error(value))
    return converter


def _with_properties(converter: cattrs.Converter, kind: type) -> Callable[[Any], dict[str, Any]]:
    fields: Callable[[Any], dict[str, Any]] = make_dict_unstructure_fn(kind, converter)
    names = [name for name, value in vars(kind).items() if isinstance(value, property)]
    return lambda result: fields(result) | {name: converter.unstructure(getattr(result, name)) for name in names}


def _write_array(array: np.ndarray, maps: Maps, images: bool) -> dict[str, Any] | None:
    if array.dtype == np.uint8 and array.ndim == 3:
        return {"png": _text(png_file(array))} if images else None
    about: dict[str, Any] = {"dtype": array.dtype.name, "shape": list(array.shape)}
    if maps == "float16" and array.dtype == np.float32 and array.ndim > 1 and np.isfinite(array).all():
        # Largest values become 1: a map of small ones would lose them among float16's smallest.
        scale = float(np.abs(array).max(initial=0)) or 1.0
        array = (array / np.float32(scale)).astype(np.float16)
        about |= {"dtype": "float16", "scale": scale}
    if maps == "lists":
        return about | {"values": _nested(array)}
    return about | {"base64": _text(array.astype(array.dtype.newbyteorder("<"), order="C").tobytes())}


def _read_array(value: Any) -> np.ndarray:
    if not isinstance(value, dict):
        raise ValueError("expected an array")
    if "png" in value:
        with Image.open(io.BytesIO(base64.b64decode(value["png"], validate=True)), formats=["PNG"]) as picture:
            return np.asarray(picture.convert("RGB"))
    if value.get("dtype") not in _DTYPES:
        raise ValueError(f"expected an array of {', '.join(_DTYPES)}, found {value.get('dtype')!r}")
    dtype, shape = np.dtype(value["dtype"]), tuple(value["shape"])
    if "base64" in value:
        flat = np.frombuffer(base64.b64decode(value["base64"], validate=True), dtype.newbyteorder("<"))
        if "scale" in value:
            return flat.astype(np.float32).reshape(shape) * np.float32(_read_number(value["scale"]))
        return flat.astype(dtype).reshape(shape)
    return np.array(value["values"], dtype).reshape(shape)


def _nested(array: np.ndarray) -> list:
    if array.dtype.kind != "f" or np.isfinite(array).all():
        return array.tolist()
    written = array.astype(object)
    for name, number in _NOT_FINITE.items():
        written[np.isnan(array) if name == "NaN" else array == number] = name
    return written.tolist()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _write_number(value: float) -> float | str:
    if math.isfinite(value):
        return float(value)
    return next(
        name for name, number in _NOT_FINITE.items() if value == number or math.isnan(number) and math.isnan(value)
    )


def _read_number(value: Any) -> float:
    if isinstance(value, str) and value in _NOT_FINITE:
        return _NOT_FINITE[value]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"expected a number, found {value!r}")
    return float(value)


def _read_whole(value: Any) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)  # the keys of an object are always texts
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"expected a whole number, found {value!r}")
    return value


def _read_as(kind: type, value: Any) -> Any:
    if not isinstance(value, kind):
        raise ValueError(f"expected {'a text' if kind is str else 'true or false'}, found {value!r}")
    return value


def _write_error(error: ResNetDemoError) -> dict[str, Any]:
    details = {name: v if isinstance(v, str | int | float | None) else str(v) for name, v in error.details.items()}
    return {"type": type(error).__name__, "code": error.code, "message": error.message, "details": details}


def _read_error(value: Any) -> ResNetDemoError:
    if not isinstance(value, dict) or value.get("type") not in _ERRORS:
        raise ValueError(f"expected an error of type {', '.join(_ERRORS)}")
    error = _ERRORS[value["type"]](value["code"], **value["details"])
    error.message = value["message"]  # as it was said when it was written, by whatever version
    return error
