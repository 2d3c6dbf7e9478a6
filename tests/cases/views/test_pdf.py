"""PDF as a file, read back with another library."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from facewarden.cases.kinds import Kind
from facewarden.cases.notices import Wishes, notice
from facewarden.cases.page import case_page
from facewarden.cases.views.pdf import as_pdf
from facewarden.errors import UsageError
from facewarden.messages import say
from tests.cases.making import BARE, NOW, SHA256, record, setting
from tests.cases.views.reading import font_or_skip, pages

pytest.importorskip("fpdf", reason="needs the extra [pdf]")


@pytest.mark.parametrize(
    "language", ["en", pytest.param("zh", marks=pytest.mark.slow), pytest.param("ko", marks=pytest.mark.slow)]
)
def test_the_text_can_be_read_and_no_picture_is_in_it(language: str) -> None:
    font_or_skip(language)
    made = as_pdf(
        notice(Kind.POLICE, record(), None, setting(language), Wishes(("https://e.com/" + "x" * 300,))),
        made_at=NOW,
    )
    text = re.sub(r"\s|[\u200b\x02\ufffe]", "", "".join(pages(made)))
    assert SHA256 in text
    assert re.sub(r"\s", "", say("notice.police.title", language)) in text
    assert "x" * 300 in text
    assert b"/Subtype /Image" not in made


def test_a_picture_never_reaches_a_pdf() -> None:
    font_or_skip("en")
    made = as_pdf(case_page(BARE, None, setting(), jpeg=b"\xff\xd8\xff\xe0 a picture"), made_at=NOW)
    assert b"/Subtype /Image" not in made
    assert b"a picture" not in made
    assert say("case.section.picture", "en") not in "".join(pages(made))


def test_the_same_document_is_the_same_file() -> None:
    font_or_skip("en")
    document = notice(Kind.SCHOOL, BARE, None, setting(), Wishes())
    assert as_pdf(document, made_at=NOW) == as_pdf(document, made_at=NOW)


def test_a_file_that_is_no_font_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.ttf"
    path.write_bytes(b"no font")
    with pytest.raises(UsageError, match="is no font"):
        as_pdf(notice(Kind.SCHOOL, BARE, None, setting(), Wishes()), made_at=NOW, font=path)
