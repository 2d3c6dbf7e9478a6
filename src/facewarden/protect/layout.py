"""Where things lie in the folder of a people store."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from facewarden import places

VARIABLE = "FACEWARDEN_PEOPLE"


@dataclass(frozen=True, slots=True)
class Layout:
    """Paths in the folder `root`; none needs to exist."""

    root: Path

    @property
    def card(self) -> Path:
        """Format and identity: all that can be read without the key."""
        return self.root / "people.json"

    @property
    def key(self) -> Path:
        return self.root / "key.json"

    @property
    def roll(self) -> Path:
        return self.root / "roll.sealed"

    @property
    def allowance(self) -> Path:
        return self.root / "allowance.sealed"

    @property
    def events(self) -> Path:
        return self.root / "events.sealed"

    @property
    def objects(self) -> Path:
        return self.root / "objects"


def default_folder() -> Path:
    """The folder that FACEWARDEN_PEOPLE names, else ``facewarden/people`` in the user's folder for data (XDG)."""
    return places.data("people", VARIABLE)
