"""Twins are made of crowds: with few people somebody would know beforehand whose face comes onto whose picture.

Who is who is what the manifest of the data set says; nothing here looks at faces.
"""

from __future__ import annotations

from collections.abc import Iterable

from facewarden.errors import UsageError

FEWEST_PEOPLE = 20
"""Genuine people in the stores, and among the faces that a one-photo swapper draws. No option and no plan sets it."""

FEWEST_DRAWN = 7
"""People that a shared autoencoder draws: each costs it a decoder, so there cannot be as many."""


def is_one(identities: Iterable[str]) -> bool:
    """Whether `identities` hold a crowd; faces of nobody in particular (an empty name) do not count."""
    return len(set(identities) - {""}) >= FEWEST_PEOPLE


def demand(identities: Iterable[str], what: str) -> None:
    """Raise UsageError where `what`, faces of these people, is no crowd."""
    people = set(identities) - {""}
    if not is_one(people):
        raise UsageError(
            f"Twins are forged from a crowd only, so that nobody chooses whose face comes onto whose picture: "
            f"{FEWEST_PEOPLE} people or more, but got {len(people)} for {what}. Store more faces first: "
            "facewarden lab prepare."
        )


def demand_drawn(people: int) -> None:
    """Raise UsageError where a shared autoencoder is to draw too few `people`."""
    if people < FEWEST_DRAWN:
        raise UsageError(f"people must be {FEWEST_DRAWN} or more in a plan with cores, but got {people}.")
