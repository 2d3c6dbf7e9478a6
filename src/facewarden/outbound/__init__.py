"""Connections to the outside: only to places that were allowed, and never into the own network by a trick.

Whoever connects here names hosts beforehand (`gate`); a name is resolved once, every address that it has must be public
(`addresses`), and the connection goes to that very address (`exchange`). No proxy, no cookie, no redirect to another
host, and an end after a time that is set.
"""
