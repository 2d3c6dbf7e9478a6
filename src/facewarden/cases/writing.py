"""A document as a file: in the format that its name asks for, new, and whole or not there."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path

from facewarden.cases.document import Document
from facewarden.errors import UsageError
from facewarden.sealed.durable import draft, part_of, place_new, storing


class Format(StrEnum):
    """How a document is written."""

    TEXT = "txt"
    MARKDOWN = "md"
    HTML = "html"
    PDF = "pdf"


_SUFFIXES = {
    ".txt": Format.TEXT,
    ".md": Format.MARKDOWN,
    ".html": Format.HTML,
    ".htm": Format.HTML,
    ".pdf": Format.PDF,
}


def format_of(path: Path) -> Format:
    """The format that the name of `path` asks for. Raises UsageError where it asks for none of ours."""
    try:
        return _SUFFIXES[path.suffix.lower()]
    except KeyError:
        raise UsageError(
            f"The name of the file says what is written: one of {', '.join(_SUFFIXES)}, but got {path.name!r}."
        ) from None


def written(document: Document, form: Format, *, made_at: dt.datetime, font: Path | None = None) -> bytes:
    """The document in a format. Raises UsageError for a PDF without its extra or without a font."""
    if form is Format.PDF:
        from facewarden.cases.views.pdf import as_pdf

        return as_pdf(document, made_at=made_at, font=font)
    if form is Format.HTML:
        from facewarden.cases.views.html import as_html

        return as_html(document).encode()
    if form is Format.MARKDOWN:
        from facewarden.cases.views.markdown import as_markdown

        return as_markdown(document).encode()
    from facewarden.cases.views.text import as_text

    return as_text(document).encode()


def refuse_occupied(target: Path) -> None:
    """Raises UsageError where something lies at `target`: a letter may have been completed by hand."""
    if os.path.lexists(target):
        raise UsageError(f"There is something at {target} already. Name another file.")


@contextmanager
def new_file(target: Path, content: bytes) -> Iterator[None]:
    """Let `content` appear as the new file `target` when the block, which enters it into a log, has ended well.

    Raises:
        UsageError: something lies there.
        StorageError: it cannot be written; the block is not run.
    """
    refuse_occupied(target)
    part = part_of(target)
    with draft(part) as file:
        file.write(content)
    try:
        yield
        with storing(target):
            try:
                place_new(part, target)
            except FileExistsError as error:
                raise UsageError(f"Something appeared at {target} meanwhile. Name another file.") from error
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise
