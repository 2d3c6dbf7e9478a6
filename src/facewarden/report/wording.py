"""Numbers, times and sentences of a report in the words that a person reads; shared by all views."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Sequence

from facewarden.messages import Parameter, catalogue, say
from facewarden.report.model import CueReading, Face, Level, Report, Sentence, TimeSpan

ASSUMED_PREVALENCE = 0.001

_LANGUAGE_TAGS = {"en": "en", "zh": "zh-Hans", "ko": "ko"}
_FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})
_BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_ORDER = (Level.VERY_LIKELY, Level.LIKELY, Level.WEAK, Level.INCONCLUSIVE, Level.NO_SIGN)


def visible(text: str) -> str:
    """`text` with every character replaced that could steer a terminal, reorder a line or break it.

    File names and metadata are written by strangers: an escape sequence in them must not colour our verdict,
    a right-to-left override must not turn ``gpj.exe`` into a picture.
    """
    return "".join(
        "\ufffd" if unicodedata.category(c) in _FORBIDDEN_CATEGORIES or c in _BIDI_CONTROLS else c
        for c in text
    )


def language_tag(language: str) -> str:
    """The BCP 47 tag of a catalogue, for ``lang`` attributes."""
    return _LANGUAGE_TAGS[language]


def said(sentence: Sentence, language: str) -> str:
    """The sentence in `language`; its own text where no catalogue knows it (cues of third parties)."""
    try:
        text = say(sentence.id, language, **sentence.params)
    except (KeyError, IndexError, ValueError):
        text = sentence.text
    return visible(text)


def known(key: str, fallback: str, language: str, **params: Parameter) -> str:
    """The sentence `key` where the catalogue has it, otherwise `fallback`."""
    return say(key, language, **params) if key in catalogue(language) else visible(fallback)


def cue_name(cue: str, language: str) -> str:
    """The name of a cue as a person reads it."""
    return known(f"cue.{cue}.name", cue, language)


def clock(seconds: float, *, tenths: bool = False) -> str:
    """``m:ss`` (``h:mm:ss`` from one hour on), cut rather than rounded so that it can be found in a player.

    >>> clock(72.9), clock(72.96, tenths=True), clock(3723)
    ('1:12', '1:12.9', '1:02:03')
    """
    in_tenths = int(max(seconds, 0.0) * 10 + 1e-6)
    whole, tenth = divmod(in_tenths, 10)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    text = f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute}:{second:02d}"
    return f"{text}.{tenth}" if tenths else text


def stretch(start_s: float, end_s: float) -> str:
    """A stretch of time, ``0:07–0:12``; a single time where both read the same."""
    tenths = end_s < 3
    start, end = clock(start_s, tenths=tenths), clock(end_s, tenths=tenths)
    return start if start == end else f"{start}–{end}"


def listed(parts: Iterable[str], language: str) -> str:
    """Join with the comma of the language."""
    return say("report.comma", language).join(parts)


def one_in(rate: float) -> int:
    """How many genuine files there are to one false alarm, to two significant digits.

    >>> one_in(0.01), one_in(0.05), one_in(0.0123)
    (100, 20, 81)
    """
    if not 0 < rate <= 1:
        raise ValueError(f"rate must be in (0, 1], but got {rate}")
    number = 1 / rate
    step: int = 10 ** max(0, math.floor(math.log10(number)) - 1)
    return max(1, round(number / step) * step)


def alarms_right(false_positive_rate: float, true_positive_rate: float) -> int:
    """Of 100 alarms, how many are right where 1 file in 1,000 is manipulated.

    >>> alarms_right(0.01, 0.9), alarms_right(0.01, 0.4)
    (8, 4)
    """
    hits = true_positive_rate * ASSUMED_PREVALENCE
    alarms = hits + false_positive_rate * (1 - ASSUMED_PREVALENCE)
    return round(100 * hits / alarms)


def probability_words(probability: float | None, language: str) -> str:
    """``about 87%``; never 0 % or 100 %, which no check can claim."""
    if probability is None:
        return say("report.probability_none", language)
    if probability < 0.01:
        return say("report.probability_low", language)
    if probability > 0.99:
        return say("report.probability_high", language)
    return say("report.probability_value", language, percent=round(100 * probability))


def bytes_words(size: int) -> str:
    """A size in decimal units, as file managers show it.

    >>> bytes_words(999), bytes_words(2_140_000)
    ('999 B', '2.1 MB')
    """
    if size < 1000:
        return f"{size} B"
    power = min(max(1, math.floor(math.log10(size * 1.00005) / 3)), 4)
    return f"{size / 1000**power:.1f} {'kMGT'[power - 1]}B"


def outcome(report: Report) -> str:
    """The level, or ``error`` where the file could not be checked: the last part of ``level.name.*``."""
    return "error" if report.error is not None else report.level.value


def headline(report: Report, language: str) -> tuple[str, ...]:
    """The verdict in one sentence, followed by the reason where there is none."""
    if report.error is not None:
        why = known(f"error.{report.reason}", report.error, language)
        return (say("report.file_error", language), why)
    sentence = said(report.sentence, language)
    if not report.abstained or not report.reason:
        return (sentence,)
    why = known(f"abstain.{report.reason}", report.reason, language)
    if report.reason == "no_face" or why == sentence:
        return (sentence,)
    return (sentence, why)


def cautions(report: Report, language: str) -> tuple[str, ...]:
    """How far the verdict can be trusted: its false-positive rate, the base rate, and that it is no proof."""
    if report.error is not None or report.level.rank < Level.WEAK.rank:
        return ()
    lines = [say("report.one_check", language)]
    if alarms := false_alarms(report, language):
        lines = [alarms, *_base_rate(report, language), *lines]
    return tuple(lines)


def _base_rate(report: Report, language: str) -> tuple[str, ...]:
    flagged, found, tested = report.false_positive_rate, report.true_positive_rate, report.tested
    if not flagged or found is None:
        return ()
    if tested and not tested.enough:
        return (say(f"report.tested_{report.media or 'clip'}", language, **tested.model_dump()),)
    right = alarms_right(flagged, found)
    return (say("report.base_rate", language, found=round(100 * found), right=right),)


def false_alarms(report: Report, language: str) -> str | None:
    """How many genuine files would be flagged at this level too; None where no rate is known."""
    rate = report.false_positive_rate
    if rate is None or not 0 < rate <= 1:
        return None
    return say(f"report.fpr_{report.media or 'clip'}", language, of=number(one_in(rate), language))


def number(value: int, language: str) -> str:
    """A whole number as the language writes it."""
    return str(value) if language == "zh" and value < 10_000 else f"{value:,}"


def face_reason(face: Face, language: str) -> str | None:
    """Why a face was not judged, in words."""
    if not face.abstained or not face.reason:
        return None
    return known(f"abstain.{face.reason}", face.reason, language)


def resemblance_lines(face: Face, language: str) -> tuple[str, ...]:
    """Whom the face resembles, in words; nothing where no people were named."""
    if face.resemblance is None:
        return ()
    return tuple(said(sentence, language) for sentence in face.resemblance.sentences)


def leading_cue(faces: Sequence[Face]) -> CueReading | None:
    """The reading that speaks most for manipulation, None where nothing does."""
    speaking = [cue for face in faces for cue in face.cues if counts(cue)]
    return max(speaking, key=lambda cue: cue.log_likelihood_ratio or 0.0, default=None)


def telling_spans(faces: Sequence[Face]) -> tuple[TimeSpan, ...]:
    """The seconds of flagged faces that speak most, joined where they touch, in the order of time."""
    flagged = [face for face in faces if face.level.rank >= Level.WEAK.rank]
    spans = sorted(
        (span for face in flagged for cue in face.cues if counts(cue) for span in cue.spans),
        key=lambda span: span.start_s,
    )
    joined: list[TimeSpan] = []
    for span in spans:
        if joined and span.start_s <= joined[-1].end_s:
            last = joined.pop()
            span = TimeSpan(start_s=last.start_s, end_s=max(last.end_s, span.end_s))
        joined.append(span)
    return tuple(joined)


def counts(cue: CueReading) -> bool:
    """Whether a reading speaks for manipulation rather than explaining or clearing."""
    return not cue.abstained and (cue.log_likelihood_ratio or 0.0) > 0


def by_weight(reports: Sequence[Report]) -> list[Report]:
    """The clearest signs first; files without a judgement before those without a sign; otherwise as given."""
    return sorted(reports, key=lambda report: _ORDER.index(report.level))
