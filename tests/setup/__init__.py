"""Tests of the setup on a bare machine."""
