"""What a message means: models, states, the mapping language, normalisation. Pure: no I/O."""
