"""Tests, one folder per room; `scripts/test` runs them."""
