from __future__ import annotations

from dataclasses import replace

from facewarden.cases.document import (
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
    Section,
)
from facewarden.cases.views.text import as_text

DOCUMENT = Document(
    language="en",
    title="제목 A",
    facts=(Fact("Number", "1"),),
    opening=(Paragraph("Dear all,"),),
    sections=(
        Section(
            "a",
            "First",
            (
                Facts((Fact("Name", None), Fact("Known：", "x"))),
                Bullets(("one", "two"), boxes=True),
                Bullets(("three",)),
                Scale("likely", "likely manipulated"),
                Grid(("h", "i"), (("a", ""), ("c", "d"))),
                Cards((Card("N", "about", (Fact("Tel", "1"),)), Card("M", "", ()))),
                Picture(b"jpeg", "d", "w", "a"),
            ),
        ),
    ),
    foot=("The end.",),
    letter=True,
)

WRITTEN = f"""제목 A
======

Number: 1

Dear all,

First
-----

Name: {"_" * 40}
Known: x

[ ] one
[ ] two

- three

[likely manipulated]

a
c  d

N
  about
  Tel: 1

M

The end.
"""


def test_every_kind_of_block() -> None:
    assert as_text(DOCUMENT) == WRITTEN


def test_chinese_has_a_colon_of_its_own() -> None:
    written = as_text(replace(DOCUMENT, language="zh"))
    assert "Number：1\n" in written
    assert f"Name：{'_' * 40}\n" in written
    assert "  Tel：1\n" in written
