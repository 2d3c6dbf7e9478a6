"""How a document lies on the pages, read back with another library."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from facewarden.cases.document import Fact, Facts
from facewarden.cases.kinds import Kind
from facewarden.cases.notices import Wishes, notice
from facewarden.cases.page import case_page
from facewarden.cases.views.pdf import as_pdf
from facewarden.messages import say
from tests.cases.making import BARE, NOW, record, setting
from tests.cases.views.reading import font_or_skip, pages, pypdfium2

pytest.importorskip("fpdf", reason="needs the extra [pdf]")


@pytest.mark.slow
def test_lines_of_chinese_fill_the_page() -> None:
    font_or_skip("zh")
    made = as_pdf(notice(Kind.SCHOOL, BARE, None, setting("zh"), Wishes()), made_at=NOW)
    document = pypdfium2.PdfDocument(made)
    text = document[0].get_textpage()
    chinese = [
        index for index in range(text.count_chars()) if "\u4e00" <= text.get_text_range(index, 1) <= "\u9fff"
    ]
    right_pt = max(text.get_charbox(index)[2] for index in chinese)
    document.close()
    assert right_pt > 0.85 * 595


def test_tables_can_be_read() -> None:
    font_or_skip("en")
    page = case_page(record(), None, setting())
    only = replace(page, sections=tuple(part for part in page.sections if part.name in ("next", "custody")))
    document = pypdfium2.PdfDocument(as_pdf(only, made_at=NOW))
    shades = np.asarray(document[0].render(scale=0.5).to_pil().convert("L"))
    document.close()
    assert (shades < 200).mean() < 0.1


@pytest.mark.parametrize(
    "language", ["en", pytest.param("zh", marks=pytest.mark.slow), pytest.param("ko", marks=pytest.mark.slow)]
)
def test_a_help_line_is_not_torn_in_two(language: str) -> None:
    font_or_skip(language)
    country = "CN" if language == "zh" else "KR"
    page = case_page(record(), None, setting(language, country))
    made = pages(as_pdf(page, made_at=NOW))
    first, last, heading = (
        re.sub(r"\s", "", say(key, language))
        for key in ("case.fact.helps_with", "case.fact.source", "case.section.help")
    )
    cards = [re.sub(r"\s|\u200b", "", text) for text in made]
    assert sum(text.count(first) for text in cards) > 5
    for text in cards:
        assert text.count(f"{last}http") == text.count(first)
        assert heading not in text or first in text.partition(heading)[2]


def test_a_name_in_other_letters_has_one_size_in_all_its_lines() -> None:
    font_or_skip("en")
    font_or_skip("ko")
    page = case_page(record(), None, setting("en", "KR"))
    only = replace(page, sections=tuple(part for part in page.sections if part.name == "help"))
    document = pypdfium2.PdfDocument(as_pdf(only, made_at=NOW))
    text = document[0].get_textpage()
    sizes = [
        {
            round(pypdfium2.raw.FPDFText_GetFontSize(text, place), 1)
            for place in range(start, start + len(word))
        }
        for word in ("Communications", "one-stop line")
        for start in [text.get_text_bounded().find(word)]
        if start >= 0
    ]
    document.close()
    assert sizes == [{11.0}, {11.0}]


@pytest.mark.slow
def test_a_long_log_goes_over_the_pages() -> None:
    font_or_skip("en")
    made = pages(as_pdf(case_page(record(custody=200), None, setting()), made_at=NOW))
    assert len(made) > 5
    assert sum(page.count("evidence read") for page in made) == 99
    assert f"1 / {len(made)}" in made[0]


def test_the_last_of_several_facts_does_not_begin_a_page() -> None:
    font_or_skip("en")
    facts = Facts(tuple(Fact(label, "value") for label in ("first", "middle", "last")))
    page = case_page(BARE, None, setting())
    section = replace(page.sections[0], blocks=(facts,) * 60)
    made = pages(as_pdf(replace(page, sections=(section,)), made_at=NOW))
    begun = {text.split()[0] for text in made[1:]}
    assert len(made) > 4
    assert "last" not in begun
