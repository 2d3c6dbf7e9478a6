"""What holds for all tests."""

from __future__ import annotations

import os

from hypothesis import settings

# No test of ours depends on how busy the machine is.
settings.register_profile("steady", deadline=None)
settings.load_profile("steady")

# Nor on which model whoever runs them has chosen: there is no such folder.
os.environ["FACEWARDEN_MODELS"] = "/nonexistent/facewarden-models"
