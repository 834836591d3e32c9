"""What is measured by hand and printed; nothing in here is a test."""
