"""What was unsafe or impolite, from plain values alone."""
