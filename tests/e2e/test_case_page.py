"""The page of a case as a browser shows it, with scripts switched off."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from facewarden.cases.page import case_page
from facewarden.cases.views.html import as_html
from tests.cases.making import record, setting
from tests.e2e.test_html_report import CHROMIUM, Browser

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed"),
]


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


def test_the_picture_is_blurred_until_a_person_asks(tmp_path: Path) -> None:
    browser = Browser(tmp_path)
    page = as_html(case_page(record(), None, setting(), jpeg=stripes()))
    assert red(browser.picture(browser.save(page), 1000, 1600)) == 0
    asked = page.replace('id="show-picture"', 'id="show-picture" checked')
    assert red(browser.picture(browser.save(asked), 1000, 1600)) > 50_000
