"""The numbers of an analysis as NumPy's own file, for whoever goes on computing with them."""

from __future__ import annotations

import io

import numpy as np

from resnet_demo.results import Analysis


def npz_file(analysis: Analysis) -> bytes:
    """The arrays of an analysis as the bytes of an ``.npz`` file: ``np.load("arrays.npz")["layer4/grad-cam"]``.

    Of each stage, with K channels on a grid of H x W cells: ``<stage>/<kind>`` float32 [H, W], the signed map of each
    of ``results.KINDS``; ``<stage>/activations`` float32 [k, H, W] of the channels ``<stage>/channels`` int32 [k],
    kept with the 11 significant bits of float16; ``<stage>/weights`` and ``<stage>/evidence`` float32 [K], as in
    ``StageMaps``. Of each layer asked for, its map ``<layer>/<kind>`` alone. Besides ``view`` uint8 [h, w, 3] where the
    analysis holds it, and ``box`` float64 [4]: its left, top, right and bottom in the photo; ``labels/index``,
    ``labels/probability`` and ``labels/logit`` [n], best first.
    """
    box, best = analysis.box, analysis.predictions
    arrays = {
        "box": np.array([box.left, box.top, box.right, box.bottom]),
        "labels/index": np.array([p.index for p in best]),
        "labels/probability": np.array([p.probability for p in best]),
        "labels/logit": np.array([p.logit for p in best]),
    }
    if analysis.view is not None:
        arrays["view"] = analysis.view
    for stage, maps in analysis.stages.items():
        arrays |= {f"{stage}/{kind}": cam for kind, cam in maps.cams.items()}
        arrays[f"{stage}/activations"] = maps.maps.astype(np.float32) * maps.scales[:, None, None]
        arrays[f"{stage}/channels"] = maps.channel_ids
        arrays[f"{stage}/weights"] = maps.weights
        arrays[f"{stage}/evidence"] = maps.evidence
    for layer, cams in analysis.layers.items():
        arrays |= {f"{layer}/{kind}": cam for kind, cam in cams.items()}
    out = io.BytesIO()
    np.savez_compressed(out, allow_pickle=False, **arrays)
    return out.getvalue()
