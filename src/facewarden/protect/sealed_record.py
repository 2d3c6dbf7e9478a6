"""One sealed file that holds one record: reading it, or saying what to do where it cannot be read."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from facewarden.errors import TamperedError
from facewarden.sealed.stream import unsealed

_Record = TypeVar("_Record", bound=BaseModel)


def read_record(kind: type[_Record], path: Path, key: bytes, *, context: bytes, put_back: str) -> _Record:
    """The record that `path` holds.

    Args:
        put_back: what is to come from a backup where it was altered: "it", or more that belongs together.

    Raises:
        TamperedError: it was altered, or is gone.
    """
    try:
        with path.open("rb") as file:
            return kind.model_validate_json(b"".join(unsealed(file, key, context=context)))
    except OSError as error:
        raise TamperedError(
            f"{path} cannot be read: {error.strerror or error}. Put it back from a backup."
        ) from error
    except (TamperedError, ValidationError):
        raise TamperedError(
            f"{path} was altered, is damaged, or belongs to another key. Put {put_back} back from a backup."
        ) from None
