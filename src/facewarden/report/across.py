"""The same enrolled person in several files of one run: what the reports of single files cannot say.

Nothing is compared here but what the reports say already: whom a face probably resembles, and from when to when. So
only people who were enrolled and asked for are looked for, and no template is needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from facewarden.faces.naming import PROBABLY
from facewarden.messages import Message, Parameter
from facewarden.report.model import Face, Report, Sentence, TimeSpan
from facewarden.report.wording import listed, stretch

KIND = "across_files"
SCHEMA_VERSION = "1.0"

LEAST_S = 1.0
"""Streams that share less than this show nobody at once: those who change the device are in both for a moment, and two
recorders never begin at the very same moment."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Appearance(_Part):
    """A person in one file."""

    path: str
    sha256: str | None
    media: Literal["photo", "clip"] | None
    false_positive_rate: float = Field(
        description="share of strangers' faces, at most, that are taken for anybody of the people as this face is; "
        "that of the nearest face of the file"
    )
    spans: list[TimeSpan] = Field(
        description="when the person is seen, in seconds of this file; empty in a photo"
    )


class AtOnce(_Part):
    """A stretch of time in which several streams show the person."""

    start_s: float
    end_s: float
    paths: list[str]


class SharedPerson(_Part):
    """An enrolled person who probably appears in several of the files."""

    person: str = Field(description="id in the store of people")
    name: str
    seen_in: list[Appearance]
    at_once: list[AtOnce] | None = Field(
        description="when several of the streams show the person; null unless the files were said to be recorded "
        "together"
    )
    sentences: list[Sentence]


class Untold(_Part):
    """A file of which something could not be told."""

    path: str
    sentences: list[Sentence]


class AcrossFiles(_Part):
    """What the files of one run have in common; the last line of ``facewarden check --people --json``."""

    kind: Literal["across_files"] = "across_files"
    schema_version: str = SCHEMA_VERSION
    together: bool = Field(
        description="the files were said to be streams that were recorded at the same time"
    )
    warning: bool = Field(description="a person is probably seen in several streams at the same time")
    files: int = Field(description="how many files there were, also those that could not be read")
    people: list[SharedPerson]
    untold: list[Untold] = Field(description="files that may show somebody, of which it could not be told")
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Sighted:
    """What is needed of a report, so that it need not be kept.

    Attributes:
        names: of the people who are probably seen, by id.
        people: each of them in this file.
        untold: why somebody else may be seen who is not told of.
    """

    path: str
    sha256: str | None
    media: Literal["photo", "clip"] | None
    names: dict[str, str]
    people: dict[str, Appearance]
    untold: tuple[Message, ...]


def across_files(reports: Iterable[Report], *, together: bool = False, language: str = "en") -> AcrossFiles:
    """Which of the people who were looked for are probably seen in several of the files.

    That one person is seen in several photos or clips is a fact, no sign of a forgery. In streams that were recorded at
    the same time it is one to look at: nobody is in two places.

    Args:
        reports: made with `Checker(people=...)`. Files with the very same content count once.
        together: the files are streams that began at the same moment, such as those of the participants of one call.
        language: of the sentences: ``en``, ``zh`` or ``ko``.

    Example:
        >>> import facewarden
        >>> facewarden.across_files([], together=True).warning
        False
    """
    return compared([sighted(report) for report in reports], together=together, language=language)


def sighted(report: Report) -> Sighted:
    """Who is probably seen in the file of `report`."""
    names: dict[str, str] = {}
    faces: dict[str, list[Face]] = {}
    for face in report.faces:
        likeness = face.resemblance
        if likeness is not None and likeness.person and likeness.name and _probable(face):
            names[likeness.person] = likeness.name
            faces.setdefault(likeness.person, []).append(face)
    clip = report.media == "clip"
    people = {
        person: Appearance(
            path=report.path,
            sha256=report.sha256,
            media=report.media,
            false_positive_rate=min(_rate(face) for face in those),
            spans=_joined(TimeSpan(start_s=f.start_s, end_s=f.end_s) for f in those) if clip else [],
        )
        for person, those in faces.items()
    }
    return Sighted(report.path, report.sha256, report.media, names, people, _untold(report))


def compared(files: Sequence[Sighted], *, together: bool, language: str) -> AcrossFiles:
    """The files of a run, of which each is `sighted`."""
    unlike: dict[str, Sighted] = {}
    untold: list[tuple[str, tuple[Message, ...]]] = []
    for number, file in enumerate(files):
        first = unlike.setdefault(file.sha256 or f"no digest {number}", file)
        reasons = file.untold if first is file else (Message("across.same_content"),)
        if first is file and together and file.media == "photo" and file.people:
            reasons = (*reasons, Message("across.no_seconds"))
        if reasons:
            untold.append((file.path, reasons))
    names = {person: name for file in unlike.values() for person, name in file.names.items()}
    people = []
    for person, name in sorted(names.items(), key=lambda entry: (entry[1], entry[0])):
        seen_in = [file.people[person] for file in unlike.values() if person in file.people]
        if len(seen_in) > 1:
            people.append(_shared(person, name, seen_in, len(files), together=together, language=language))
    return AcrossFiles(
        together=together,
        warning=any(person.at_once for person in people),
        files=len(files),
        people=people,
        untold=[
            Untold(path=path, sentences=[_sentence(reason, language) for reason in reasons])
            for path, reasons in untold
        ],
        language=language,
    )


def at_once(seen_in: Sequence[Appearance]) -> list[AtOnce]:
    """When at least two of the files show the person, for `LEAST_S` or longer, in the order of time."""
    edges = sorted(
        (time_s, begins, number)
        for number, appearance in enumerate(seen_in)
        for span in appearance.spans
        if span.start_s < span.end_s
        for time_s, begins in ((span.start_s, True), (span.end_s, False))
    )
    found: list[AtOnce] = []
    showing: set[int] = set()
    involved: set[int] = set()
    began = 0.0
    for time_s, begins, number in edges:
        if begins:
            showing.add(number)
            if len(showing) == 2:
                began, involved = time_s, set()
            if len(showing) >= 2:
                involved |= showing
            continue
        showing.discard(number)
        if len(showing) == 1 and time_s - began >= LEAST_S:
            paths = [seen_in[each].path for each in sorted(involved)]
            found.append(AtOnce(start_s=began, end_s=time_s, paths=paths))
    return found


def _shared(
    person: str, name: str, seen_in: list[Appearance], files: int, *, together: bool, language: str
) -> SharedPerson:
    found = at_once(seen_in) if together else None
    said: dict[str, Parameter] = {"name": name, "files": len(seen_in), "of": files}
    if found:
        at = listed((stretch(each.start_s, each.end_s) for each in found), language)
        streams = len({path for each in found for path in each.paths})
        second = Message("across.at_once", {"name": name, "files": streams, "at": at})
    else:
        second = Message("across.not_at_once" if together else "across.by_itself")
    return SharedPerson(
        person=person,
        name=name,
        seen_in=seen_in,
        at_once=found,
        sentences=[_sentence(Message("across.seen", said), language), _sentence(second, language)],
    )


def _untold(report: Report) -> tuple[Message, ...]:
    if report.error is not None:
        return (Message(f"error.{report.reason}", text=report.error),)
    if not report.faces:
        return (Message("abstain.no_face"),)
    reasons = [face.resemblance.reason for face in report.faces if face.resemblance is not None]
    # One face that was lost for a moment is told of where that face is; here it counts when there is no other.
    told = [Message(f"abstain.{reason}") for reason in dict.fromkeys(reasons) if reason and all(reasons)]
    if any(face.resemblance is None for face in report.faces):
        told.append(Message("resemblance.not_compared"))
    if any(face.resemblance and face.resemblance.person and not _probable(face) for face in report.faces):
        told.append(Message("across.unsure"))
    return tuple(told)


def _probable(face: Face) -> bool:
    return _rate(face) <= PROBABLY


def _rate(face: Face) -> float:
    likeness = face.resemblance
    return 1.0 if likeness is None or likeness.false_positive_rate is None else likeness.false_positive_rate


def _joined(spans: Iterable[TimeSpan]) -> list[TimeSpan]:
    joined: list[TimeSpan] = []
    for span in sorted(spans, key=lambda span: span.start_s):
        if joined and span.start_s <= joined[-1].end_s:
            last = joined.pop()
            span = TimeSpan(start_s=last.start_s, end_s=max(last.end_s, span.end_s))
        joined.append(span)
    return joined


def _sentence(message: Message, language: str) -> Sentence:
    return Sentence(id=message.id, params=dict(message.params), text=message.render(language))
