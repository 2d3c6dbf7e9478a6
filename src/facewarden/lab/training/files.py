"""Files that appear whole or not at all: stores, weights, cards, calibrations."""

from __future__ import annotations

import io
import pickle
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from facewarden.errors import UsageError


@contextmanager
def whole(target: Path) -> Iterator[IO[bytes]]:
    """Open a file beside `target` for writing, which takes its place when the block ends well.

    Whatever stops the block, a full disk or Ctrl-C, `target` stays what it was and no part of a file is left.

    Raises:
        UsageError: the file cannot be written.
    """
    part = target.with_name(f"{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            yield file
        part.replace(target)
    except OSError as error:
        raise UsageError(
            f"{target} could not be written: {error.strerror or error}. Make room or choose another place, "
            "then run the command again."
        ) from error
    finally:
        with suppress(OSError):
            part.unlink()


def write_text(target: Path, text: str) -> None:
    """Write `text` in UTF-8, as `whole` does."""
    with whole(target) as file:
        file.write(text.encode())


def save_tensors(target: Path, state: object) -> None:
    """Save what `load_tensors` reads, as `whole` does."""
    import torch

    # Not straight into the file: PyTorch's writer hides a full disk behind an error of its own.
    buffer = io.BytesIO()
    torch.save(state, buffer)
    with whole(target) as file:
        file.write(buffer.getbuffer())


def load_tensors(path: Path, *, device: Any = "cpu") -> dict[str, Any]:
    """Read a dictionary of tensors and plain values; nothing in the file is executed.

    Raises:
        UsageError: the file is missing, damaged, or holds something else.
    """
    import torch

    try:
        state = torch.load(path, map_location=device, weights_only=True)
    except FileNotFoundError as error:
        raise UsageError(f"There are no weights at {path}; name a run that has come to its end.") from error
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError, ValueError, LookupError) as error:
        raise UsageError(f"{path} cannot be read as weights; it is damaged or of another kind.") from error
    if not isinstance(state, dict):
        raise UsageError(f"{path} must hold a dictionary of weights, but holds a {type(state).__name__}.")
    return state
