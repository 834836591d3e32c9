"""Class activation maps of every stage, from one forward and one backward pass through Captum."""
