"""The JSON Schemas of what ``facewarden check --json`` writes.

``python -m facewarden.report.schema docs/report.schema.json docs/across.schema.json`` writes them.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from facewarden.report import across
from facewarden.report.model import SCHEMA_VERSION, Report


def report_schema() -> dict[str, Any]:
    """The schema (draft 2020-12) of one line of the JSON that `report_json` writes."""
    schema = _schema(Report, f"Facewarden report {SCHEMA_VERSION}")
    # Excluded from every dump, so a schema that promised it would lie.
    schema["properties"].pop("pictures", None)
    schema.get("$defs", {}).pop("KeyPicture", None)
    return schema


def across_schema() -> dict[str, Any]:
    """The schema of the line on what the files of one run have in common, which `across_json` writes."""
    return _schema(across.AcrossFiles, f"Facewarden across files {across.SCHEMA_VERSION}")


def schema_text(schema: dict[str, Any] | None = None) -> str:
    """The schema, that of the report by default, as it stands in the documentation."""
    return json.dumps(schema or report_schema(), indent=2, ensure_ascii=False) + "\n"


def _schema(model: type[BaseModel], title: str) -> dict[str, Any]:
    schema = model.model_json_schema(mode="serialization")
    for part in (schema, *schema.get("$defs", {}).values()):
        # The model refuses unknown fields; readers must not, since fields may be added.
        part.pop("additionalProperties", None)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        **{key: value for key, value in schema.items() if key != "title"},
    }


if __name__ == "__main__":
    for place, made in zip(sys.argv[1:], (report_schema, across_schema), strict=False):
        Path(place).write_text(schema_text(made()), "utf-8")
