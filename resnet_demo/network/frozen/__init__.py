"""Networks that no longer change, made to be run: batch norms folded away, weights laid out for the processor.

The network as the paper draws it is ``network/resnet.py``, and it is what studies take apart. Here it is only run:
forward for its answer, and back from the answer to its stages.
"""
