"""Hardening: attack the model in use, train on what it missed, and promote only what is better and nowhere worse."""
