"""What all tests share."""

import os

# The tests' networks are tiny: with several threads most of the time goes into waiting for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")
