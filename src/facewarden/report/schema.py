"""The JSON Schema of the report. ``python -m facewarden.report.schema docs/report.schema.json`` writes it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from facewarden.report.model import SCHEMA_VERSION, Report


def report_schema() -> dict[str, Any]:
    """The schema (draft 2020-12) of one line of the JSON that `report_json` writes."""
    schema = Report.model_json_schema(mode="serialization")
    # Excluded from every dump, so a schema that promised it would lie.
    schema["properties"].pop("pictures", None)
    schema.get("$defs", {}).pop("KeyPicture", None)
    for part in (schema, *schema.get("$defs", {}).values()):
        # The model refuses unknown fields; readers must not, since fields may be added.
        part.pop("additionalProperties", None)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Facewarden report {SCHEMA_VERSION}",
        **{key: value for key, value in schema.items() if key != "title"},
    }


def schema_text() -> str:
    """The schema as it stands in the documentation."""
    return json.dumps(report_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(schema_text(), "utf-8")
