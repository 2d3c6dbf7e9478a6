"""The model files that we load: our own, each beside its card, and third-party files fetched at build time.

No file is handed out before its SHA-256 was compared with the digest that the repository names: in
``third_party.toml`` for other people's files, in the card (``<stem>.json``) for ours.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from facewarden.errors import ModelError

_FOLDER = Path(__file__).parent
_THIRD_PARTY = _FOLDER / "third_party"

_REINSTALL = "Install facewarden again (pip install --force-reinstall) from a source that you trust."


class ModelCard(BaseModel):
    """What a model of ours is: read from the JSON file beside it.

    Extra fields are kept (`model_extra`), so a card may say more than the promise below.

    Attributes:
        input: name, layout, shape and range of each input.
        preprocessing: how a crop becomes that input, in words or parameters.
        trained_on, calibrated_on: the sources, with their licences.
        metrics: what was measured, and on what.
        moment_thresholds: scores of a single picture from which it is called ``unclear`` and ``seen``; optional
            ``unstable``, the rise of the score in a worse copy from which a photo is not judged.
        licence: SPDX identifier or a sentence.
        sha256: lower-case hex digest of the model file.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    input: Any
    preprocessing: Any
    trained_on: Any
    calibrated_on: Any = None
    metrics: dict[str, Any] = {}
    moment_thresholds: dict[str, float] = {}
    licence: str
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


def model_path(name: str) -> Path:
    """Return the path of the model file `name`, such as ``face_landmark.tflite``, after checking its digest.

    The digest is computed once for each process and each state of the file (20 ms for the largest, 22 MB).
    Raises ModelError when the file is unknown, missing or altered.
    """
    path, expected = _located(name)
    try:
        state = path.stat()
    except OSError:
        raise ModelError(f"The model file {name} is missing. {_REINSTALL}") from None
    if _digest(path, state.st_mtime_ns, state.st_size) != expected:
        raise ModelError(f"The model file {name} is not the one that was published. {_REINSTALL}")
    return path


def model_bytes(name: str) -> bytes:
    """Return the content of the model file `name`; the bytes returned are the bytes that were checked.

    Raises ModelError when the file is unknown, missing or altered.
    """
    path, expected = _located(name)
    try:
        content = path.read_bytes()
    except OSError:
        raise ModelError(f"The model file {name} is missing. {_REINSTALL}") from None
    if hashlib.sha256(content).hexdigest() != expected:
        raise ModelError(f"The model file {name} is not the one that was published. {_REINSTALL}")
    return content


def model_card(name: str) -> ModelCard:
    """Return the card of our own model `name`, such as ``frame_forgery.onnx``; raises ModelError."""
    path = _FOLDER / f"{Path(name).stem}.json"
    try:
        return ModelCard.model_validate(json.loads(path.read_text("utf-8")))
    except OSError:
        raise ModelError(f"There is no model named {name} in this installation. {_REINSTALL}") from None
    except (ValueError, ValidationError) as error:
        raise ModelError(f"The card {path.name} of the model {name} cannot be read: {error}") from error


def model_digest(name: str) -> str:
    """Return the lower-case hex SHA-256 that the file `name` must have (nothing is read but its card)."""
    return _located(name)[1]


def _located(name: str) -> tuple[Path, str]:
    third_party = _third_party_digests()
    if name in third_party:
        return _THIRD_PARTY / name, third_party[name]
    if Path(name).name != name:
        raise ModelError(f"A model goes by its file name, such as face_landmark.tflite, but got {name!r}.")
    return _FOLDER / name, model_card(name).sha256


@cache
def _third_party_digests() -> dict[str, str]:
    manifest = tomllib.loads((_FOLDER / "third_party.toml").read_text("utf-8"))
    return {file["name"]: file["sha256"] for d in manifest["distribution"] for file in d["file"]}


@cache
def _digest(path: Path, mtime_ns: int, size: int) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
