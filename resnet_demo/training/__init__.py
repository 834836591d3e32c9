"""What made the bundled weights: nothing of it is needed, or imported, by the app itself.

``python -m resnet_demo.training.tiny_imagenet`` trains, grows and exports; ``python -m resnet_demo.training.evaluate``
measures. The packages these need beyond the app's are in ``requirements-train.txt``.
"""
