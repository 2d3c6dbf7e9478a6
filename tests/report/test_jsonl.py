from __future__ import annotations

import json

import jsonschema
import pytest

import fabricated
from facewarden.report.jsonl import report_json
from facewarden.report.model import Report
from facewarden.report.schema import report_schema


@pytest.mark.parametrize("report", [*fabricated.folder(), fabricated.named_report()])
def test_a_line_fits_the_published_schema_and_reads_back(report: Report) -> None:
    line = report_json(report)
    jsonschema.validate(json.loads(line), report_schema())
    assert Report.model_validate_json(line) == report.model_copy(update={"pictures": []})


def test_it_is_one_line_whatever_the_name_of_the_file() -> None:
    line = report_json(fabricated.clip_report(path="a\nb\u2028c\u0085d\u2029.mp4"))
    assert len(line.splitlines()) == 1
    assert json.loads(line)["path"] == "a\nb\u2028c\u0085d\u2029.mp4"


def test_no_picture_ever() -> None:
    report = fabricated.clip_report()
    assert report.pictures
    line = report_json(report)
    assert "jpeg" not in line
    assert "pictures" not in json.loads(line)
    assert len(line) < 40_000


def test_what_was_abstained_has_no_number() -> None:
    fields = json.loads(report_json(fabricated.faceless_report()))
    assert (fields["probability"], fields["abstained"], fields["reason"]) == (None, True, "no_face")


def test_whom_a_face_resembles_is_null_unless_people_were_named() -> None:
    unnamed = json.loads(report_json(fabricated.clip_report()))
    assert [face["resemblance"] for face in unnamed["faces"]] == [None] * 4
    named = json.loads(report_json(fabricated.named_report(name="Ada")))
    assert [face["resemblance"]["name"] for face in named["faces"]] == ["Ada", None, "Ada", None]
    assert [face["resemblance"]["reason"] for face in named["faces"]] == [None, None, None, "too_small"]
