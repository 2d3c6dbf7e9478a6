"""The user's own models: bundles in a folder, and which of them is in use.

The folder is what FACEWARDEN_MODELS names, else ``facewarden/models`` in the user's folder for data (XDG). Each bundle
is a folder of its own in it. ``in_use.json`` names the bundle that checks use, with the digests that its files had when
it was chosen; without that file the bundle of the package is in use. What is in use and damaged is an error: a check
with another model than the one that was chosen would be a silent lie.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from facewarden import places
from facewarden.errors import ModelError, UsageError
from facewarden.models.bundle import CALIBRATION, CARD, NETWORK, RECORD, SHIPPED, Bundle, file_sha256

VARIABLE = "FACEWARDEN_MODELS"
_POINTER = "in_use.json"
_PACKAGE = Path(__file__).parent
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_MOST_BYTES = 256 << 20
"""Of one file of a bundle; ours has 14 MB."""

GO_BACK = "Go back to the model of the package with: facewarden models use shipped."


class _Pointer(BaseModel):
    """What `_POINTER` holds: a bundle, and its files' digests when it was chosen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    sha256: dict[str, str]


def root() -> Path:
    """The folder of installed bundles; it need not exist."""
    return places.data("models", VARIABLE)


def shipped() -> Bundle:
    """The bundle of the package."""
    return Bundle(SHIPPED, _PACKAGE)


def installed() -> list[Bundle]:
    """The bundles in the user's folder, whole or not, by name."""
    folder = root()
    try:
        return [
            Bundle(path.name, path)
            for path in sorted(folder.iterdir())
            if path.is_dir() and _NAME.fullmatch(path.name)
        ]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ModelError(
            f"The folder of models {folder} cannot be read: {error.strerror or error}."
        ) from error


def name_in_use() -> str:
    """The name of the bundle in use, whether or not it is whole. Raises ModelError where that cannot be told."""
    pointer = _read_pointer(root())
    return SHIPPED if pointer is None else pointer.name


def in_use() -> Bundle:
    """The bundle that checks use. A process keeps the one that it began with.

    Raises:
        ModelError: it is missing, damaged, or not as it was when it was chosen. Nothing takes its place.
    """
    return _in_use(root())


@cache
def _in_use(folder: Path) -> Bundle:
    pointer = _read_pointer(folder)
    if pointer is None:
        return shipped()
    bundle = Bundle(pointer.name, folder / pointer.name)
    faults = bundle.faults() or _changes(bundle, pointer)
    if faults:
        raise ModelError(f"The model {bundle.name} in use is damaged: {faults[0]} {GO_BACK}")
    return bundle


def add(source: Path, name: str | None = None) -> Bundle:
    """Copy the bundle in the folder `source` into the user's folder, as `name` (by default that of the folder).

    It appears whole or not at all, and is not put to use yet.

    Raises:
        UsageError: the bundle has faults, the name is none or taken, or the files cannot be copied.
    """
    called = _checked_name(name or source.resolve().name)
    target = root() / called
    if target.exists():
        raise UsageError(f"There is a model named {called} already; choose another name with --name.")
    _refuse_faults(Bundle(called, source))
    try:
        root().mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=".adding-", dir=root()))
        try:
            part.chmod(0o755)  # as any folder; mkdtemp's is for one person only
            for file in (NETWORK, CARD, CALIBRATION, RECORD):
                if file != RECORD or (source / file).is_file():
                    _copy(source / file, part / file)
            # What was copied counts, not what lay there a moment ago.
            _refuse_faults(Bundle(called, part))
            part.rename(target)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    except OSError as error:
        raise UsageError(
            f"The model could not be copied to {target}: {error.strerror or error}. Make room, or name another "
            f"folder with {VARIABLE}."
        ) from error
    return Bundle(called, target)


def use(name: str) -> Bundle:
    """Let the checks of later processes use the bundle `name`; ``shipped`` goes back to that of the package.

    Raises:
        UsageError: there is no such bundle, it has faults, or the choice cannot be written. What was in use then
            stays in use.
    """
    bundle = find(name)
    pointer = root() / _POINTER
    try:
        if name == SHIPPED:
            pointer.unlink(missing_ok=True)
            return bundle
        digests = _digests(bundle)
        _refuse_faults(bundle)
        part = pointer.with_name(f".{_POINTER}.{os.getpid()}")
        try:
            part.write_text(_Pointer(name=name, sha256=digests).model_dump_json(indent=1) + "\n", "utf-8")
            part.replace(pointer)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"{pointer} could not be changed: {error.strerror or error}.") from error
    return bundle


def remove(name: str) -> None:
    """Delete the installed bundle `name`. It leaves the list at once, or stays whole.

    Raises:
        UsageError: there is no such bundle, it is in use or that of the package, or it cannot be deleted.
        ModelError: which one is in use cannot be told.
    """
    bundle = find(name)
    if name == SHIPPED:
        raise UsageError("The model of the package goes with the package alone.")
    if name == name_in_use():
        raise UsageError(
            f"The model {name} is in use. Choose another one first: facewarden models use shipped."
        )
    try:
        # Renamed first: whoever lists the models meanwhile sees all of it or nothing.
        part = Path(tempfile.mkdtemp(prefix=".removing-", dir=root()))
        try:
            bundle.folder.rename(part / name)
        finally:
            shutil.rmtree(part)
    except OSError as error:
        raise UsageError(f"The model {name} could not be deleted: {error.strerror or error}.") from error


def find(name: str) -> Bundle:
    """The bundle `name`. Raises UsageError where there is none."""
    if name == SHIPPED:
        return shipped()
    known = {bundle.name: bundle for bundle in installed()}
    if name not in known:
        raise UsageError(
            f"There is no model named {name}; there are {', '.join([SHIPPED, *known])}. Add one with: "
            "facewarden models add FOLDER."
        )
    return known[name]


def _read_pointer(folder: Path) -> _Pointer | None:
    path = folder / _POINTER
    try:
        pointer = _Pointer.model_validate_json(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror or error}. {GO_BACK}") from error
    except ValidationError as error:
        raise ModelError(f"{path} does not say which model is in use. {GO_BACK}") from error
    if not _NAME.fullmatch(pointer.name):
        raise ModelError(f"{path} names {pointer.name!r}, which is no name of a model. {GO_BACK}")
    return pointer


def changes_since_chosen(bundle: Bundle) -> tuple[str, ...]:
    """What changed in the bundle in use since it was chosen, a sentence each; none for the one of the package."""
    pointer = _read_pointer(root())
    return () if pointer is None else _changes(bundle, pointer)


def _changes(bundle: Bundle, pointer: _Pointer) -> tuple[str, ...]:
    now = _digests(bundle)
    return tuple(
        f"{name} is not what it was when the model was chosen."
        for name in now
        if now[name] != pointer.sha256.get(name)
    )


def _digests(bundle: Bundle) -> dict[str, str]:
    return {name: file_sha256(bundle.folder / name) for name in (NETWORK, CARD, CALIBRATION)}


def _refuse_faults(bundle: Bundle) -> None:
    if faults := bundle.faults():
        raise UsageError(f"{bundle.folder} is no sound model: {faults[0]}")


def _checked_name(name: str) -> str:
    if not _NAME.fullmatch(name) or name in (SHIPPED, _POINTER):
        raise UsageError(
            f"{name!r} cannot be a model's name: at most 64 of A-Z, a-z, 0-9, '.', '_' and '-', beginning with a "
            f"letter or digit, and not {SHIPPED}. Name it with --name."
        )
    return name


def _copy(source: Path, target: Path) -> None:
    size = source.stat().st_size
    if size > _MOST_BYTES:
        raise UsageError(
            f"{source} has {size >> 20} MiB, more than the {_MOST_BYTES >> 20} MiB of a model's file."
        )
    shutil.copyfile(source, target)
