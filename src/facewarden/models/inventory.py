"""What is in the folder of models, for ``facewarden models``."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from facewarden.errors import ModelError
from facewarden.models import model_bytes, model_card

_FOLDER = Path(__file__).parent
_NOT_CARDS = frozenset({"calibration.json"})

State = Literal["ok", "missing_or_altered"]


class ModelFile(BaseModel):
    """One model file.

    Attributes:
        name: as `model_path` takes it.
        state: whether the file is there and has the digest that was published for it.
        sha256: the digest that was published.
        licence: SPDX identifier or a sentence.
        origin: ``facewarden``, or the address of the project that it comes from.
        card: what our own models say of themselves; None for those of others.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    state: State
    sha256: str
    licence: str
    origin: str
    card: dict[str, Any] | None = None


def inventory() -> list[ModelFile]:
    """Every model file that facewarden knows, ours first, each compared with its digest.

    Raises:
        ModelError: a card of ours cannot be read.
    """
    return [*_ours(), *_third_party()]


def _ours() -> list[ModelFile]:
    found = []
    for path in sorted(_FOLDER.glob("*.json")):
        if path.name not in _NOT_CARDS:
            name = f"{path.stem}.onnx"
            card = model_card(name)
            found.append(
                ModelFile(
                    name=name,
                    state=_state(name),
                    sha256=card.sha256,
                    licence=card.licence,
                    origin="facewarden",
                    card=card.model_dump(exclude={"sha256", "licence"}),
                )
            )
    return found


def _third_party() -> list[ModelFile]:
    manifest = tomllib.loads((_FOLDER / "third_party.toml").read_text("utf-8"))
    return [
        ModelFile(
            name=file["name"],
            state=_state(file["name"]),
            sha256=file["sha256"],
            licence=distribution["licence"],
            origin=distribution["homepage"],
        )
        for distribution in manifest["distribution"]
        for file in distribution["file"]
        if not file["name"].startswith("LICENSE")
    ]


def _state(name: str) -> State:
    try:
        model_bytes(name)
    except ModelError:
        return "missing_or_altered"
    return "ok"
