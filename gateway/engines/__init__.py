"""Embedded engines: servers that start with us, answer only us and die with us."""
