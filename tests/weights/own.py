"""A random network saved as somebody's own file."""

import torch
from safetensors.torch import save_file

from resnet_demo.network.resnet import resnet
from tests.randomised import randomise


def own(path, depth=18, classes=3, seed=0):
    """Save a random network as somebody's own file; return its state dict."""
    path.parent.mkdir(parents=True, exist_ok=True)
    state = randomise(resnet(depth, classes), seed).state_dict()
    save_file(state, path) if path.suffix == ".safetensors" else torch.save(state, path)
    return state


def view(size=64, seed=0):
    return torch.randn(1, 3, size, size, generator=torch.Generator().manual_seed(seed))
