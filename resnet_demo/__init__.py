"""What each stage of a ResNet computes and where it looks: top-5 labels, feature maps and Grad-CAM maps of every stage.

    from resnet_demo import Engine, resnet50

    answer = Engine().analyze("cat.jpg", depth=18)
    answer.predictions[0].label, answer.stages["layer4"].cam

Names are imported when they are first used: importing the package alone loads no PyTorch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

__all__ = [
    "Analysis",
    "AnalysisRequest",
    "Busy",
    "Cancelled",
    "Classification",
    "DeviceOutOfMemory",
    "Engine",
    "Failed",
    "InputError",
    "ResNetDemoError",
    "Settings",
    "SettingsError",
    "WeightsCorrupt",
    "WeightsMismatch",
    "WeightsUnavailable",
    "__version__",
    "explain",
    "from_json",
    "resnet101",
    "resnet152",
    "resnet18",
    "resnet34",
    "resnet50",
    "to_json",
]

_HOMES = {
    "engine.engine": ("Engine",),
    "weights.constructors": ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152"),
    "maps.layers": ("explain",),
    "results": ("Analysis", "AnalysisRequest", "Classification", "Failed"),
    "results.json": ("from_json", "to_json"),
    "settings": ("Settings",),
}

if TYPE_CHECKING:
    from resnet_demo.engine.engine import Engine
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
    from resnet_demo.maps.layers import explain
    from resnet_demo.results import Analysis, AnalysisRequest, Classification, Failed
    from resnet_demo.results.json import from_json, to_json
    from resnet_demo.settings import Settings
    from resnet_demo.weights.constructors import resnet18, resnet34, resnet50, resnet101, resnet152


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = next((module for module, names in _HOMES.items() if name in names), "errors")
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
