from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path

import jsonschema
import pytest

from facewarden.report.schema import across_schema, report_schema, schema_text

DOCS = Path(__file__).parents[2] / "docs"


def test_the_published_schemas_are_current() -> None:
    """Where this fails: python -m facewarden.report.schema docs/report.schema.json docs/across.schema.json."""
    assert (DOCS / "report.schema.json").read_text("utf-8") == schema_text()
    assert (DOCS / "across.schema.json").read_text("utf-8") == schema_text(across_schema())


def test_it_is_a_valid_schema_without_pictures() -> None:
    jsonschema.Draft202012Validator.check_schema(across_schema())
    jsonschema.Draft202012Validator.check_schema(report_schema())
    assert "KeyPicture" not in report_schema()["$defs"]
    assert "pictures" not in report_schema()["properties"]


def test_the_promised_fields_stand_in_it() -> None:
    assert set(report_schema()["properties"]) >= {
        "path", "sha256", "media", "level", "probability", "abstained", "reason",
        "faces", "provenance", "versions",
    }  # fmt: skip
    assert set(report_schema()["$defs"]["Face"]["properties"]) >= {
        "track", "start_s", "end_s", "probability", "level", "abstained", "reason", "cues", "resemblance"
    }  # fmt: skip
    assert set(report_schema()["$defs"]["Resemblance"]["properties"]) >= {
        "name", "distance", "false_positive_rate", "compared_with", "swapped", "also_tracks", "reason", "sentences"
    }  # fmt: skip
    # Reports that were written before this field came still fit.
    assert "resemblance" not in report_schema()["$defs"]["Face"]["required"]


def test_readers_accept_fields_that_are_added_later() -> None:
    parts = [report_schema(), *report_schema()["$defs"].values()]
    assert not any(part.get("additionalProperties") is False for part in parts)


def test_the_command_writes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["schema", str(tmp_path / "out.json")])
    monkeypatch.delitem(sys.modules, "facewarden.report.schema")
    runpy.run_module("facewarden.report.schema", run_name="__main__")
    assert json.loads((tmp_path / "out.json").read_text("utf-8")) == report_schema()
