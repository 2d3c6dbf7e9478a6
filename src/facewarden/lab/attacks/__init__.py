"""Attacks that need no training, made in memory; they leave the lab only through `facewarden.lab.marks.marked`."""
