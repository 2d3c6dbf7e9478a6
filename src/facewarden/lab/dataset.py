"""The collection of genuine and forged media on which the lab trains and measures.

A data folder holds ``manifest.csv`` with the columns ``path, split, label, media, method, identity, pair,
licence`` and the files that it lists. The folder holds pictures of real people under research terms, so it is
not part of the project: whoever lacks it gets a `UsageError` that says what to do.
"""

from __future__ import annotations

import csv
import hashlib
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal, cast, get_args

from facewarden.errors import UsageError
from facewarden.media.facts import MediaKind

Label = Literal["real", "fake"]

ENVIRONMENT = "FACEWARDEN_DATA"
MANIFEST = "manifest.csv"
COLUMNS = ("path", "split", "label", "media", "method", "identity", "pair", "licence")


@dataclass(frozen=True, slots=True)
class Item:
    """One file of the collection.

    Attributes:
        path: where the file is.
        split: ``train`` (gradients), ``dev`` (choices and calibration) or another name.
        label: ``real`` or ``fake``.
        media: ``photo`` or ``clip``.
        method: the source of a genuine file, or the kind of forgery.
        identity: who (or which cluster of like faces) is seen; never empty.
        pair: shared by a forgery and its genuine twin; "" where there is no twin.
        licence: in the words of the manifest.
    """

    path: Path
    split: str
    label: Label
    media: MediaKind
    method: str
    identity: str
    pair: str
    licence: str

    @property
    def is_fake(self) -> bool:
        return self.label == "fake"


@dataclass(frozen=True, slots=True)
class Twins:
    """A forgery and the genuine file that it was made from."""

    fake: Item
    real: Item


@dataclass(frozen=True, slots=True)
class Dataset:
    """The files of one manifest, in its order."""

    root: Path
    items: tuple[Item, ...]

    def select(
        self,
        *,
        split: str | None = None,
        label: Label | None = None,
        media: MediaKind | None = None,
        method: str | None = None,
    ) -> tuple[Item, ...]:
        """Return the items for which every given word holds."""
        return tuple(
            item
            for item in self.items
            if (split is None or item.split == split)
            and (label is None or item.label == label)
            and (media is None or item.media == media)
            and (method is None or item.method == method)
        )


def load(root: Path | None = None, manifest: str = MANIFEST) -> Dataset:
    """Read the manifest under `root`, or under the folder that `data_root` finds.

    Args:
        manifest: name of the file in the folder, where it is another one.

    Raises:
        UsageError: there is no such folder or manifest, or a row of the manifest is not as it must be.
    """
    folder = data_root(root, manifest)
    with (folder / manifest).open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or [])]
        if missing:
            raise UsageError(f"{folder / manifest} must have the columns {', '.join(missing)}; add them.")
        items = tuple(_item(row, folder, line) for line, row in enumerate(reader, start=2))
    return Dataset(folder, items)


def data_root(root: Path | None = None, manifest: str = MANIFEST) -> Path:
    """Return the data folder: `root`, else $FACEWARDEN_DATA, else ``../shared/data`` beside the repository.

    Raises:
        UsageError: no such folder, or no manifest in it. A folder that was named is never passed over for
            another one.
    """
    named = root or (Path(os.environ[ENVIRONMENT]) if os.environ.get(ENVIRONMENT) else None)
    folder = named or _beside_the_repository()
    if folder is not None and (folder / manifest).is_file():
        return folder
    where = f"{folder} has no {manifest}" if folder is not None else "no data folder was named"
    raise UsageError(
        f"The collection of test media is not here: {where}. It is not part of the project. Name a folder "
        f"that holds {MANIFEST} (columns {', '.join(COLUMNS)}) with --data DIR or ${ENVIRONMENT}."
    )


def twins(items: Iterable[Item]) -> tuple[Twins, ...]:
    """Return every forgery with its genuine twin, in the order of the forgeries.

    Where several genuine files share a pair with a forgery, the first is its twin.
    """
    pool = [item for item in items if item.pair]
    genuine: dict[str, Item] = {}
    for item in pool:
        if not item.is_fake:
            genuine.setdefault(item.pair, item)
    return tuple(Twins(item, genuine[item.pair]) for item in pool if item.is_fake and item.pair in genuine)


def clusters(items: Sequence[Item]) -> tuple[str, ...]:
    """Return one name for each item; items that share an identity or a pair share the name.

    Statistics treat a cluster as one draw: files of one person, or a clip and its twin, are not independent.
    """
    root = joined((f"pair:{item.pair}", f"identity:{item.identity}") for item in items if item.pair)
    return tuple(root(f"identity:{item.identity}") for item in items)


def joined(edges: Iterable[tuple[str, str]]) -> Callable[[str], str]:
    """Return a function that gives one name to all names that the edges connect; a name without an edge is its own."""
    parents: dict[str, str] = {}

    def root(node: str) -> str:
        while parents.setdefault(node, node) != node:
            parents[node] = parents[parents[node]]
            node = parents[node]
        return node

    for one, other in edges:
        parents[root(one)] = root(other)
    return root


def leaks(items: Sequence[Item], *, contents: bool = True) -> tuple[str, ...]:
    """Return one sentence for each identity, pair or file content that stands in more than one split.

    `contents` also compares the files byte for byte (by SHA-256), which reads all of them.
    """
    seen: dict[tuple[str, str], dict[str, Item]] = defaultdict(dict)
    for item in items:
        for kind, value in _marks(item, contents=contents):
            seen[kind, value].setdefault(item.split, item)
    return tuple(
        f"{kind} {value} is in the splits {', '.join(sorted(by_split))}"
        + (f" ({', '.join(str(i.path) for i in by_split.values())})" if kind == "content" else "")
        for (kind, value), by_split in seen.items()
        if len(by_split) > 1
    )


def sha256(path: Path) -> str:
    """Return the lower-case hex digest of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _marks(item: Item, *, contents: bool) -> Iterator[tuple[str, str]]:
    yield "identity", item.identity
    if item.pair:
        yield "pair", item.pair
    if contents:
        yield "content", sha256(item.path)


def _beside_the_repository() -> Path | None:
    """``shared/data`` beside the checkout that this module runs from; None when installed elsewhere."""
    repository = Path(__file__).resolve().parents[3]
    folder = repository.parent / "shared" / "data"
    return folder if (repository / "src" / "facewarden").is_dir() and folder.is_dir() else None


def _item(row: dict[str, str], folder: Path, line: int) -> Item:
    relative = PurePosixPath(row["path"])
    if relative.is_absolute() or ".." in relative.parts or not relative.parts:
        raise UsageError(f"{MANIFEST} line {line}: path must lie inside the folder, but got {row['path']!r}.")
    for column, allowed in (("label", get_args(Label)), ("media", get_args(MediaKind))):
        if row[column] not in allowed:
            raise UsageError(
                f"{MANIFEST} line {line}: {column} must be {' or '.join(allowed)}, but got {row[column]!r}."
            )
    if not row["identity"]:
        raise UsageError(f"{MANIFEST} line {line}: identity must not be empty; splits are kept apart by it.")
    return Item(
        path=folder.joinpath(*relative.parts),
        split=row["split"],
        label=cast("Label", row["label"]),
        media=cast("MediaKind", row["media"]),
        method=row["method"],
        identity=row["identity"],
        pair=row["pair"],
        licence=row["licence"],
    )
