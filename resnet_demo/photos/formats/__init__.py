"""The formats that photos come in: how each is told by its content, and what Pillow's readers leave unchecked.

Only what a reader would show wrong is checked here. What a file could cost, by the size that its parts claim or their
number, is held by the limits on the process that decodes it (``decoders.py``). Readers of our own that cut every file
down to its picture did so in 700 lines, always one trick behind: TIFFs in huge tiles (183 s), profiles of thousands of
matrices and HEICs of nested grids got past them. A process ends all of these at the same limits, for 1.5 ms a photo.
"""
