"""Cues that other packages bring along by an entry point."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from facewarden.checker import Checker
from facewarden.cues.installed import installed_cues
from facewarden.errors import UsageError

PORTRAIT = Path(__file__).parents[2] / "examples" / "genuine.jpg"

CODE = """
from facewarden.cues.protocol import Needs
from facewarden.cues.reading import Reading
from facewarden.messages import Message

class Width:
    name = "width"
    needs = Needs()
    def open(self, facts):
        self.width = facts.width
        return self
    def see(self, samples):
        pass
    def conclude(self, track):
        said = Message("cue.width.seen", text=f"The file is {self.width} pixels wide.")
        return Reading(cue=self.name, score=1e6, sentence=said)

class Impostor(Width):
    name = "frame_forgery"

def broken():
    raise RuntimeError("no licence")
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that is imported from, with a distribution that has no entry points yet."""
    (tmp_path / "cue_package.py").write_text(CODE)
    info = tmp_path / "cue_package-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: cue-package\nVersion: 1.0\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield info / "entry_points.txt"
    sys.modules.pop("cue_package", None)


def offer(entry_points: Path, *lines: str) -> None:
    entry_points.write_text("[facewarden.cues]\n" + "\n".join(lines) + "\n")


def test_without_packages_there_are_none() -> None:
    assert installed_cues() == []


def test_its_reading_stands_in_the_report_and_does_not_vote(package: Path, tmp_path: Path) -> None:
    offer(package, "width = cue_package:Width")
    plain = Checker(cues=None).check(PORTRAIT)
    (reading,) = (cue for cue in plain.faces[0].cues if cue.cue == "width")
    assert reading.score == 1e6
    assert reading.sentence.text == "The file is 512 pixels wide."
    assert reading.log_likelihood_ratio is None
    package.unlink()
    assert Checker().check(PORTRAIT).probability == plain.probability


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("gone = cue_package:Nothing", "'gone' of cue-package cannot be loaded"),
        ("broken = cue_package:broken", "RuntimeError: no licence"),
        ("text = cue_package:Message", "cannot be loaded|is no cue"),
        ("code = builtins:list", "'code' of cue-package is no cue"),
        ("mine = cue_package:Impostor", "a name that is taken: frame_forgery"),
    ],
)
def test_what_cannot_be_used_is_said_with_the_package(package: Path, line: str, why: str) -> None:
    offer(package, line)
    with pytest.raises(UsageError, match=why):
        Checker()


def test_two_of_one_name(package: Path) -> None:
    offer(package, "first = cue_package:Width", "second = cue_package:Width")
    with pytest.raises(UsageError, match="'second' of cue-package bears a name that is taken: width"):
        installed_cues()
