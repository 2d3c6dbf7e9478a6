"""Where things lie in a vault's folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Layout:
    """Paths in the folder `root`; none needs to exist."""

    root: Path

    @property
    def card(self) -> Path:
        return self.root / "vault.json"

    @property
    def key(self) -> Path:
        return self.root / "key.json"

    @property
    def signing_key(self) -> Path:
        return self.root / "signing.key"

    @property
    def public_key(self) -> Path:
        return self.root / "public.pem"

    @property
    def log(self) -> Path:
        return self.root / "custody.jsonl"

    @property
    def head(self) -> Path:
        return self.root / "head.json"

    @property
    def objects(self) -> Path:
        return self.root / "objects"

    @property
    def receipts(self) -> Path:
        return self.root / "receipts"

    @property
    def incoming(self) -> Path:
        return self.root / "incoming"
