"""``python -m facewarden`` is the command ``facewarden``."""

from __future__ import annotations

from facewarden.cli.main import main

main()
