"""Markdown is read back with a parser of its own."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

import fabricated
from facewarden.cases.kinds import Kind
from facewarden.cases.notices import Wishes, notice
from facewarden.cases.page import case_page
from facewarden.cases.views.markdown import as_markdown, code, escaped
from tests.cases.making import HOSTILE, record, setting

PARSER = MarkdownIt("commonmark", {"html": True}).enable("table")


def structure(markdown: str) -> list[str]:
    return [
        inner.type
        for token in PARSER.parse(markdown)
        for inner in (token, *(token.children or ()))
        if inner.type not in ("text", "softbreak")
    ]


@given(st.text(st.characters(exclude_categories=["C", "Z"]) | st.just(" "), min_size=1, max_size=60))
@settings(max_examples=200)
def test_escaped_text_reads_as_it_was(text: str) -> None:
    text = " ".join(text.split())
    if not text:
        return
    tokens = PARSER.parse(escaped(text))
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    children = tokens[1].children or []
    assert {child.type for child in children} <= {"text", "text_special"}
    assert "".join(child.content for child in children).replace("\u2060", "") == text.replace("\u2060", "")


@pytest.mark.parametrize(
    "text", ["- a", "+ a", "1. a", "12) a", "# a", "> a", "    a", "=== ", "--- ", "* * *", "~~~"]
)
def test_nothing_becomes_a_list_a_heading_or_a_rule(text: str) -> None:
    assert structure(escaped(text.strip()))[0] == "paragraph_open"


@pytest.mark.parametrize("text", ["https://a.b", "www.a.b", "a@b.c", "WWW.a.b"])
def test_nothing_looks_like_a_link_to_programs_that_make_them(text: str) -> None:
    assert text not in escaped(text)


@given(st.text(st.sampled_from("`a "), min_size=1, max_size=12))
def test_code_reads_as_it_was(text: str) -> None:
    tokens = PARSER.parse(code(text))
    if text.strip():
        assert [child.content for child in tokens[1].children or []] == [text]


@pytest.mark.parametrize("kind", list(Kind))
def test_strangers_cannot_change_the_structure_of_a_notice(kind: Kind) -> None:
    report = fabricated.clip_report("en")
    made = [
        structure(
            as_markdown(
                notice(kind, record(hostile=text), report, setting(), Wishes(name=text, file_name=True))
            )
        )
        for text in ("plain", HOSTILE)
    ]
    assert made[0] == made[1]


def test_strangers_cannot_change_the_structure_of_a_page() -> None:
    made = [
        structure(as_markdown(case_page(record(custody=4, hostile=text), None, setting(), file_name=True)))
        for text in ("notice.plain", "notice." + HOSTILE)
    ]
    assert made[0] == made[1]
    assert "table_open" in made[0]
