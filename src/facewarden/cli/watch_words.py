"""What a watch says of a file, as the line that a person reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from facewarden.report.wording import visible


def line_of(record: Mapping[str, Any]) -> str:
    """The line about `record`, which is what the journal says, or of a dry run would say.

    Example:
        >>> line_of({"kind": "would", "name": "a.jpg", "level": "likely", "match": "none", "steps": ["hold"]})
        'a.jpg: likely: hold (not done)'
    """
    name = record.get("name") or record.get("sha256") or record["source"]
    if record["kind"] == "aside":
        return visible(f"{name}: given up ({record['reason']})")
    found = [record["level"]]
    if record["match"] != "none":
        found.append(f"match {record['match']}")
    return visible(f"{name}: {', '.join(found)}: {_steps(record)}")


def _steps(record: Mapping[str, Any]) -> str:
    if not record["steps"]:
        return "nothing to do"
    if record["kind"] == "judged":
        return ", ".join(_performed(one) for one in record["performed"])
    return f"{', '.join(record['steps'])} (not done)"


def _performed(one: Mapping[str, str]) -> str:
    """A step with the case that it made, or with how it ended where it was not done."""
    about = one.get("case", "")
    if one["ended"] != "done":
        about = f"{one['ended']}: {one['detail']}" if one.get("detail") else one["ended"]
    return f"{one['step']} ({about})" if about else one["step"]
