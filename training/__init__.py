"""What made the bundled weights: nothing of it is needed, or imported, by the app itself.

Four commands, each ``python -m training.…``: ``tiny_imagenet`` trains, ``export`` writes the file and card
that the app loads, ``probes`` trains the linear probes beside it, ``evaluate`` measures. The packages these need beyond
the app's are in ``requirements-train.txt``.
"""
