"""PDF read back with another library, for tests."""

from __future__ import annotations

import pytest

from facewarden.cases.views.fonts import Font, fonts_for
from facewarden.errors import UsageError

pypdfium2 = pytest.importorskip("pypdfium2", reason="reads the pages back")


def font_or_skip(language: str) -> Font:
    try:
        return next(iter(fonts_for(language)))
    except UsageError as error:
        pytest.skip(str(error))


def pages(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [document[index].get_textpage().get_text_bounded() for index in range(len(document))]
    finally:
        document.close()
