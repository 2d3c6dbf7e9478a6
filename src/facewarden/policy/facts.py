"""What rules are asked about: one file, with all that checking, matching and watching found of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import zip_longest
from typing import Literal

from facewarden.policy.spread import Spread
from facewarden.report.model import Level, Report


class Match(StrEnum):
    """Whether a file is a copy of enrolled material: ``review`` wants a person's eye, ``confirmed`` does not."""

    NONE = "none"
    REVIEW = "review"
    CONFIRMED = "confirmed"

    @property
    def rank(self) -> int:
        """0 for none to 2 for confirmed."""
        return list(Match).index(self)


@dataclass(frozen=True, slots=True)
class Facts:
    """One file as rules see it.

    Attributes:
        level: of the file.
        abstained: whether it could not be judged, with the `reason` for it.
        failed: whether it could not even be read.
        lab_marked: whether it carries the mark of a test forgery.
        cues: the highest log-likelihood ratio of each voting cue over the faces.
        faces: how many were found.
        match: the best tier that its picture reaches among enrolled material.
        swap_lead: whether it is a copy in which only the face differs.
        people: names of enrolled people who were recognised in it; rules ask for them, nothing writes them down.
        people_ids: their ids in the store, in the same order, where there is one.
        people_spread: when and where files that show each of them were seen, in the same order, this one included.
        source: where it came from: a folder, an address, a channel; as whoever watches it calls it.
        spread: when and where copies of it were seen, this one included.
    """

    level: Level
    abstained: bool = False
    reason: str = ""
    failed: bool = False
    media: Literal["photo", "clip"] | None = None
    lab_marked: bool = False
    cues: Mapping[str, float] = field(default_factory=dict)
    faces: int = 0
    match: Match = Match.NONE
    swap_lead: bool = False
    people: tuple[str, ...] = ()
    people_ids: tuple[str, ...] = ()
    people_spread: tuple[Spread, ...] = ()
    source: str = ""
    spread: Spread = field(default_factory=Spread)

    def each_person(self) -> Iterator[tuple[str, str, Spread]]:
        """Name, id and spread of each; an empty id and no sightings where they are not known."""
        for name, person, spread in zip_longest(self.people, self.people_ids, self.people_spread):
            if name is not None:
                yield name, person or "", spread or Spread()


def facts_of(
    report: Report,
    *,
    match: Match = Match.NONE,
    swap_lead: bool = False,
    people: Sequence[str] = (),
    people_ids: Sequence[str] = (),
    people_spread: Sequence[Spread] = (),
    source: str = "",
    spread: Spread | None = None,
) -> Facts:
    """The facts that a report holds, beside what others found of the same file."""
    cues: dict[str, float] = {}
    for face in report.faces:
        for cue in face.cues:
            if cue.log_likelihood_ratio is not None:
                cues[cue.cue] = max(cue.log_likelihood_ratio, cues.get(cue.cue, cue.log_likelihood_ratio))
    return Facts(
        level=report.level,
        abstained=report.abstained,
        reason=report.reason or "",
        failed=report.error is not None,
        media=report.media,
        lab_marked=report.provenance is not None and report.provenance.lab_marked,
        cues=cues,
        faces=len(report.faces),
        match=match,
        swap_lead=swap_lead,
        people=tuple(people),
        people_ids=tuple(people_ids),
        people_spread=tuple(people_spread),
        source=source,
        spread=spread or Spread(),
    )
