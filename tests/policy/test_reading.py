"""Rules are read strictly: what is misspelt, doubled, anchored or endless is refused, and the place is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.errors import UsageError
from facewarden.policy.reading import parse_policy, read_policy
from facewarden.policy.rules import Copies, Policy, Webhook

RULES = """
version: 1
rules:
  - name: viral
    when: {level: likely, spread: {copies: 10, within: 1h30m}, not: {source: ["archive/*"]}}
    then: [quarantine, {webhook: desk}]
    stop: true
"""


def test_rules_are_read(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(RULES)
    (rule,) = read_policy(path).rules
    assert rule.when.spread == Copies(copies=10, within="1h30m")
    assert rule.when.spread is not None
    assert rule.when.spread.within == 5400
    assert rule.then == ("quarantine", Webhook(webhook="desk"))
    assert rule.stop


def test_the_rules_of_the_package_hold_what_they_promise() -> None:
    rules = {rule.name: rule for rule in read_policy().rules}
    assert "hold" in rules["could not be judged"].then
    assert not any(not isinstance(action, str) for rule in rules.values() for action in rule.then)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "the whole file: Input should be"),
        ("[1, 2]", "the whole file"),
        ("version: 2\nrules: []", "version: Input should be 1"),
        ("version: 1", "rules: Field required"),
        (RULES.replace("level", "levle"), r"rules\.0\.when\.levle: Extra inputs"),
        (RULES.replace("likely", "surely"), r"rules\.0\.when\.level"),
        (RULES.replace("1h30m", "soon"), r"rules\.0\.when\.spread\.within: .*must be a duration"),
        (RULES.replace("quarantine", "destroy"), r"rules\.0\.then\.0"),
        (RULES.replace("[quarantine, {webhook: desk}]", "[]"), r"rules\.0\.then"),
        (RULES.replace("{webhook: desk}", "{webhook: desk, url: 'http://x'}"), r"rules\.0\.then\.1"),
        (
            RULES.replace("stop: true", "stop: true\n    stop: false"),
            "line 8, column 5: 'stop' is said twice",
        ),
        (RULES + RULES.split("rules:")[1], "are called 'viral'"),
        ("version: 1\nrules: &a []", "line 2, column 8: anchors and aliases are not allowed"),
        ("a: &a [x]\nb: *a", "anchors and aliases"),
        ("a: [" * 30 + "]" * 30, "nested too deep"),
        ("version: !!python/object/apply:os.system ['true']", "could not determine a constructor"),
        ("version: [", "line 1"),
        ("\x00", "is no YAML"),
        ("? [a, b]\n: c", "line 1, column 3: keys must be words"),
    ],
)
def test_what_is_no_policy_is_refused_with_its_place(text: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        parse_policy(text, origin="rules.yaml")


def test_files_that_cannot_be_rules(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        read_policy(tmp_path / "none.yaml")
    large = tmp_path / "large.yaml"
    large.write_bytes(b"#" * (2 << 20))
    with pytest.raises(UsageError, match="larger than 1 MiB"):
        read_policy(large)
    large.write_bytes(b"version: 1\n# \xff")
    with pytest.raises(UsageError, match="must be UTF-8, but byte 13"):
        read_policy(large)


@given(st.text(max_size=200))
def test_any_text_is_a_policy_or_refused(text: str) -> None:
    try:
        policy: object = parse_policy(text, origin="x")
    except UsageError as error:
        policy = error
    assert isinstance(policy, Policy) or str(policy).startswith("x is no")
