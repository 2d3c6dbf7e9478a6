"""Copies of pictures and clips, found by hashes alone: PDQ and vPDQ, and a layer that survives what they do not.

Nothing here keeps a picture. Hashes of a victim's pictures are secret all the same (rough pictures can be made out of
them), so whoever stores what this room makes must encrypt it.
"""
