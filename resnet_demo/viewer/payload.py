"""From an analysis to what the browser draws: the one crossing from Python to the viewer's JavaScript.

Both functions return plain dicts, lists, strings, numbers, booleans and None, so ``json.dumps`` takes them with
``allow_nan=False``. The viewer receives them once and never asks again. Arrays are base64 of row-major little-endian
numbers, never lists: a browser parses 150,000 numbers for seconds, and base64 at once. What follows from the arrays
(largest value and its place, scales, ranges) is worked out in the browser from the arrays alone, so no number on the
screen has two sources.

``analysis_payload`` is read by ``stage_viewer.js``::

    version      1, raised when a reader of the old form would misread the new one
    id           the same text for the same photo, network, class and contrast, whichever channels were asked for
    photo        {name, width, height, notes, src}   pixels of the upright original; notes as in PhotoInfo; src a JPEG
                 data URL of at most PHOTO_SIDE pixels a side, None without a preview
    view         {width, height, src}         what the network saw; src a PNG data URL, exact, None without a view
    box          {left, top, right, bottom}   where the view lies in the photo, in its pixels
    network      {depth, weights, title, classes, block, blocks, parameters, multiply_adds, view_size: [height, width],
                 top1, top5, measured_on, temperature,
                 familiarity {known, others, measured_on} or None}
    as_sure      {known, others}, the shares of photos of its classes, and of others, with an answer as sure, or None
    unfamiliar   whether the photo may show none of the classes, as photos of others get such answers too, or None
    predictions  [{index, wnid, label, probability 0..1, logit, untempered 0..1}], most probable first
    further      [{…, rank}]                  as a prediction, the class the maps are for and the one it is set against,
                 where they are not among the predictions; rank from 1. Empty where it is not known
    target       {index, wnid, label}         the class the maps are for
    contrast     {index, wnid, label} or None
    split        [{name, value}] where there is a contrast and its ledger, else None: what each stage wrote into how
                 much the logit of the target is above that of the contrast, and "fc", the last bias; they add up to it
    ranked_by    "evidence" or "activation"
    stages       [{name, rows, columns, channels,
                   cams {kind: base64 float32 of rows x columns, signed, exactly the engine's},
                   agreement {kind: Spearman's rank correlation with Grad-CAM, -1..1, or None},
                   receptive_field {size, step, start}, in view pixels,
                   stats {minimum, maximum, mean, zeros}, of the stage's activations,
                   guess, the class that a linear probe tells from the stage alone, as a prediction at temperature 1, or
                   None without probes}], in the order of the data
    timings      {step: seconds}
    device, precision

``feature_maps_payload`` is read by ``channel_browser.js``: one stage, k of its K channels from rank ``first_rank`` on::

    version, id, photo {name, width, height, notes}, view, target, contrast, ranked_by   as above
    stages       [{name, channels}], every stage there is to choose from
    stage, rows, columns, channels
    first_rank   the rank of the first channel here, from 0
    ids          [k]   channel numbers, best first
    weights      [k]   Grad-CAM's w_k
    evidence     [k]   the sum over positions of gradient times activation
    means        [k]   mean activation
    totals       {for, against}   sums of the positive and of the negative evidence of all K channels; both together
                 are the sum of the stage's HiResCAM map
    maps         base64 float16 of k x rows x columns; times scales they are the activations
    scales       [k]   float32
    receptive_field {size, step, start}
"""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from PIL import Image

from resnet_demo.results import Analysis, ClassInfo, Prediction, StageMaps, StageReadout
from resnet_demo.results.png import png_file

VERSION = 1
PHOTO_SIDE = 576
"""Longest side of the photo beside the answer, in pixels: twice what it is drawn at, for dense screens."""


def analysis_payload(
    analysis: Analysis, everything: Sequence[Prediction] = (), told: Mapping[str, StageReadout] | None = None
) -> dict[str, Any]:
    """Everything the stage viewer draws and says for one photo; the module's docstring is the contract.

    ``everything`` are the predictions of all classes, most probable first, where they are known, and ``told`` what
    linear probes tell from each stage, where there are any.
    """
    told = told or {}
    network = asdict(analysis.network)
    return {
        "version": VERSION,
        "id": analysis_id(analysis),
        "photo": {**_size_and_name(analysis), "src": _photo_source(analysis.photo.preview)},
        "view": _view(analysis),
        "box": asdict(analysis.box),
        "network": {**network, "blocks": list(network["blocks"]), "view_size": list(network["view_size"])},
        "as_sure": analysis.as_sure,
        "unfamiliar": analysis.unfamiliar,
        "predictions": [asdict(prediction) for prediction in analysis.predictions],
        "further": _further(analysis, everything),
        "target": asdict(analysis.target),
        "contrast": _class_or_none(analysis.contrast),
        "split": _split(analysis),
        "ranked_by": analysis.ranked_by,
        "stages": [_stage(stage, told.get(stage.name)) for stage in analysis.stages.values()],
        "timings": {step: float(seconds) for step, seconds in analysis.timings.items()},
        "device": analysis.device,
        "precision": analysis.precision,
    }


def feature_maps_payload(analysis: Analysis, stage: str) -> dict[str, Any]:
    """The channels of one stage that ``analysis`` holds. Raises ``KeyError`` for a stage that it does not."""
    maps = analysis.stages[stage]
    ids = maps.channel_ids
    evidence = maps.evidence.astype(np.float64)
    channels, rows, columns = maps.shape
    return {
        "version": VERSION,
        "id": analysis_id(analysis),
        "photo": _size_and_name(analysis),
        "view": _view(analysis),
        "target": asdict(analysis.target),
        "contrast": _class_or_none(analysis.contrast),
        "ranked_by": analysis.ranked_by,
        "stages": [{"name": other.name, "channels": other.shape[0]} for other in analysis.stages.values()],
        "stage": maps.name,
        "rows": rows,
        "columns": columns,
        "channels": channels,
        "first_rank": maps.first_rank,
        "ids": ids.tolist(),
        "weights": maps.weights[ids].tolist(),
        "evidence": maps.evidence[ids].tolist(),
        "means": maps.means[ids].tolist(),
        "totals": {"for": float(evidence[evidence > 0].sum()), "against": float(evidence[evidence < 0].sum())},
        "maps": _base64(maps.maps, "<f2"),
        "scales": maps.scales.tolist(),
        "receptive_field": asdict(maps.receptive_field),
    }


def analysis_id(analysis: Analysis) -> str:
    """Sixteen hexadecimal digits that are the same for the same question: photo, network, class and contrast."""
    question = hashlib.sha256()
    contrast = None if analysis.contrast is None else analysis.contrast.index
    network = analysis.network
    parts = (analysis.photo.name, analysis.box, network.depth, network.weights, analysis.target.index, contrast)
    question.update(repr(parts).encode())
    if analysis.view is not None:
        question.update(np.ascontiguousarray(analysis.view).tobytes())
    return question.hexdigest()[:16]


def _stage(stage: StageMaps, told: StageReadout | None) -> dict[str, Any]:
    channels, rows, columns = stage.shape
    return {
        "name": stage.name,
        "rows": rows,
        "columns": columns,
        "channels": channels,
        "cams": {kind: _base64(cam, "<f4") for kind, cam in stage.cams.items()},
        "agreement": dict(stage.agreement),
        "receptive_field": asdict(stage.receptive_field),
        "stats": asdict(stage.stats),
        "guess": told and asdict(told.predictions[0]),
    }


def _further(analysis: Analysis, everything: Sequence[Prediction]) -> list[dict[str, Any]]:
    shown = {prediction.index for prediction in analysis.predictions}
    asked = {c.index for c in (analysis.target, analysis.contrast) if c is not None} - shown
    return [{**asdict(p), "rank": rank} for rank, p in enumerate(everything, 1) if p.index in asked]


def _split(analysis: Analysis) -> list[dict[str, Any]] | None:
    if analysis.contrast is None or analysis.ledger is None:
        return None
    return [{"name": name, "value": value} for name, value in analysis.ledger.stages.items()]


def _class_or_none(info: ClassInfo | None) -> dict[str, Any] | None:
    return None if info is None else asdict(info)


def _size_and_name(analysis: Analysis) -> dict[str, Any]:
    photo = analysis.photo
    return {"name": photo.name, "width": photo.width, "height": photo.height, "notes": list(photo.notes)}


def _view(analysis: Analysis) -> dict[str, Any]:
    height, width = analysis.network.view_size if analysis.view is None else analysis.view.shape[:2]
    return {"width": width, "height": height, "src": None if analysis.view is None else _png(analysis.view)}


def _photo_source(preview: np.ndarray | None) -> str | None:
    if preview is None:
        return None
    image = Image.fromarray(preview)
    image.thumbnail((PHOTO_SIDE, PHOTO_SIDE), Image.Resampling.LANCZOS)
    return _data_url(image, "jpeg", quality=78, optimize=True)


def _png(pixels: np.ndarray) -> str:
    return f"data:image/png;base64,{base64.b64encode(png_file(pixels)).decode('ascii')}"


def _data_url(image: Image.Image, kind: str, **options: Any) -> str:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return f"data:image/{kind};base64,{base64.b64encode(file.getvalue()).decode('ascii')}"


def _base64(array: np.ndarray, dtype: str) -> str:
    return base64.b64encode(np.ascontiguousarray(array, dtype).tobytes()).decode("ascii")
