"""``facewarden spreading``: which items and which people are about to spread, as far as a watch counted them."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from facewarden.cli.door import FILE, json_option, say
from facewarden.cli.quantities import SECONDS
from facewarden.cli.waiting import ID_DIGITS, called

if TYPE_CHECKING:
    from facewarden.cli.waiting import NameOf
    from facewarden.policy.outlook import Outlook
    from facewarden.watch.seen import Recorded, Seen

_FOLDER = click.Path(file_okay=False, path_type=Path)
_MOST_CASES = 3


@dataclass(frozen=True, slots=True)
class _Entry:
    """One item or person; `outlook` is None where too little was seen."""

    seen: Seen
    outlook: Outlook | None
    recorded: Recorded | None = None

    @property
    def order(self) -> tuple[float, float, int]:
        coming = (self.outlook.chance, self.outlook.coming.mean) if self.outlook else (-1.0, 0.0)
        return (*coming, len(self.seen.spread.sightings))

    @property
    def cases(self) -> list[str]:
        return sorted(self.recorded.cases) if self.recorded else []

    @property
    def found(self) -> tuple[str | None, str | None]:
        """Level and match of the strictest of the files, where the journal tells."""
        return (str(self.recorded.level), str(self.recorded.match)) if self.recorded else (None, None)


def _no_further_than_memory(within_s: float) -> float:
    from facewarden.policy.forecast import MEMORY_S

    if within_s > MEMORY_S:
        raise click.BadParameter("must be 48h at most: no more is remembered.")
    return within_s


@click.command("spreading")
@click.argument("state", required=False, type=_FOLDER)
@click.option(
    "--copies",
    type=click.IntRange(1, 10_000),
    default=5,
    show_default=True,
    help="Sort by how probable so many more are.",
)
@click.option(
    "--within",
    type=SECONDS,
    default="24h",
    show_default=True,
    callback=lambda _, __, value: _no_further_than_memory(value),
    help="How far to look ahead, at most 48h.",
)
@click.option("--all", "everything", is_flag=True, help="Show what was seen too rarely as well.")
@click.option(
    "--people", type=_FOLDER, help="Folder of enrolled people, to name those whom the watch counted."
)
@click.option(
    "--people-passphrase-file", type=FILE, help="File whose first line is the passphrase of --people."
)
@json_option
def spreading_command(
    *,
    state: Path | None,
    copies: int,
    within: float,
    everything: bool,
    people: Path | None,
    people_passphrase_file: Path | None,
    as_json: bool,
) -> None:
    """List which items and which enrolled people are about to spread (docs/watch.md).

    STATE is the folder of a watch's --state, which may be at work; nothing in it is changed. What it counted in the
    last 48 hours is shown, the most probable to spread first: how many files, in how many sources, since when, and the
    forecast that rules ask for as well (docs/policy.md). Nothing is forecast for what was seen fewer than three times.
    """
    from facewarden.cli.known_people import names_of_people
    from facewarden.cli.streams import tell
    from facewarden.cli.watch import default_state

    name_of = names_of_people(people, passphrase_file=people_passphrase_file) if people else None
    entries = _entries(state or default_state(), copies=copies, within_s=within)
    for entry in entries:
        if everything or entry.outlook:
            lines = "\n".join(_lines(entry, name_of, copies=copies, within_s=within))
            say(_plain(entry, name_of, copies=copies, within_s=within), lines, as_json=as_json)
    for sentence in _about(entries, everything=everything):
        tell(sentence)


def _entries(folder: Path, *, copies: int, within_s: float) -> list[_Entry]:
    """Everything that was seen, what is most probable to spread first."""
    from facewarden.policy.forecast import MEMORY_S
    from facewarden.policy.outlook import enough_seen, outlook_of
    from facewarden.watch.seen import recorded_of, seen_in

    found = seen_in(folder, now_s=time.time(), window_s=MEMORY_S)
    recorded = recorded_of(folder, {digest for each in found for digest in each.digests})
    entries = [
        _Entry(
            each,
            outlook_of(each.spread, copies=copies, within_s=within_s) if enough_seen(each.spread) else None,
            _together([recorded[digest] for digest in each.digests if digest in recorded]),
        )
        for each in found
    ]
    return sorted(entries, key=lambda entry: entry.order, reverse=True)


def _together(recorded: list[Recorded]) -> Recorded | None:
    from facewarden.watch.seen import Recorded

    whole = Recorded()
    for each in recorded:
        whole.add(each)
    return whole if recorded else None


def _lines(entry: _Entry, name_of: NameOf | None, *, copies: int, within_s: float) -> Iterator[str]:
    from facewarden.policy.duration import written_duration
    from facewarden.policy.spread import in_words

    spread = entry.seen.spread
    first, last = (_moment(spread.sightings[place].time_s) for place in (0, -1))
    known = [in_words(len(spread.sightings), len({each.source for each in spread.sightings}))]
    known += [f"first {first}, last {last}"]
    level, match = entry.found
    known += [f"level {level}; match {match}"] if level else []
    yield _what(entry.seen.subject, name_of)
    yield f"  {'; '.join(known)}"
    if cases := entry.cases:
        more = f" and {len(cases) - _MOST_CASES} more" if len(cases) > _MOST_CASES else ""
        yield f"  in the vault: {', '.join(cases[:_MOST_CASES])}{more}"
    told = entry.outlook.words if entry.outlook else "none, too little was seen"
    yield f"  forecast: {told} ({copies} or more within {written_duration(within_s)})"


def _plain(entry: _Entry, name_of: NameOf | None, *, copies: int, within_s: float) -> dict[str, Any]:
    from facewarden.watch.subjects import whose

    spread, person = entry.seen.spread, whose(entry.seen.subject)
    level, match = entry.found
    return {
        "subject": entry.seen.subject,
        "person": person,
        **({"name": name_of(person)} if name_of and person else {}),
        "seen": len(spread.sightings),
        "sources": len({each.source for each in spread.sightings}),
        "first": _moment(spread.sightings[0].time_s),
        "last": _moment(spread.sightings[-1].time_s),
        "level": level,
        "match": match,
        "cases": entry.cases,
        "asked": {"copies": copies, "within_s": within_s},
        "forecast": asdict(entry.outlook) if entry.outlook else None,
    }


def _what(subject: str, name_of: NameOf | None) -> str:
    """What was counted, in words; see `watch.subjects`."""
    kind, _, rest = subject.partition(":")
    first, _, last = rest.partition(":")
    if kind == "person":
        return f"files that show {called(first, name_of)}"
    if kind == "material":
        return f"copies of file {last} of {called(first, name_of)}"
    if kind == "listed":
        return f"copies of {last} on the list {first[:ID_DIGITS]}"
    return f"files of the content {rest[:ID_DIGITS]}"


def _about(entries: list[_Entry], *, everything: bool) -> Iterator[str]:
    """What the list leaves out, and what it cannot know."""
    from facewarden.policy.outlook import LEAST_SEEN

    if not entries:
        yield "Nothing was seen in the last 48 hours."
        return
    rare = sum(entry.outlook is None for entry in entries)
    if rare and not everything:
        yield (
            f"{rare} of {len(entries)} were seen fewer than {LEAST_SEEN} times, which is too little for a forecast: "
            "see --all."
        )
    newest = max(entry.seen.spread.sightings[-1].time_s for entry in entries)
    yield (
        f"The newest sighting is of {_moment(newest)}. A watch that is not at work sees nothing, and that nothing was "
        "seen lowers the forecast."
    )


def _moment(time_s: float) -> str:
    return dt.datetime.fromtimestamp(time_s, dt.UTC).isoformat(timespec="seconds")
