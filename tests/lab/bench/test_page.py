from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("matplotlib", reason="needs the extra [lab]: Matplotlib is missing")

from facewarden.lab.bench.page import blocks, curves, render_page, write_page
from facewarden.lab.bench.run import BenchOptions, bench
from facewarden.lab.bench.table import BenchResult

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> BenchResult:
    # The fixture of the folder above lives as long as a test; this result is shared by all of them.
    import csv

    import numpy as np
    from PIL import Image

    root = tmp_path_factory.mktemp("data")
    with (root / "manifest.csv").open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["path", "split", "label", "media", "method", "identity", "pair", "licence"])
        for n in range(16):
            label = ("real", "fake")[n % 2]
            pixels = np.random.default_rng(n).normal(128, 30 + 10 * (label == "real"), (48, 48, 3))
            Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(root / f"{n}.jpg")
            rows.writerow(
                [f"{n}.jpg", "dev", label, "photo", f"set_{label}", f"p{n // 2}", f"p{n // 2}", "CC0"]
            )
    (root / "mine.py").write_text(
        "class Mine:\n"
        "    name = 'mine & <yours>'\n"
        "    is_probability = True\n"
        "    def predict(self, path):\n"
        "        return None if path.stem == '3' else min(1, 900 / path.stat().st_size)\n",
        "utf-8",
    )
    options = BenchOptions(
        data=root, detectors=(f"{root / 'mine.py'}:Mine",), cache=None, rounds=20, processes=1, probes=False
    )
    return bench(options)


def test_the_page_holds_every_table_and_its_pictures(result: BenchResult) -> None:
    page = render_page(result)
    tables = [block for block in blocks(result.markdown()) if block.kind == "table"]
    assert page.count("<table>") == len(tables) == 2
    assert page.count("<svg") == 2
    assert "ROC curves of set_fake" in page
    assert "Reliability over all photos" in page
    assert page.count("<em>bits a pixel</em>") == 1


def test_nothing_is_fetched_run_or_smuggled_in(result: BenchResult) -> None:
    page = render_page(result)
    assert "<script" not in page
    assert "<yours>" not in page
    assert "mine &amp; &lt;yours&gt;" in page
    # Names of XML namespaces and of the doctype are no addresses to fetch from.
    assert not re.search(r"""(src|href)=["'](?!#)""", page)
    assert "url(http" not in page


def test_the_same_result_gives_the_same_page(result: BenchResult, tmp_path: Path) -> None:
    write_page(result, tmp_path / "one.html")
    write_page(result, tmp_path / "two.html")
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()


def test_curves_are_of_judged_files_only(result: BenchResult) -> None:
    found = curves(result, "set_fake", ["mine & <yours>", "bits a pixel", "nobody"])
    assert [len(scores) for scores, _ in found.values()] == [15, 16]
    assert list(found) == ["mine & <yours>", "bits a pixel"]


def test_scores_of_an_altered_contest_come_before_those_of_the_files_as_they_were(
    result: BenchResult,
) -> None:
    altered = [
        replace(score, contest="again", score=0.0, detector="mine & <yours>")
        for score in result.scores
        if score.contest == "set_fake"
    ]
    both = replace(result, scores=(*result.scores, *altered))
    scores, _ = curves(both, "again", ["mine & <yours>"])["mine & <yours>"]
    assert set(scores.tolist()) == {0.0}


def test_markdown_of_tables_is_read_back() -> None:
    text = "Some `code`\nand more.\n\n- one\n  two\n- three\n\n### A title\n\n| a | b |\n|---|---|\n| *x* | – |\n"
    found = list(blocks(text))
    assert [block.kind for block in found] == ["text", "list", "heading", "table"]
    assert found[0].lines == ("Some `code` and more.",)
    assert found[1].lines == ("one two", "three")
    assert (found[2].lines, found[2].level) == (("A title",), 3)
    assert found[3].rows == (("a", "b"), ("*x*", "–"))
