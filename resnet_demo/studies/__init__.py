"""What can be learnt about a network beyond its answer: one study a module, each a function of network, view and class.

A study reads and writes nothing, keeps nothing between calls and leaves the network as it was. Networks are in
evaluation mode; views are tensors (batch, 3, h, w), normalised as the network asks, on its device and in its
precision. What is found comes back as the frozen dataclasses of ``results/``.
"""
