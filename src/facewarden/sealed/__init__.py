"""Keys, sealed files, signatures and durable writes: what every room that keeps secrets stands on.

Imports nothing of the house but `facewarden.errors`. What is wrapped here is `cryptography`; no cipher is ours.
"""
