"""Simulated outer systems: real HTTP servers on loopback, written from the protocols' facts.

They share no code with the gateway, so a mistake of one side cannot be hidden by the other.
"""
