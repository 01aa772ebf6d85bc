"""Topics learned from texts that people have labelled: what a site trains from its own history.

Pure: files are read and written by the gateway. Guessing needs numpy, training scipy too (the extra `topics`).
"""

#: Names of models end so.
SUFFIX = ".model"
#: A model's file is at most so large (bytes), packed and unpacked: it is read by every process that decides.
LARGEST, LARGEST_UNPACKED = 30_000_000, 120_000_000
