"""From a photo's bytes to what a network sees: read within limits, upright, resized, cropped, normalised."""
