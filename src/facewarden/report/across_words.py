"""What the files of a run have in common, in the words that a person reads; shared by all views."""

from __future__ import annotations

from dataclasses import dataclass

from facewarden.messages import say
from facewarden.report.across import AcrossFiles, Appearance, SharedPerson
from facewarden.report.wording import listed, number, one_in, said, stretch, visible


@dataclass(frozen=True, slots=True)
class Block:
    """Sentences with what they are about: files, each with its seconds. `warns` where a person has to look."""

    sentences: tuple[str, ...]
    items: tuple[str, ...]
    warns: bool = False


def blocks(across: AcrossFiles | None, language: str) -> tuple[Block, ...]:
    """What there is to read; nothing where nobody was found twice in files that were not recorded together."""
    if across is None or not (across.people or across.together):
        return ()
    found = [_person(person, language) for person in across.people]
    if not across.people:
        found.append(Block((say("across.nobody", language),), ()))
    if across.untold:
        items = tuple(
            say(
                "terminal.cue",
                language,
                cue=visible(file.path),
                sentence=" ".join(said(sentence, language) for sentence in file.sentences),
            )
            for file in across.untold
        )
        found.append(Block((say("across.untold", language),), items))
    return tuple(found)


def warnings(across: AcrossFiles | None, language: str) -> tuple[str, ...]:
    """A line for each person who is probably seen in several streams at the same time."""
    if across is None:
        return ()
    return tuple(said(person.sentences[-1], language) for person in across.people if person.at_once)


def _person(person: SharedPerson, language: str) -> Block:
    items = [_appearance(appearance, language) for appearance in person.seen_in]
    for each in person.at_once or ():
        at = stretch(each.start_s, each.end_s)
        files = listed((visible(path) for path in each.paths), language)
        items.append(say("across.moment", language, at=at, files=files))
    return Block(tuple(said(each, language) for each in person.sentences), tuple(items), bool(person.at_once))


def _appearance(appearance: Appearance, language: str) -> str:
    of = number(one_in(appearance.false_positive_rate), language)
    parts = [listed((stretch(span.start_s, span.end_s) for span in appearance.spans), language)]
    parts.append(say("across.strangers", language, of=of))
    about = " · ".join(part for part in parts if part)
    return say("terminal.cue", language, cue=visible(appearance.path), sentence=about)
