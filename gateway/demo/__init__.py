"""The demo: stands, the gateway as real processes, appeals in, answers back, and an independent count."""
