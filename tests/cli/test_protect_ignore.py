"""``facewarden protect ignore``: pictures that never count, and count again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from facewarden.matching.exchange import Kind, Signal
from facewarden.matching.pdq import pdq_of
from facewarden.protect.hash_list import HashList
from facewarden.protect.store import opened
from people import hopper
from tests.cli.test_protect import AGREED, Command, ann, home, protect
from tests.matching.edits import jpeg, scenery
from tests.protect.making import KEY

__all__ = ["ann", "home", "protect"]  # fixtures


@pytest.fixture
def logo(tmp_path: Path) -> Path:
    path = tmp_path / "logo.png"
    Image.fromarray(scenery(3)).save(path)
    return path


def test_what_is_ignored_is_not_found_until_it_counts_again(
    protect: Command, ann: Path, logo: Path, tmp_path: Path
) -> None:
    with opened(ann, KEY) as store:
        store.shelf.keep("A", HashList.of([Signal(Kind.PDQ, pdq_of(scenery(3)).hex)]))
    copy = tmp_path / "copy.jpg"
    Image.fromarray(jpeg(scenery(3), 50)).save(copy)
    assert protect("match", copy, "-q")[0] == 1
    code, out, _ = protect("ignore", "add", logo)
    assert code == 0
    assert out.startswith(
        "1  logo.png: It never counts as a copy from now on. Something enrolled or listed is"
    )
    assert out.endswith("facewarden protect ignore forget 1\n")
    assert protect("match", copy, "-q")[:2] == (0, "")
    told = json.loads(protect("match", copy, "--json", "-q")[1])
    assert "match.left_out.ignored" in [each["id"] for each in told["not_checked"]]
    assert protect("ignore", "forget", "1") == (0, "1: forgotten\n", "")
    assert protect("match", copy, "-q")[0] == 1
    actions = [line.split()[1:] for line in protect("events")[1].splitlines()]
    assert ["ignored", "1"] in actions
    assert ["counted_again", "1"] in actions


def test_each_file_is_told_what_became_of_it(protect: Command, ann: Path, logo: Path, tmp_path: Path) -> None:
    text, again = tmp_path / "text.png", tmp_path / "again.png"
    text.write_text("no picture")
    again.write_bytes(logo.read_bytes())
    assert protect("ignore", "list") == (0, "", "No picture is ignored.\n")
    code, out, _ = protect("ignore", "add", logo, text, again, "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 3
    assert [(row["number"], row["reasons"]) for row in rows] == [
        (1, []),
        (None, ["error.not_media"]),
        (None, ["ignore.known"]),
    ]
    code, out, _ = protect("ignore", "add", logo, "--lang", "zh")
    assert (code, out) == (2, "logo.png: 它已经被忽略。\n")
    (row,) = [json.loads(line) for line in protect("ignore", "list", "--json")[1].splitlines()]
    assert (row["number"], len(row["sha256"])) == (1, 64)
    assert protect("ignore", "list")[1].startswith("1  since 20")
    code, _, err = protect("ignore", "forget", "2")
    assert (code, "No picture of the number 2 is ignored" in err) == (2, True)
    assert protect("verify")[0] == 0


def test_what_is_ignored_cannot_be_enrolled(protect: Command, ann: Path, logo: Path, tmp_path: Path) -> None:
    portrait = tmp_path / "portrait.png"
    Image.fromarray(hopper()).save(portrait)
    assert protect("ignore", "add", portrait, logo)[0] == 0
    code, out, _ = protect("enrol", "Grace", portrait, *AGREED, "--json")
    assert (code, json.loads(out)["reasons"]) == (2, ["enrol.ignored"])
    code, out, _ = protect("enrol", "Ann", "--add", "--material", logo, "--json")
    assert (code, json.loads(out)["reasons"]) == (2, ["enrol.ignored"])
