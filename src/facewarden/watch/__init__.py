"""Watches folders and feeds: what is new is checked, matched, decided upon and acted upon, each file once.

::

    folders ─ events, scans ─┐
                             ├→ state (queue, what is done, sightings) → handling → acting
    feeds ─ addresses ───────┘         SQLite                  check · people · policy

The state is the only memory: a process that dies, however it dies, is followed by one that goes on where it was.
"""
