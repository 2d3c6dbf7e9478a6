"""The reports of a run as SARIF 2.1.0, for code hosts and dashboards that collect findings in that format.

A rule is a cue (``frame_forgery``); a result names the cue that speaks most and the level, as a hierarchical
rule id (``frame_forgery/likely``). Files with weak signs or more are results; files that could not be checked
or judged are notifications of the run, so that a silent file is never mistaken for a clean one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from facewarden.messages import say
from facewarden.report.across import KIND, AcrossFiles
from facewarden.report.model import Face, Level, Report
from facewarden.report.wording import (
    cautions,
    cue_name,
    headline,
    known,
    leading_cue,
    resemblance_lines,
    said,
    visible,
)

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LANGUAGES = {"en": "en", "zh": "zh-CN", "ko": "ko-KR"}
_SEVERITY = {Level.WEAK: "note", Level.LIKELY: "warning", Level.VERY_LIKELY: "error"}
_NO_LEADING_CUE = "verdict"


def sarif_json(reports: Sequence[Report], *, language: str = "en", across: AcrossFiles | None = None) -> str:
    """One SARIF log with one run, as indented JSON."""
    log = sarif_log(reports, language=language, across=across)
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def sarif_log(
    reports: Sequence[Report], *, language: str = "en", across: AcrossFiles | None = None
) -> dict[str, Any]:
    """The SARIF log as plain data; who is in several files, of which `across` tells, are notifications of the run."""
    flagged = [report for report in reports if report.error is None and report.level.rank >= Level.WEAK.rank]
    unjudged = [report for report in reports if report.error is not None or report.level.rank < 0]
    rules = sorted({_rule(report) for report in flagged})
    reasons = {_reason(report): _why(report, language) for report in unjudged}
    if across is not None and across.people:
        reasons[KIND] = say("across.heading", language)
    places = {report.path: index for index, report in enumerate(reports)}
    driver: dict[str, Any] = {
        "name": "Facewarden",
        "rules": [_rule_descriptor(rule, language) for rule in rules],
        "notifications": [
            {"id": reason, "shortDescription": {"text": text}} for reason, text in sorted(reasons.items())
        ],
    }
    if reports:
        driver["version"] = reports[0].versions.facewarden
    models = sorted({(report.versions.bundle, report.versions.calibration or "") for report in reports})
    extensions = [_model(bundle, calibration) for bundle, calibration in models]
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver, "extensions": extensions} if extensions else {"driver": driver},
                "language": _LANGUAGES[language],
                "invocations": [
                    {
                        "executionSuccessful": all(report.error is None for report in reports),
                        "toolExecutionNotifications": [
                            *(_notification(report, places[report.path], language) for report in unjudged),
                            *_in_several(across, places, language),
                        ],
                    }
                ],
                "artifacts": [_artifact(report) for report in reports],
                "results": [
                    _result(report, rules.index(_rule(report)), places[report.path], language)
                    for report in flagged
                ],
            }
        ],
    }


def _model(bundle: str, calibration: str) -> dict[str, Any]:
    """The network and calibration that judged, by name and by the calibration's version."""
    return {"name": bundle} | ({"version": calibration} if calibration else {})


def _rule(report: Report) -> str:
    cue = leading_cue(report.faces)
    return cue.cue if cue else _NO_LEADING_CUE


def _rule_descriptor(rule: str, language: str) -> dict[str, Any]:
    if rule == _NO_LEADING_CUE:
        return {"id": rule, "shortDescription": {"text": say("report.result", language)}}
    name = cue_name(rule, language)
    return {
        "id": rule,
        "shortDescription": {"text": name},
        "fullDescription": {"text": known(f"cue.{rule}.about", name, language)},
        "help": {"text": say("html.method_limits", language)},
    }


def _result(report: Report, rule_index: int, place: int, language: str) -> dict[str, Any]:
    resembling = [face for face in report.faces if face.resemblance and face.resemblance.name]
    whom = [line for face in resembling for line in resemblance_lines(face, language)]
    sentences = (*headline(report, language), *dict.fromkeys(whom), *cautions(report, language))
    result: dict[str, Any] = {
        "ruleId": f"{_rule(report)}/{report.level.value}",
        "ruleIndex": rule_index,
        "kind": "fail",
        "level": _SEVERITY[report.level],
        "message": {"text": " ".join(sentences)},
        "locations": [_location(report, place)],
        "properties": {
            "level": report.level.value,
            "probability": report.probability,
            "falsePositiveRate": report.false_positive_rate,
            "truePositiveRate": report.true_positive_rate,
            "faces": [
                {
                    "track": face.track,
                    "person": face.person,
                    "startS": face.start_s,
                    "endS": face.end_s,
                    "level": face.level.value,
                    "probability": face.probability,
                    **_resemblance(face),
                }
                for face in report.faces
            ],
        },
    }
    if report.probability is not None:
        result["rank"] = round(100 * report.probability, 1)
    if report.sha256 is not None:
        result["partialFingerprints"] = {"fileSha256/v1": report.sha256}
    return result


def _resemblance(face: Face) -> dict[str, Any]:
    """Whom a face resembles; nothing at all where nobody was named."""
    likeness = face.resemblance
    if likeness is None or likeness.name is None:
        return {}
    return {
        "resembles": visible(likeness.name),
        "distance": likeness.distance,
        "resemblanceFalsePositiveRate": likeness.false_positive_rate,
    }


def _notification(report: Report, place: int, language: str) -> dict[str, Any]:
    return {
        "descriptor": {"id": _reason(report)},
        "level": "warning" if report.error is None else "error",
        "message": {"text": " ".join(headline(report, language))},
        "locations": [_location(report, place)],
    }


def _in_several(
    across: AcrossFiles | None, places: Mapping[str, int], language: str
) -> Iterator[dict[str, Any]]:
    for person in across.people if across else ():
        yield {
            "descriptor": {"id": KIND},
            "level": "warning" if person.at_once else "note",
            "message": {"text": " ".join(said(sentence, language) for sentence in person.sentences)},
            "locations": [
                {"physicalLocation": {"artifactLocation": {"uri": _uri(path), "index": places[path]}}}
                for path in (appearance.path for appearance in person.seen_in)
            ],
        }


def _reason(report: Report) -> str:
    return report.reason or ("inconclusive" if report.error is None else "error")


def _why(report: Report, language: str) -> str:
    return headline(report, language)[-1]


def _artifact(report: Report) -> dict[str, Any]:
    artifact: dict[str, Any] = {"location": {"uri": _uri(report.path)}}
    if report.file is not None:
        artifact["length"] = report.file.size_bytes
    if report.sha256 is not None:
        artifact["hashes"] = {"sha-256": report.sha256}
    return artifact


def _location(report: Report, place: int) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": {"uri": _uri(report.path), "index": place}}}


def _uri(path: str) -> str:
    pure = PurePath(path)
    # A relative reference with a colon in its first part would read as a scheme; quote() encodes it.
    return pure.as_uri() if pure.is_absolute() else quote(pure.as_posix())
