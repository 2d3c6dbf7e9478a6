"""The card of a model of ours: the JSON file beside it that says what it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from facewarden.errors import ModelError


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


def read_card(path: Path, *, missing: str) -> ModelCard:
    """Read the card at `path`. Raises ModelError, with the sentence `missing` where there is no file."""
    try:
        return ModelCard.model_validate(json.loads(path.read_text("utf-8")))
    except OSError:
        raise ModelError(missing) from None
    except (ValueError, ValidationError) as error:
        raise ModelError(
            f"The card {path.name} of the model {path.stem}.onnx cannot be read: {error}"
        ) from error
