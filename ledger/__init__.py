"""What happened, once: the only truth. Storage I/O only."""
