"""Which font is taken."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from facewarden.cases.views.fonts import Font, fonts_for
from facewarden.errors import UsageError
from tests.cases.views.reading import font_or_skip


def test_without_a_font_the_next_step_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="fonts-noto-cjk"):
        next(iter(fonts_for("zh", folders=[str(tmp_path)])))


def test_a_font_of_the_system_or_the_one_named_comes_first(tmp_path: Path) -> None:
    found = font_or_skip("en")
    shutil.copy(found.path, tmp_path / "DejaVuSans.ttf")
    assert next(iter(fonts_for("en", folders=[str(tmp_path)]))) == Font(tmp_path / "DejaVuSans.ttf")
    assert next(iter(fonts_for("ko", found.path, folders=[str(tmp_path)]))) == Font(found.path)
