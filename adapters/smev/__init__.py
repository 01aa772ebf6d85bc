"""SMEV 3, the signed SOAP exchange between state bodies."""
