"""The words of reports on matches."""

from __future__ import annotations

from facewarden.messages import Message, Parameter
from facewarden.report.model import Sentence


def sentence(key: str, language: str, **params: Parameter) -> Sentence:
    """The message `key`, with its words."""
    return Sentence(id=key, params=params, text=Message(key, params).render(language))
