"""What passes between rooms: frozen dataclasses of numbers, words and numpy arrays, and their JSON.

No tensor comes this far, and nothing here computes more than a mean, a difference or a correlation of what it holds.
Arrays are read-only to their readers by agreement.
"""

from resnet_demo.results.analysis import (
    DEPTHS,
    KINDS,
    STAGES,
    Analysis,
    AnalysisRequest,
    Box,
    Classification,
    ClassInfo,
    Failed,
    NetworkInfo,
    PhotoInfo,
    PhotoInput,
    Prediction,
    Progress,
    RankedBy,
    ReceptiveField,
    StageMaps,
    StageStats,
    WeightsChoice,
)
from resnet_demo.results.architecture import (
    Architecture,
    LayerFacts,
    Operation,
    Ordering,
    PaperTable,
    TableCell,
    TableRow,
    UnitFacts,
)
from resnet_demo.results.blocks import BlockMaps, BlockProfile, BlockStudy, Lesion, LesionBoard, Outcome
from resnet_demo.results.channels import ChannelAblation, ChannelImage
from resnet_demo.results.comparison import ComparedAnswer, Comparison, Pair
from resnet_demo.results.receptive_field import EffectiveField, ViewBox
from resnet_demo.results.trust import Curve, Faithfulness, Randomisation, Readout, StageFaithfulness, StageReadout

__all__ = [
    "Analysis",
    "AnalysisRequest",
    "Architecture",
    "BlockMaps",
    "BlockProfile",
    "BlockStudy",
    "Box",
    "ChannelAblation",
    "ChannelImage",
    "ClassInfo",
    "Classification",
    "ComparedAnswer",
    "Comparison",
    "Curve",
    "DEPTHS",
    "EffectiveField",
    "Failed",
    "Faithfulness",
    "KINDS",
    "LayerFacts",
    "Lesion",
    "LesionBoard",
    "NetworkInfo",
    "Operation",
    "Ordering",
    "Outcome",
    "Pair",
    "PaperTable",
    "PhotoInfo",
    "PhotoInput",
    "Prediction",
    "Progress",
    "Randomisation",
    "RankedBy",
    "Readout",
    "ReceptiveField",
    "STAGES",
    "StageFaithfulness",
    "StageMaps",
    "StageReadout",
    "StageStats",
    "TableCell",
    "TableRow",
    "UnitFacts",
    "ViewBox",
    "WeightsChoice",
]
