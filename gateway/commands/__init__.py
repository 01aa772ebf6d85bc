"""The commands of `tsur`, one file per subject."""
