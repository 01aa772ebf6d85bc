"""Topics learned from texts that people have labelled: what a site trains from its own history.

Pure: files are read and written by the gateway. Training needs scikit-learn (the extra `topics`), guessing only numpy.
"""
