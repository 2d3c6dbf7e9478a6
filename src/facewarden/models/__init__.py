"""The model files that we load: our own, each beside its card, and third-party files fetched at build time.

No file is handed out before its SHA-256 was compared with the digest that the repository names: in
``third_party.toml`` for other people's files, in the card (``<stem>.json``) for ours. The forgery network may come
from a bundle that the user installed and put to use (`facewarden.models.registry`); then so does its card.
"""

from __future__ import annotations

import hashlib
import tomllib
from functools import cache
from pathlib import Path

from facewarden.errors import ModelError
from facewarden.models import registry
from facewarden.models.bundle import NETWORK, SHIPPED
from facewarden.models.card import ModelCard, read_card

__all__ = ["ModelCard", "model_bytes", "model_card", "model_digest", "model_path"]

_FOLDER = Path(__file__).parent
_THIRD_PARTY = _FOLDER / "third_party"

_REINSTALL = "Install facewarden again (pip install --force-reinstall) from a source that you trust."


def model_path(name: str) -> Path:
    """Return the path of the model file `name`, such as ``face_landmark.tflite``, after checking its digest.

    The digest is computed once for each process and each state of the file (20 ms for the largest, 22 MB).
    Raises ModelError when the file is unknown, missing or altered.
    """
    path, expected = _located(name)
    try:
        state = path.stat()
    except OSError:
        raise ModelError(f"The model file {name} is missing. {_remedy(name)}") from None
    if _digest(path, state.st_mtime_ns, state.st_size) != expected:
        raise ModelError(f"The model file {name} is not the one that was published. {_remedy(name)}")
    return path


def model_bytes(name: str) -> bytes:
    """Return the content of the model file `name`; the bytes returned are the bytes that were checked.

    Raises ModelError when the file is unknown, missing or altered.
    """
    path, expected = _located(name)
    try:
        content = path.read_bytes()
    except OSError:
        raise ModelError(f"The model file {name} is missing. {_remedy(name)}") from None
    if hashlib.sha256(content).hexdigest() != expected:
        raise ModelError(f"The model file {name} is not the one that was published. {_remedy(name)}")
    return content


def model_card(name: str) -> ModelCard:
    """Return the card of our own model `name`, such as ``frame_forgery.onnx``; raises ModelError."""
    missing = f"There is no model named {name} in this installation. {_remedy(name)}"
    return read_card(_home(name) / f"{Path(name).stem}.json", missing=missing)


def model_digest(name: str) -> str:
    """Return the lower-case hex SHA-256 that the file `name` must have (nothing is read but its card)."""
    return _located(name)[1]


def _located(name: str) -> tuple[Path, str]:
    third_party = _third_party_digests()
    if name in third_party:
        return _THIRD_PARTY / name, third_party[name]
    if Path(name).name != name:
        raise ModelError(f"A model goes by its file name, such as face_landmark.tflite, but got {name!r}.")
    return _home(name) / name, model_card(name).sha256


def _home(name: str) -> Path:
    """The folder of a model of ours: that of the bundle in use, where it is part of bundles."""
    if name != NETWORK:
        return _FOLDER
    bundle = registry.in_use()
    return _FOLDER if bundle.name == SHIPPED else bundle.folder


def _remedy(name: str) -> str:
    return _REINSTALL if name != NETWORK or registry.in_use().name == SHIPPED else registry.GO_BACK


@cache
def _third_party_digests() -> dict[str, str]:
    manifest = tomllib.loads((_FOLDER / "third_party.toml").read_text("utf-8"))
    return {file["name"]: file["sha256"] for d in manifest["distribution"] for file in d["file"]}


@cache
def _digest(path: Path, mtime_ns: int, size: int) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
