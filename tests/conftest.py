"""What holds for all tests."""

from __future__ import annotations

from hypothesis import settings

# No test of ours depends on how busy the machine is.
settings.register_profile("steady", deadline=None)
settings.load_profile("steady")
