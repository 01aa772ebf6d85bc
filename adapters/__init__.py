"""One folder per outer protocol. Network I/O only."""
