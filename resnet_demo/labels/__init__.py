"""From outputs to labels: finding a class by what people call it, and the most probable classes."""
