"""Which weights there are for a depth, where they lie, what is known of them, and the network they make."""
