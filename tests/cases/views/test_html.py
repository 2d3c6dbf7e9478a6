"""The HTML holds what it should, and nothing that strangers wrote is markup."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from html.parser import HTMLParser

import pytest
from PIL import Image

import fabricated
from facewarden.cases.document import Document
from facewarden.cases.kinds import Kind
from facewarden.cases.notices import Wishes, notice
from facewarden.cases.page import case_page
from facewarden.cases.views.html import as_html
from facewarden.messages import LANGUAGES
from facewarden.vault.cases import State
from tests.cases.making import BARE, HOSTILE, record, setting


class Read(HTMLParser):
    """Tags with their attributes, and the text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    @property
    def structure(self) -> list[tuple[str, tuple[str, ...]]]:
        return [(tag, tuple(sorted(attributes))) for tag, attributes in self.tags]


def jpeg() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), (200, 30, 30)).save(buffer, "JPEG")
    return buffer.getvalue()


def documents(text: str) -> list[Document]:
    report = fabricated.clip_report("en").model_copy(update={"path": text})
    wishes = Wishes(("https://e.com/<script>",), name=text, contact=text, file_name=True)
    known = record(custody=4, hostile=text)
    return [
        *(notice(kind, known, report, setting(country="US"), wishes) for kind in Kind),
        case_page(known, report, setting(country="KR"), file_name=True, jpeg=jpeg()),
    ]


def test_strangers_cannot_change_the_structure() -> None:
    for plain, hostile in zip(documents("notice.x"), documents("notice." + HOSTILE), strict=True):
        page = as_html(hostile)
        assert Read(page).structure == Read(as_html(plain)).structure
        assert "<script" not in page.lower()
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", page)


@pytest.mark.parametrize("picture", [False, True])
def test_only_its_own_style_and_its_own_picture_are_obeyed(picture: bool) -> None:
    page = as_html(case_page(record(), None, setting(), jpeg=jpeg() if picture else None))
    tags = Read(page).tags
    policy = next(a["content"] for tag, a in tags if a.get("http-equiv") == "Content-Security-Policy") or ""
    found = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert found
    digest = base64.b64encode(hashlib.sha256(found[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none';")
    assert ("img-src data:" in policy) == picture
    assert "unsafe" not in policy
    assert not [
        tag
        for tag, attributes in tags
        if "style" in attributes or tag in ("script", "link", "iframe", "form")
    ]
    assert all((a["src"] or "").startswith("data:image/jpeg;base64,") for tag, a in tags if tag == "img")
    assert "url(" not in found[1]


def test_there_is_no_picture_unless_given_and_it_is_blurred_and_not_printed() -> None:
    assert "<img" not in as_html(case_page(record(), None, setting()))
    page = as_html(case_page(record(), None, setting(), jpeg=jpeg()))
    assert page.count("<img") == 1
    assert re.search(r"\.veil img \{[^}]*blur\(", page)
    assert re.search(r"@media print \{[^@]*\.part-picture \{ display: none; \}", page)


def test_only_addresses_of_our_lists_are_links() -> None:
    wishes = Wishes(("https://bad.example/x",))
    assert "a" not in {
        tag for tag, _ in Read(as_html(notice(Kind.PLATFORM, record(), None, setting(), wishes))).tags
    }
    tags = Read(as_html(case_page(record(), None, setting(country="KR")))).tags
    links = [attributes for tag, attributes in tags if tag == "a"]
    assert links
    assert all((a["href"] or "").startswith("https://") and "noopener" in (a["rel"] or "") for a in links)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_language_is_named_so_that_the_right_font_is_chosen(language: str) -> None:
    page = as_html(case_page(record(), None, setting(language)))
    tag = {"en": "en", "zh": "zh-Hans", "ko": "ko"}[language]
    assert page.lstrip().startswith("<!doctype html>")
    assert f'<html lang="{tag}">' in page
    assert '"Noto Sans CJK SC"' in page
    assert '"Noto Sans CJK KR"' in page


@pytest.mark.parametrize("known", [BARE, record(State.DESTROYED), record(custody=200)])
def test_cases_of_every_kind_have_a_page(known: object) -> None:
    page = as_html(case_page(known, None, setting()))  # type: ignore[arg-type]
    assert "None" not in Read(page).text


def test_dates_case_numbers_and_options_are_not_broken_at_their_hyphens() -> None:
    page = as_html(case_page(record(), None, setting(country="KR")))
    assert '<span class="whole">FW-2026-000001</span> <span class="whole">--kind</span> platform' in page
    assert re.search(r"https://d4u\.stop\.or\.kr/?</bdi>", page)
    assert re.search(r'\(source without a date; read on <span class="whole">\d{4}-\d\d-\d\d</span>\)', page)
