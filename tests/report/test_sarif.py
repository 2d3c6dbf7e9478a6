"""The shape is that of SARIF 2.1.0 (OASIS) for the objects that we write; unknown properties are refused."""

# The names are those of the format.
# ruff: noqa: N815

from __future__ import annotations

import json
import re
from typing import Annotated, Any, Literal
from urllib.parse import unquote, urlsplit

import pytest
from pydantic import BaseModel, ConfigDict, Field

import fabricated
from facewarden.messages import LANGUAGES
from facewarden.report.sarif import sarif_json, sarif_log


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Text(Shape):
    text: Annotated[str, Field(min_length=1)]


class ArtifactLocation(Shape):
    uri: Annotated[str, Field(pattern=r"^[A-Za-z0-9._~:/?#@!$&'()*+,;=%-]+$")]
    index: Annotated[int, Field(ge=0)] | None = None


class PhysicalLocation(Shape):
    artifactLocation: ArtifactLocation


class Location(Shape):
    physicalLocation: PhysicalLocation


class Descriptor(Shape):
    id: str
    shortDescription: Text
    fullDescription: Text | None = None
    help: Text | None = None


class Driver(Shape):
    name: str
    version: str | None = None
    rules: list[Descriptor]
    notifications: list[Descriptor]


class Extension(Shape):
    name: str
    version: str | None = None


class Tool(Shape):
    driver: Driver
    extensions: Annotated[list[Extension], Field(min_length=1)] | None = None


class Reference(Shape):
    id: str


class Notification(Shape):
    descriptor: Reference
    level: Literal["none", "note", "warning", "error"]
    message: Text
    locations: list[Location]


class Invocation(Shape):
    executionSuccessful: bool
    toolExecutionNotifications: list[Notification]


class Artifact(Shape):
    location: ArtifactLocation
    length: Annotated[int, Field(ge=-1)] | None = None
    hashes: dict[str, str] = {}


class Result(Shape):
    ruleId: str
    ruleIndex: Annotated[int, Field(ge=-1)]
    kind: Literal["notApplicable", "pass", "fail", "review", "open", "informational"]
    level: Literal["none", "note", "warning", "error"]
    message: Text
    locations: list[Location]
    rank: Annotated[float, Field(ge=-1, le=100)] | None = None
    partialFingerprints: dict[str, str] = {}
    properties: dict[str, Any] = {}


class Run(Shape):
    tool: Tool
    language: Annotated[str, Field(pattern=r"^[a-zA-Z]{2}(-[a-zA-Z]{2})?$")]
    invocations: list[Invocation]
    artifacts: list[Artifact]
    results: list[Result]


class Log(Shape):
    schema_: Annotated[str, Field(alias="$schema")]
    version: Literal["2.1.0"]
    runs: list[Run]


def run(reports: list[Any], language: str = "en") -> Run:
    return Log.model_validate_json(sarif_json(reports, language=language)).runs[0]


def test_the_models_that_judged_are_named_once_each() -> None:
    first, second = fabricated.folder("en")[:2]
    night = first.versions.model_copy(update={"bundle": "night", "calibration": "v1"})
    reports = [
        first.model_copy(update={"versions": night}),
        second,
        first.model_copy(update={"versions": night}),
    ]
    shipped = Extension(name="shipped", version=second.versions.calibration)
    assert run(reports).tool.extensions == [Extension(name="night", version="v1"), shipped]
    assert run([]).tool.extensions is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_log_has_the_shape_of_the_format(language: str) -> None:
    written = run(fabricated.folder(language), language)
    for result in written.results:
        rule = written.tool.driver.rules[result.ruleIndex]
        # A hierarchical rule id names its rule and then says more.
        assert result.ruleId.startswith(f"{rule.id}/")
        assert result.kind == "fail"
    known = {descriptor.id for descriptor in written.tool.driver.notifications}
    notifications = written.invocations[0].toolExecutionNotifications
    assert {notification.descriptor.id for notification in notifications} == known
    for place in [*written.results, *notifications]:
        location = place.locations[0].physicalLocation.artifactLocation
        assert location.index is not None
        assert written.artifacts[location.index].location.uri == location.uri


def test_flagged_files_are_results_and_the_others_are_not() -> None:
    written = run(fabricated.folder())
    assert [(r.ruleId, r.level) for r in written.results] == [
        ("frame_forgery/very_likely", "error"),
        ("frame_forgery/likely", "warning"),
        ("frame_forgery/weak", "note"),
    ]
    assert "would be flagged too" in written.results[0].message.text


def test_files_without_a_judgement_are_notifications() -> None:
    invocation = run(fabricated.folder()).invocations[0]
    assert not invocation.executionSuccessful
    assert [(n.descriptor.id, n.level) for n in invocation.toolExecutionNotifications] == [
        ("not_media", "error"),
        ("no_face", "warning"),
    ]
    assert run([fabricated.clear_report()]).invocations[0].executionSuccessful


def test_a_verdict_that_no_single_cue_carries_has_the_rule_verdict() -> None:
    report = fabricated.clip_report()
    faces = [face.model_copy(update={"cues": []}) for face in report.faces]
    written = run([report.model_copy(update={"faces": faces})])
    assert written.results[0].ruleId == "verdict/likely"


@pytest.mark.parametrize("path", ["a b/ü 脸.mp4", "c:odd?#%.jpg", "/absolute/place/x y.png", "-"])
def test_names_become_valid_references_that_lead_back(path: str) -> None:
    uri = run([fabricated.clip_report(path=path)]).artifacts[0].location.uri
    parts = urlsplit(uri)
    assert unquote(parts.path) == path
    assert parts.scheme == ("file" if path.startswith("/") else "")


def test_no_reports_make_an_empty_run_and_no_picture_is_ever_in_it() -> None:
    assert run([]).results == []
    assert re.search("jpeg;|base64", json.dumps(sarif_log(fabricated.folder()))) is None


def test_a_face_that_resembles_somebody_bears_the_name() -> None:
    (result,) = sarif_log([fabricated.named_report(name="Ada")])["runs"][0]["results"]
    assert "This is probably Ada, and the face is likely swapped" in result["message"]["text"]
    assert "none of the people" not in result["message"]["text"]
    named = [face for face in result["properties"]["faces"] if "resembles" in face]
    assert [(face["track"], face["resembles"], face["distance"]) for face in named] == [
        (1, "Ada", 0.3141),
        (3, "Ada", 0.3141),
    ]


def test_nobody_is_named_unless_people_were() -> None:
    assert "resembles" not in sarif_json([fabricated.clip_report()])
