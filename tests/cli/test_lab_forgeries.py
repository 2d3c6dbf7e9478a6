"""``facewarden lab forgeries``: from its options to a table on stdout and in a page."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs the extra [lab]: PyTorch is missing")
pytest.importorskip("cv2", reason="needs the extra [lab]: OpenCV is missing")
pytest.importorskip("scipy", reason="needs the extra [lab]: SciPy is missing")
pytest.importorskip("skimage", reason="needs the extra [lab]: scikit-image is missing")

from facewarden.cli.main import run
from facewarden.lab.study.own_forgeries import SLOT
from tests.lab.training.faces import some

pytestmark = pytest.mark.lab


def test_the_table_is_printed_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stores, page = some(tmp_path / "stores", "ffhq", split="dev"), tmp_path / "page.md"
    page.write_text(f"# Mine\n\n{SLOT.begin}\nold\n{SLOT.end}\n\nThe rest.\n")
    arguments = ["--stores", stores, "--attack", "self_blend", "--count", "2", "--write", page]
    assert run(["lab", "forgeries", *map(str, arguments)]) == 0
    told = capsys.readouterr()
    assert "| `self_blend` | 2 " in told.out
    assert "4 of 4" in told.err
    assert told.out in page.read_text()
    assert page.read_text().endswith("The rest.\n")
    assert "old" not in page.read_text()


def test_a_page_without_marks_is_refused_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Mine\n")
    assert run(["lab", "forgeries", "--stores", str(tmp_path), "--write", str(page)]) == 2
    assert "must hold the lines" in capsys.readouterr().err
