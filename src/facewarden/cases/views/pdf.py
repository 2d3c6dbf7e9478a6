"""PDF, with the fonts within it, so that it looks the same everywhere. It never holds a picture."""

from __future__ import annotations

import datetime as dt
import logging
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

from facewarden.cases.document import Document
from facewarden.cases.views.breaking import breakable
from facewarden.cases.views.characters import characters
from facewarden.cases.views.fonts import fonts_for
from facewarden.cases.views.sheets import MARGIN_MM, QUIET, SMALL, TEXT, Writer
from facewarden.errors import UsageError

if TYPE_CHECKING:
    from fpdf import FPDF

_NO_EXTRA = "For PDF the extra is needed: pip install 'facewarden[pdf]'. HTML needs nothing."


def as_pdf(document: Document, *, made_at: dt.datetime, font: Path | None = None) -> bytes:
    """The document as a file.

    Args:
        made_at: stands in the file.
        font: a font file that outranks those of the system.

    Raises:
        UsageError: the extra is not installed, or no font has the language's characters.
    """
    try:
        import fpdf
    except ModuleNotFoundError as error:
        raise UsageError(_NO_EXTRA) from error
    # It warns of each character that no font has; the page shows a box for it.
    logging.getLogger("fpdf").setLevel(logging.ERROR)
    logging.getLogger("fontTools").setLevel(logging.ERROR)

    class Sheet(fpdf.FPDF):
        def footer(self) -> None:
            self.set_y(-14)
            self.set_font(size=SMALL)
            self.set_text_color(*QUIET)
            # At the left: what stands for the number of pages until it is known is wider than the number.
            self.cell(0, 5, breakable(f"{document.title}  ·  {self.page_no()} / {{nb}}"), align="L")

    pdf = Sheet(format="A4")
    pdf.set_margins(MARGIN_MM, 18, MARGIN_MM)
    pdf.c_margin = 0
    pdf.set_auto_page_break(True, margin=20)
    pdf.set_title(document.title)
    pdf.set_creator("Facewarden")
    pdf.set_creation_date(made_at)
    pdf.set_lang({"zh": "zh-Hans"}.get(document.language, document.language))
    _set_fonts(pdf, document, font)
    pdf.add_page()
    Writer(pdf, document.language).write(document)
    return bytes(pdf.output())


def _set_fonts(pdf: FPDF, document: Document, chosen: Path | None) -> None:
    from fpdf.errors import FPDFException

    missing = {ord(character) for character in characters(document)}
    families: list[str] = []
    for rank, font in enumerate(fonts_for(document.language, chosen)):
        if rank and not missing:
            break
        family = f"f{rank}"
        try:
            pdf.add_font(family, fname=font.path, collection_font_number=font.member)
        except Exception as error:
            # A font file may be anything, and so may what its reader raises.
            raise UsageError(f"The font {font.path} cannot be used. Name another one with --font.") from error
        families.append(family)
        missing -= pdf.fonts[family].cmap.keys()  # type: ignore[union-attr]  # those of files have one
    pdf.set_fallback_fonts(families[1:], exact_match=False)
    pdf.set_font(families[0], size=TEXT)
    turned = any(unicodedata.bidirectional(character) in ("R", "AL") for character in characters(document))
    # Without shaping a zero-width space is as wide as its glyph, and lines of Chinese come out short.
    if turned or document.language == "zh":
        try:
            pdf.set_text_shaping(True)
        except FPDFException as error:
            raise UsageError(_NO_EXTRA) from error
