"""The networks for ``torch.hub.load("owner/repository", "resnet18", weights="tiny-imagenet")``."""

from resnet_demo import resnet18, resnet34, resnet50, resnet101, resnet152

__all__ = ["resnet101", "resnet152", "resnet18", "resnet34", "resnet50"]

dependencies = ["torch", "torchvision", "safetensors", "pydantic", "httpx", "filelock", "numpy", "tqdm"]
