"""What a watch makes of what was found of enrolled and of listed material."""

from __future__ import annotations

from pathlib import Path

from facewarden.policy.facts import Match
from facewarden.protect.report import ListedFound, MatchReport
from facewarden.report.model import Sentence
from facewarden.watch.judging import Enrolled, Recognised

WORDS = Sentence(id="x", params={}, text="x")


class Found:
    """A matcher that found one copy of listed material in every file."""

    def reserve(self) -> None:
        """As often as is wanted."""

    def looked_for(self) -> frozenset[str]:
        return frozenset()

    def match(self, path: Path, *, name: str | None = None) -> MatchReport:
        listed = ListedFound(
            list_id="a" * 32,
            label="Hotline",
            hash_kind="pdq",
            entry="b" * 16,
            tier="confirmed",
            reason="same_picture",
            sentence=WORDS,
        )
        return MatchReport(
            path=name or str(path),
            sha256="0" * 64,
            media="photo",
            tier="confirmed",
            listed=[listed],
            sentence=WORDS,
            facewarden="0",
        )


def test_copies_of_listed_material_count_as_material_and_name_nobody() -> None:
    assert Enrolled(Found()).recognise(Path("x")) == Recognised(
        match=Match.CONFIRMED, material=(f"listed:{'a' * 32}:{'b' * 16}",)
    )
