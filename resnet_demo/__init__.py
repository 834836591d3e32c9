"""What each stage of a ResNet computes and where it looks: top-5 labels, feature maps and Grad-CAM maps of every stage.

    from resnet_demo import Engine, resnet50

    answer = Engine().analyze("cat.jpg", depth=18)
    answer.predictions[0].label, answer.stages["layer4"].cam

Names are imported when they are first used: importing the package alone loads no PyTorch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "Engine": "engine",
    **dict.fromkeys(("resnet18", "resnet34", "resnet50", "resnet101", "resnet152"), "weights"),
    **dict.fromkeys(("Analysis", "AnalysisRequest", "Classification", "Failed"), "results"),
    **dict.fromkeys(("to_json", "from_json"), "results_json"),
    "Settings": "settings",
    **dict.fromkeys(
        (
            "ResNetDemoError",
            "InputError",
            "WeightsUnavailable",
            "WeightsCorrupt",
            "WeightsMismatch",
            "Busy",
            "Cancelled",
            "DeviceOutOfMemory",
            "SettingsError",
        ),
        "errors",
    ),
}

__all__ = ["__version__", *_HOMES]

if TYPE_CHECKING:
    from resnet_demo.engine import Engine
    from resnet_demo.errors import (
        Busy,
        Cancelled,
        DeviceOutOfMemory,
        InputError,
        ResNetDemoError,
        SettingsError,
        WeightsCorrupt,
        WeightsMismatch,
        WeightsUnavailable,
    )
    from resnet_demo.results import Analysis, AnalysisRequest, Classification, Failed
    from resnet_demo.results_json import from_json, to_json
    from resnet_demo.settings import Settings
    from resnet_demo.weights import resnet18, resnet34, resnet50, resnet101, resnet152


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
