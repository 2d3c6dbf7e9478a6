"""Sentences that a person reads, kept apart from the code that decides to say them.

A `Message` is an identifier with parameters; `render` turns it into a sentence in one of the languages of
`LANGUAGES`. The catalogues are TOML tables in ``locales/``, and in a folder of it for a room that says much
(``en.toml`` is complete by definition, the tests demand that the others match it key for key and parameter for
parameter).
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

LANGUAGES: tuple[str, ...] = ("en", "zh", "ko")

Parameter = str | int | float


@dataclass(frozen=True)
class Message:
    """One sentence to be said in any language.

    Attributes:
        id: dotted key in the catalogue, e.g. ``cue.frame_forgery.seen``.
        params: values for the ``{named}`` fields of the sentence (``str.format`` syntax).
        text: the whole sentence, for ids that our catalogues do not know (cues of third parties).
    """

    id: str
    params: dict[str, Parameter] = field(default_factory=dict)
    text: str = ""

    def render(self, language: str = "en") -> str:
        """Return the sentence in `language`; raises KeyError for an unknown language, or an unknown id without text."""
        if self.text and self.id not in catalogue(language):
            return self.text
        return catalogue(language)[self.id].format(**self.params)


@cache
def catalogue(language: str) -> dict[str, str]:
    """Return the flat catalogue of one language: dotted key to sentence."""
    if language not in LANGUAGES:
        raise KeyError(f"language must be one of {', '.join(LANGUAGES)}, but got {language!r}")
    folder = resources.files("facewarden") / "locales"
    sentences: dict[str, str] = {}
    for place in (folder, folder / "cases"):
        sentences |= _flat(tomllib.loads((place / f"{language}.toml").read_text("utf-8")))
    return sentences


def say(key: str, language: str = "en", **params: Parameter) -> str:
    """Render the sentence `key` in `language` (short form of ``Message(key, params).render(language)``)."""
    return Message(key, params).render(language)


def _flat(table: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for key, value in table.items():
        if isinstance(value, dict):
            pairs += _flat(value, f"{prefix}{key}.")
        else:
            pairs.append((prefix + key, value))
    return pairs
