from __future__ import annotations

import re
import string
import tomllib
from importlib import resources
from pathlib import Path

import pytest

from facewarden.messages import LANGUAGES, Message, catalogue, say

DOCUMENT = Path(__file__).parent.parent / "docs" / "messages.md"
OTHERS = [language for language in LANGUAGES if language != "en"]


def parameters(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_the_keys_of_english(language: str) -> None:
    assert set(catalogue(language)) == set(catalogue("en"))


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_has_the_parameters_of_english(language: str) -> None:
    english = {key: parameters(sentence) for key, sentence in catalogue("en").items()}
    assert {key: parameters(sentence) for key, sentence in catalogue(language).items()} == english


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_are_not_empty_and_have_no_loose_ends(language: str) -> None:
    blank = [key for key, sentence in catalogue(language).items() if not sentence.strip()]
    loose = [key for key, s in catalogue(language).items() if s != s.strip() and key != "report.comma"]
    unnamed = [key for key, sentence in catalogue(language).items() if "" in parameters(sentence)]
    assert (blank, loose, unnamed) == ([], [], [])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_can_be_rendered(language: str) -> None:
    for key, sentence in catalogue(language).items():
        values = dict.fromkeys(parameters(sentence), "7")
        assert Message(key, values).render(language)


@pytest.mark.parametrize(("language", "script"), [("zh", "[\u4e00-\u9fff]"), ("ko", "[\uac00-\ud7a3]")])
def test_sentences_are_in_the_script_of_the_language(language: str, script: str) -> None:
    names = re.compile(r"\{\w+\}|kbit/s|Facewarden")
    foreign = [
        key
        for key, sentence in catalogue(language).items()
        if re.search("[a-z]{4}", names.sub("", sentence)) and not re.search(script, sentence)
    ]
    assert foreign == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_claims_proof_or_authenticity(language: str) -> None:
    claims = {
        "en": r"\b(authentic|definitely|certainly (fake|real)|is (a )?fake)\b",
        "zh": "一定是假|肯定是假|百分之百|确定为真",
        "ko": "틀림없|확실히 가짜|확실히 진짜|100% ",
    }
    assert [key for key, s in catalogue(language).items() if re.search(claims[language], s, re.I)] == []


@pytest.mark.parametrize("kind", ["photo", "clip"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sign_never_stands_without_its_caution(language: str, kind: str) -> None:
    caution = {"en": "does not prove", "zh": "并不能证明", "ko": "증명은 아닙니다"}[language]
    for key in ("level.no_sign", f"verdict.{kind}.no_sign", "verdict.person.no_sign", "verdict.face.no_sign"):
        assert caution in say(key, language)


def test_the_document_names_the_parameters_of_what_cues_and_verdicts_say() -> None:
    document = DOCUMENT.read_text("utf-8")
    for key, sentence in catalogue("en").items():
        table, *_, last = key.split(".")
        if table not in ("level", "verdict", "abstain", "left_out", "cue"):
            continue
        needed = parameters(sentence)
        lines = [line for line in document.splitlines() if line.startswith("|") and f"{last}`" in line]
        if needed:
            assert any(all(f"`{name}`" in line for name in needed) for line in lines), key


def test_unknown_language_and_id_are_refused() -> None:
    with pytest.raises(KeyError, match="one of en, zh, ko"):
        catalogue("xx")
    with pytest.raises(KeyError):
        say("no.such.sentence")


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogues_hold_nothing_but_sentences(language: str) -> None:
    text = (resources.files("facewarden") / "locales" / f"{language}.toml").read_text("utf-8")
    assert tomllib.loads(text)
    assert all(isinstance(sentence, str) for sentence in catalogue(language).values())
