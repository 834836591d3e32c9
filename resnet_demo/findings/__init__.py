"""What the studies find, as ``results.py`` is for the analysis: frozen dataclasses of numbers, words and numpy arrays.

No tensor comes this far and nothing here computes more than a mean or a difference of what it holds. Arrays are
read-only to their readers by agreement.
"""

from resnet_demo.findings.architecture import (
    Architecture,
    LayerFacts,
    Operation,
    Ordering,
    PaperTable,
    TableCell,
    TableRow,
    UnitFacts,
)
from resnet_demo.findings.blocks import BlockMaps, BlockProfile, BlockStudy, Lesion, LesionBoard, Outcome
from resnet_demo.findings.channels import ChannelAblation, ChannelImage
from resnet_demo.findings.receptive_field import EffectiveField, ViewBox
from resnet_demo.findings.trust import Curve, Faithfulness, Randomisation, Readout, StageFaithfulness, StageReadout

__all__ = [
    "Architecture",
    "BlockMaps",
    "BlockProfile",
    "BlockStudy",
    "ChannelAblation",
    "ChannelImage",
    "Curve",
    "EffectiveField",
    "Faithfulness",
    "LayerFacts",
    "Lesion",
    "LesionBoard",
    "Operation",
    "Ordering",
    "Outcome",
    "PaperTable",
    "Randomisation",
    "Readout",
    "StageFaithfulness",
    "StageReadout",
    "TableCell",
    "TableRow",
    "UnitFacts",
    "ViewBox",
]
