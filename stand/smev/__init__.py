"""The interdepartmental exchange SMEV 3 (message-exchange 1.1, 1.2, 1.3) with one participant behind it.

Written from the contract's facts and the published schemas; its cryptography is libgcrypt's, its transform, parsing and
multipart are its own: a mistake of the gateway cannot hide in code that both share.
"""
