"""The whole job, from a photo to its maps: which network is loaded, who waits, batches, device and memory."""
