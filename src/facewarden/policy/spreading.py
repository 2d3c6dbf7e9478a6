"""Conditions about how something spreads: copies of one item, or files that show one enrolled person."""

from __future__ import annotations

from collections.abc import Iterator

from facewarden.policy.duration import written_duration
from facewarden.policy.facts import Facts
from facewarden.policy.forecast import chance_of
from facewarden.policy.outlook import outlook_of
from facewarden.policy.rules import Copies, Forecast, PersonForecast, PersonSpread
from facewarden.policy.spread import Spread, in_words
from facewarden.policy.tested import Tested


def spread(wanted: Copies, facts: Facts) -> Tested:
    """Whether copies of the item were seen so often."""
    return Tested(
        "spread",
        f"{wanted.copies} or more copies in {wanted.sources} or more sources within {written_duration(wanted.within)}",
        _counted(facts.spread, wanted.within),
        _often(facts.spread, wanted.copies, wanted.sources, wanted.within),
    )


def forecast(wanted: Forecast, facts: Facts) -> Tested:
    """Whether so many more copies of the item are to be expected."""
    chance = chance_of(facts.spread, copies=wanted.copies, within_s=wanted.within)
    return Tested(
        "forecast",
        f"{wanted.copies} or more copies within {written_duration(wanted.within)}, {wanted.probability:.0%} or more",
        _foretold(facts.spread, wanted.copies, wanted.within),
        chance >= wanted.probability,
    )


def person_spread(wanted: PersonSpread, facts: Facts) -> Tested:
    """Whether files that show one of the people were seen so often."""
    asked = list(_asked(wanted.person, facts))
    return Tested(
        "person_spread",
        f"{wanted.files} or more files with {_whom(wanted.person)} in {wanted.sources} or more sources within "
        f"{written_duration(wanted.within)}",
        "; ".join(f"{name}: {_counted(each, wanted.within)}" for name, each in asked) or "nobody",
        any(_often(each, wanted.files, wanted.sources, wanted.within) for _, each in asked),
    )


def person_forecast(wanted: PersonForecast, facts: Facts) -> Tested:
    """Whether so many more files that show one of the people are to be expected."""
    asked = list(_asked(wanted.person, facts))
    chances = [chance_of(each, copies=wanted.files, within_s=wanted.within) for _, each in asked]
    return Tested(
        "person_forecast",
        f"{wanted.files} or more files with {_whom(wanted.person)} within {written_duration(wanted.within)}, "
        f"{wanted.probability:.0%} or more",
        "; ".join(f"{name}: {_foretold(each, wanted.files, wanted.within)}" for name, each in asked)
        or "nobody",
        any(chance >= wanted.probability for chance in chances),
    )


def _asked(wanted: tuple[str, ...] | None, facts: Facts) -> Iterator[tuple[str, Spread]]:
    """The people of the file whom a rule asks about, by name."""
    for name, also, each in facts.each_person():
        if wanted is None or name in wanted or also in wanted:
            yield name, each


def _whom(wanted: tuple[str, ...] | None) -> str:
    return "one person" if wanted is None else f"one of {', '.join(wanted)}"


def _often(seen: Spread, files: int, sources: int, window_s: float) -> bool:
    return seen.copies(window_s) >= files and seen.sources(window_s) >= sources


def _counted(seen: Spread, window_s: float) -> str:
    return in_words(seen.copies(window_s), seen.sources(window_s))


def _foretold(seen: Spread, files: int, within_s: float) -> str:
    return outlook_of(seen, copies=files, within_s=within_s).words
