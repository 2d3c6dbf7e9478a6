"""A document written onto the sheets of a PDF, block by block. Pictures are left out."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from facewarden.cases.document import (
    Block,
    Bullets,
    Card,
    Cards,
    Document,
    Fact,
    Facts,
    Grid,
    Paragraph,
    Picture,
    Scale,
)
from facewarden.cases.views.breaking import breakable

if TYPE_CHECKING:
    from fpdf import FPDF

MARGIN_MM, _LABEL_MM, _BOX_MM = 20.0, 42.0, 3.4
TEXT, SMALL, _TITLE, _HEADING, _LEAD = 10.0, 8.6, 17.0, 12.5, 11.0
"""Sizes of letters, in points."""
_INK, QUIET, _LINE = (27, 35, 48), (84, 94, 108), (190, 194, 198)
_LEADING = {"en": 1.4, "zh": 1.6, "ko": 1.55}
_MM_IN_POINT = 25.4 / 72
_DIGEST = re.compile(r"[0-9a-f]{32}|[0-9a-f]{64}")


class Writer:
    """Places a document on the pages, top to bottom."""

    def __init__(self, pdf: FPDF, language: str) -> None:
        self.pdf = pdf
        self.leading = _LEADING[language]

    def write(self, document: Document) -> None:
        self._text(document.title, size=_TITLE)
        self._gap(2)
        self._facts(document.facts)
        self._gap(2)
        for block in document.opening:
            self._block(block)
        for section in document.sections:
            if all(isinstance(block, Picture) for block in section.blocks):
                continue
            self._heading(section.title, before=self._beginning(section.blocks))
            for block in section.blocks:
                self._block(block, roomy=section.name == "events")
        self._gap(3)
        for line in document.foot:
            self._text(line, size=SMALL, colour=QUIET)

    def _block(self, block: Block, *, roomy: bool = False) -> None:
        if isinstance(block, Paragraph):
            size = {"lead": _LEAD, "note": SMALL}.get(block.tone, TEXT)
            self._text(block.text, size=size, colour=QUIET if block.tone == "note" else _INK)
        elif isinstance(block, Facts):
            self._room(block.facts) if roomy else self._facts(block.facts)
        elif isinstance(block, Bullets):
            self._bullets(block)
        elif isinstance(block, Scale):
            self._text(block.name, size=_LEAD, framed=True)
        elif isinstance(block, Grid):
            self._grid(block)
        elif isinstance(block, Cards):
            for card in block.cards:
                self._keep(self._card_height(card))
                self._text(card.name, size=_LEAD)
                if card.about:
                    self._text(card.about)
                self._facts(card.facts, size=SMALL)
                self._gap(2)
        if not isinstance(block, Picture):
            self._gap(1.6)

    def _beginning(self, blocks: Sequence[Block]) -> float:
        """How high what may not stand without its heading is, in mm: the first card, with what introduces it."""
        height = 0.0
        for block in blocks:
            if isinstance(block, Cards):
                return height + (self._card_height(block.cards[0]) if block.cards else 0.0)
            if not isinstance(block, Paragraph):
                return 0.0
            size = SMALL if block.tone == "note" else _LEAD
            height += self._height(breakable(block.text), self._width, size) + 1.6
        return 0.0

    def _card_height(self, card: Card) -> float:
        """In mm, at most about half a page: a higher card may break."""
        height = self._height(breakable(card.name), self._width, _LEAD)
        if card.about:
            height += self._height(breakable(card.about), self._width, TEXT)
        for fact in card.facts:
            height += self._fact_height(fact, SMALL) + 0.8
        return min(height, 120.0)

    @property
    def _width(self) -> float:
        return self.pdf.w - 2 * MARGIN_MM

    def _line_mm(self, size: float) -> float:
        return size * _MM_IN_POINT * self.leading

    def _gap(self, mm: float) -> None:
        self.pdf.set_y(self.pdf.get_y() + mm)

    def _keep(self, mm: float) -> None:
        """Go to the next page unless `mm` are left on this one."""
        if self.pdf.will_page_break(mm):
            self.pdf.add_page()

    def _ready(self, size: float, colour: tuple[int, int, int] = _INK) -> float:
        self.pdf.set_font(size=size)
        self.pdf.set_text_color(*colour)
        return self._line_mm(size)

    def _text(
        self, text: str, *, size: float = TEXT, colour: tuple[int, int, int] = _INK, framed: bool = False
    ) -> None:
        line = self._ready(size, colour)
        if framed:
            self.pdf.set_draw_color(*QUIET)
            width = self.pdf.get_string_width(text) + 8
            self.pdf.cell(
                width, line * 1.3, breakable(text), border=1, align="C", new_x="LMARGIN", new_y="NEXT"
            )
        else:
            if text and ord(text[0]) not in self._letters():
                # Where a line begins with another font, fpdf2 sets the size for that line only: the next one of the
                # paragraph would have the size of the paragraph before. A space in the own font sets it for the page.
                self.pdf.cell(1, line, " ", new_x="START", new_y="TOP")
            self.pdf.multi_cell(0, line, breakable(text), align="L", new_x="LMARGIN", new_y="NEXT")

    def _letters(self) -> Collection[int]:
        """The characters that the document's own font has."""
        return self.pdf.current_font.cmap.keys()  # type: ignore[union-attr]  # those of files have one

    def _heading(self, text: str, *, before: float) -> None:
        """A heading stays with the first `before` mm of what it stands above."""
        self._keep(max(30.0, 14 + before))
        self._gap(3)
        self._text(text, size=_HEADING)
        self.pdf.set_draw_color(*_LINE)
        self.pdf.set_line_width(0.3)
        y = self.pdf.get_y() + 0.6
        self.pdf.line(MARGIN_MM, y, self.pdf.w - MARGIN_MM, y)
        self._gap(2.4)

    def _facts(self, facts: tuple[Fact, ...], *, size: float = TEXT) -> None:
        for index, fact in enumerate(facts):
            if index == len(facts) - 2:
                # The last one does not begin a page alone.
                self._keep(sum(self._fact_height(each, size) for each in facts[index:]) + 1.6)
            self._fact(fact, size)

    def _fact(self, fact: Fact, size: float) -> None:
        pdf = self.pdf
        value_size = self._value_size(fact, size)
        label, value = breakable(fact.label), breakable(fact.value or "")
        width, height = self._width - _LABEL_MM, self._fact_height(fact, size)
        self._keep(height + 1)
        top = pdf.get_y()
        pdf.multi_cell(
            _LABEL_MM - 3, self._ready(size, QUIET), label, align="L", new_x="LMARGIN", new_y="TOP"
        )
        pdf.set_xy(MARGIN_MM + _LABEL_MM, top)
        line = self._ready(value_size)
        bottom = top + height
        if fact.value is None:
            bottom += 2.5
            self._rule(bottom - 1, MARGIN_MM + _LABEL_MM)
        else:
            pdf.multi_cell(width, line, value, align="L")
        pdf.set_xy(MARGIN_MM, bottom + 0.8)

    def _value_size(self, fact: Fact, size: float) -> float:
        # A digest keeps to its line.
        return SMALL if fact.value and _DIGEST.fullmatch(fact.value) else size

    def _fact_height(self, fact: Fact, size: float) -> float:
        """Of the label and of what stands beside it, the higher one, in mm."""
        label = self._height(breakable(fact.label), _LABEL_MM - 3, size)
        value = breakable(fact.value or "")
        return max(label, self._height(value, self._width - _LABEL_MM, self._value_size(fact, size)))

    def _height(self, text: str, width: float, size: float) -> float:
        """How high `text` will stand, in mm."""
        line = self._ready(size)
        return float(self.pdf.multi_cell(width, line, text, align="L", dry_run=True, output="HEIGHT"))  # type: ignore[arg-type]

    def _room(self, facts: tuple[Fact, ...]) -> None:
        for fact in facts:
            self._keep(64)
            self._text(fact.label, colour=QUIET)
            self._gap(1)
            self.pdf.set_draw_color(*_LINE)
            self.pdf.rect(MARGIN_MM, self.pdf.get_y(), self.pdf.w - 2 * MARGIN_MM, 48)
            self._gap(50)

    def _rule(self, y: float, left: float) -> None:
        self.pdf.set_draw_color(*_LINE)
        self.pdf.set_line_width(0.25)
        self.pdf.line(left, y, self.pdf.w - MARGIN_MM, y)

    def _bullets(self, bullets: Bullets) -> None:
        pdf, line = self.pdf, self._ready(TEXT)
        indent = 7.0 if bullets.boxes else 5.0
        for item in bullets.items:
            text = breakable(item)
            width = self._width - indent
            self._keep(self._height(text, width, TEXT))
            top = pdf.get_y()
            if bullets.boxes:
                pdf.set_draw_color(*QUIET)
                pdf.rect(MARGIN_MM, top + (line - _BOX_MM) / 2, _BOX_MM, _BOX_MM)
            else:
                pdf.set_fill_color(*QUIET)
                pdf.ellipse(MARGIN_MM + 1, top + line / 2 - 0.5, 1, 1, style="F")
            pdf.set_xy(MARGIN_MM + indent, top)
            pdf.multi_cell(width, line, text, align="L", new_x="LMARGIN", new_y="NEXT")
            self._gap(1)

    def _grid(self, grid: Grid) -> None:
        from fpdf.fonts import FontFace

        line = self._ready(SMALL)
        self.pdf.set_draw_color(*_LINE)
        # Otherwise the cells are filled as the bullets before them were.
        self.pdf.set_fill_color(255)
        with self.pdf.table(
            borders_layout="HORIZONTAL_LINES",
            col_widths=(26, 22, 18, 34),
            headings_style=FontFace(emphasis="", color=QUIET),
            line_height=line,
            padding=1,
            text_align="LEFT",
            v_align="TOP",
        ) as table:
            for cells in (grid.head, *grid.rows):
                row = table.row()
                for cell in cells:
                    row.cell(breakable(cell))
