"""The networks of He et al. 2016: as the paper draws them, their units by name, and frozen to be run fast."""
