"""The line that a person reads of a file that was watched."""

from __future__ import annotations

from typing import Any

import pytest

from facewarden.cli.watch_words import line_of

RECORD = {
    "kind": "judged",
    "name": "/srv/chat/a\x1b.jpg",
    "source": "chat",
    "level": "likely",
    "match": "confirmed",
    "steps": ["warn", "quarantine", "webhook desk", "escalate"],
    "performed": [
        {"step": "warn", "ended": "done"},
        {"step": "quarantine", "ended": "done", "case": "FW-2026-000001"},
        {"step": "webhook desk", "ended": "failed", "detail": "no answer"},
        {"step": "escalate", "ended": "done"},
    ],
}


@pytest.mark.parametrize(
    ("also", "line"),
    [
        (
            {},
            "/srv/chat/a\ufffd.jpg: likely, match confirmed: warn, quarantine (FW-2026-000001), "
            "webhook desk (failed: no answer), escalate",
        ),
        (
            {
                "match": "none",
                "performed": [
                    {"step": "quarantine", "ended": "left", "detail": "a person gave it back"},
                    {"step": "command page", "ended": "unknown"},
                ],
            },
            "/srv/chat/a\ufffd.jpg: likely: quarantine (left: a person gave it back), command page (unknown)",
        ),
        (
            {"kind": "would", "name": None, "sha256": "ab" * 32, "match": "review"},
            f"{'ab' * 32}: likely, match review: warn, quarantine, webhook desk, escalate (not done)",
        ),
        ({"kind": "would", "match": "none", "steps": []}, "/srv/chat/a\ufffd.jpg: likely: nothing to do"),
        ({"kind": "aside", "reason": "unexpected"}, "/srv/chat/a\ufffd.jpg: given up (unexpected)"),
        ({"kind": "aside", "reason": "unexpected", "name": None}, "chat: given up (unexpected)"),
    ],
)
def test_it_says_what_became_of_each_step(also: dict[str, Any], line: str) -> None:
    assert line_of({**RECORD, **also}) == line
