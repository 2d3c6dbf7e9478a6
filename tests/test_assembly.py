"""From what is known of a face to what the report says of it."""

from __future__ import annotations

import pytest

from facewarden.assembly import resemblance_part
from facewarden.faces.naming import Named
from facewarden.messages import LANGUAGES
from facewarden.report.model import Level

SURE = Named("a1", "Ada", 0.314159, 0.002, 2)
UNSURE = Named("a1", "Ada", 0.47, 0.25, 250)


@pytest.mark.parametrize(
    ("named", "level", "words"),
    [
        (SURE, Level.NO_SIGN, "This is probably Ada (distance 0.31). About 1 in 500 strangers' faces"),
        (SURE, Level.INCONCLUSIVE, "This is probably Ada (distance 0.31)."),
        (
            SURE,
            Level.WEAK,
            "This is probably Ada, and the face is likely swapped, though the signs of it are weak",
        ),
        (SURE, Level.LIKELY, "This is probably Ada, and the face is likely swapped (distance 0.31)."),
        (SURE, Level.VERY_LIKELY, "This is probably Ada, and the face is likely swapped (distance 0.31)."),
        (UNSURE, Level.NO_SIGN, "This may be Ada (distance 0.47), but about 1 in 4 strangers' faces"),
        (UNSURE, Level.LIKELY, "This may be Ada, and the face is likely swapped (distance 0.47)."),
        (Named(compared_with=2), Level.LIKELY, "The face resembles none of the people you named (2)."),
        (Named(compared_with=2, reason="cut_off"), Level.LIKELY, "The face was not compared"),
    ],
)
def test_what_is_said_of_a_face(named: Named, level: Level, words: str) -> None:
    part = resemblance_part(named, level, "en")
    assert part.sentences[0].text.startswith(words)
    assert part.swapped == (bool(named.person) and level.rank >= Level.WEAK.rank)


def test_the_numbers_stand_beside_the_words() -> None:
    part = resemblance_part(Named("a1", "Ada", 0.314159, 0.002, 2, also_tracks=(3, 5)), Level.LIKELY, "en")
    assert (part.name, part.distance, part.false_positive_rate, part.compared_with) == (
        "Ada",
        0.3142,
        0.002,
        2,
    )
    assert part.also_tracks == [3, 5]
    assert part.sentences[1].text.startswith(
        "The same face is seen in other places as well at the same moment (2)"
    )


def test_without_a_name_there_is_no_number() -> None:
    part = resemblance_part(Named(compared_with=4, reason="too_small"), Level.WEAK, "en")
    assert (part.name, part.distance, part.false_positive_rate, part.reason) == (
        None,
        None,
        None,
        "too_small",
    )
    assert [sentence.id for sentence in part.sentences] == ["resemblance.not_compared", "abstain.too_small"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("named", [SURE, UNSURE, Named(), Named(reason="turned_away")])
def test_every_outcome_has_its_sentence(named: Named, level: Level, language: str) -> None:
    texts = [sentence.text for sentence in resemblance_part(named, level, language).sentences]
    assert all(texts)
    assert ("Ada" in texts[0]) == bool(named.person)
