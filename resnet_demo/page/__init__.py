"""The web page: what a visitor sees, and the server it comes from. Nothing here computes with tensors."""
