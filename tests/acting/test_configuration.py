"""The file of those who start the program."""

from __future__ import annotations

from pathlib import Path

import pytest

from facewarden.acting.configuration import Actions, read_actions
from facewarden.errors import UsageError
from facewarden.policy.reading import parse_policy

WHOLE = """
hold = "vault"

[webhooks.desk]
url = "https://desk.example.org/facewarden"
secret_file = "/etc/facewarden/desk.key"
tell = ["people"]
within = "5s"

[commands.page]
argv = ["/usr/local/bin/page", "--quiet", "$HOME; rm -rf /"]
environment = ["PAGER_TOKEN"]
"""


def written(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "actions.toml"
    path.write_text(text)
    path.chmod(mode)
    return path


def test_a_whole_file(tmp_path: Path) -> None:
    actions = read_actions(written(tmp_path, WHOLE, 0o644))
    assert actions.hold == "vault"
    assert (actions.webhooks["desk"].within, actions.webhooks["desk"].tell) == (5.0, ("people",))
    assert actions.webhooks["desk"].private is False
    assert actions.commands["page"].argv[2] == "$HOME; rm -rf /"  # a word, as no shell reads it
    assert read_actions(None) == Actions()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("hold = ", "no TOML"),
        ('hold = "shred"', "hold"),
        ('[webhooks.desk]\nurl = "https://a.org/"', "webhooks.desk.secret_file"),
        ('[webhooks.desk]\nurl = "ftp://a.org/"\nsecret_file = "k"', "webhooks.desk.url"),
        ('[commands.page]\nargv = []', "commands.page.argv"),
        ('[commands.page]\nargv = ["page"]', "whole path"),
        ('[commands.page]\nargv = "/bin/sh -c x"', "commands.page.argv"),
        ('[commands.page]\nargv = ["/bin/a"]\nshell = true', "commands.page.shell"),
        ("a = 1", "a: "),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        read_actions(written(tmp_path, text))


def test_a_file_that_others_may_write_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="chmod go-w"):
        read_actions(written(tmp_path, WHOLE, 0o666))
    with pytest.raises(UsageError, match="cannot be read"):
        read_actions(tmp_path / "none")
    with pytest.raises(UsageError):
        read_actions(tmp_path)


def test_rules_and_file_must_fit(tmp_path: Path) -> None:
    def rules(then: str) -> str:
        return f"version: 1\nrules: [{{name: a, then: [{then}]}}]"

    actions = read_actions(written(tmp_path, WHOLE))
    for then in ("note", "{webhook: desk}", "{command: page}"):
        actions.demand(parse_policy(rules(then), origin="rules"))
    for then, where in (("{webhook: page}", r"\[webhooks.page\]"), ("{command: desk}", r"\[commands.desk\]")):
        with pytest.raises(UsageError, match=where):
            actions.demand(parse_policy(rules(then), origin="rules"))
    held = parse_policy(rules("hold"), origin="rules")
    assert actions.isolating(held)
    assert not Actions().isolating(held)
    assert Actions().isolating(parse_policy(rules("quarantine"), origin="rules"))
