"""The page of a case as a browser shows it, with scripts switched off, in every language."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import fabricated
from facewarden.cases.page import case_page
from facewarden.cases.views.html import as_html
from facewarden.messages import LANGUAGES, say
from facewarden.report.wording import language_tag
from tests.cases.making import NUMBER, record, setting
from tests.e2e.test_html_report import CHROMIUM, Browser

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed"),
]

PHONE_PX, WIDE_PX, HIGH_PX = 360, 700, 13_000
MAGENTA = (255, 0, 255)


def stripes() -> bytes:
    """Red and white, each 16 px wide."""
    columns = np.arange(640) // 16 % 2
    picture = np.full((240, 640, 3), 255, np.uint8)
    picture[:, columns == 0] = (230, 0, 0)
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


def red(picture: Image.Image) -> int:
    r, g, b = np.moveaxis(np.asarray(picture, dtype=np.int16), 2, 0)
    return int(((r > 200) & (g < 60) & (b < 60)).sum())


def html(language: str) -> str:
    document = case_page(
        record(custody=4),
        fabricated.clip_report(language),
        setting(language, "KR"),
        file_name=True,
        jpeg=stripes(),
    )
    return as_html(document)


@pytest.fixture
def browser(tmp_path: Path) -> Browser:
    return Browser(tmp_path)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_speaks_its_language(browser: Browser, language: str) -> None:
    structure = browser.structure(html(language))
    assert re.findall('<html lang="(.*?)"', structure) == [language_tag(language)]
    assert re.findall(r"<h1>(.*?)</h1>", structure) == [say("case.page.title", language, number=NUMBER)]
    parts = ("check", "status", "picture", "next", "help", "notices", "custody", "limits")
    assert re.findall(r"<h2>(.*?)</h2>", structure) == [
        say(f"case.section.{part}", language) for part in parts
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_picture_is_blurred_until_a_person_asks_also_on_a_phone(browser: Browser, language: str) -> None:
    """One shot of the page as it is, as it is once asked, and on a phone, side by side in frames."""
    page = html(language)
    asked = page.replace('id="show-picture"', 'id="show-picture" checked')
    assert asked != page
    (browser.folder / "page.html").write_text(page, "utf-8")
    (browser.folder / "asked.html").write_text(asked, "utf-8")
    frames = "".join(
        f'<iframe src="{name}.html" scrolling="no" style="position:absolute;top:0;left:{left}px;width:{width}px;'
        f'height:{HIGH_PX}px;border:0"></iframe>'
        for name, left, width in (
            ("page", 0, WIDE_PX),
            ("asked", WIDE_PX, WIDE_PX),
            ("page", 2 * WIDE_PX, PHONE_PX),
        )
    )
    together = browser.folder / "together.html"
    together.write_text(f'<body style="margin:0;background:#ff00ff">{frames}', "utf-8")
    shot = browser.picture(together, 2 * WIDE_PX + PHONE_PX + 60, HIGH_PX)
    hidden, shown, phone = (
        shot.crop((left, 0, right, HIGH_PX))
        for left, right in ((0, WIDE_PX), (WIDE_PX, 2 * WIDE_PX), (2 * WIDE_PX, 2 * WIDE_PX + PHONE_PX))
    )
    assert (red(hidden), red(phone)) == (0, 0)
    assert red(shown) > 50_000
    # What is wider than the phone would be painted into its right margin, which is bare along the whole page.
    assert shot.getpixel((2 * WIDE_PX + PHONE_PX + 30, 3000)) == MAGENTA
    bare = phone.getpixel((PHONE_PX - 1, 1))
    assert {phone.getpixel((x, y)) for x in range(352, PHONE_PX) for y in range(0, HIGH_PX, 3)} == {bare}
    # And the page ends within the picture, so that all of it was looked at.
    assert np.ptp(np.asarray(phone)[-20:].reshape(-1, 3), axis=0).max() == 0
