"""The language of sentences, from the environment."""

from __future__ import annotations

from collections.abc import Mapping

from facewarden.messages import LANGUAGES


def language_of(environment: Mapping[str, str]) -> str:
    """The language that the first of LC_ALL, LC_MESSAGES and LANG that is set names; ``en`` for all others.

    >>> language_of({"LANG": "ko_KR.UTF-8"}), language_of({"LANG": "zh_CN", "LC_ALL": "C"})
    ('ko', 'en')
    """
    named = next((value for key in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := environment.get(key))), "")
    language = named.replace("-", "_").partition("_")[0].partition(".")[0].lower()
    return language if language in LANGUAGES else "en"
