"""What made the bundled weights: nothing of it is needed, or imported, by the app itself.

Every command is ``python -m training.…``. ``tiny_imagenet`` makes a network from nothing but labelled photos. Others
begin with a published network and train on sharp photos too, in this order: ``sharp`` makes a pool of such photos,
``sharp_answers`` asks a teacher about them, ``from_published`` makes the networks to begin with, ``distil`` trains one,
``deepen`` makes a deeper one of it for the next ``distil``; ``pack`` carries it all to another machine. And of either:
``export`` writes the file and card that the app loads, ``probes`` trains the linear probes beside it, ``familiar``
says how sure answers are of other photos too, ``evaluate`` measures. The packages these need beyond the app's are in
``requirements-train.txt``.
"""
