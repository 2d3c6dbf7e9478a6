"""Reading rules from YAML, strictly: what is misspelt, said twice or nested without end is refused."""

from __future__ import annotations

from collections.abc import Hashable
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from facewarden.errors import UsageError
from facewarden.policy.rules import Policy

_MOST_BYTES = 1 << 20
_DEEPEST = 20


def read_policy(path: Path | None = None) -> Policy:
    """The rules in a file, those of the package where none is named.

    Raises:
        UsageError: the file cannot be read, or is no policy; says where and why.
    """
    if path is None:
        packaged = resources.files("facewarden.policy").joinpath("default.yaml")
        return parse_policy(packaged.read_text("utf-8"), origin="the default policy")
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"The policy {path} cannot be read: {error.strerror or error}.") from error
    if len(content) > _MOST_BYTES:
        raise UsageError(
            f"The policy {path} is larger than {_MOST_BYTES >> 20} MiB, which no set of rules is."
        )
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"The policy {path} must be UTF-8, but byte {error.start:,} is not.") from error
    return parse_policy(text, origin=str(path))


def parse_policy(text: str, *, origin: str) -> Policy:
    """The rules in `text`. Raises UsageError that names `origin` and the place where it is wrong."""
    try:
        # The loader makes plain values only; it is safe_load's, with less allowed.
        given = yaml.load(text, _Loader)
    except yaml.YAMLError as error:
        raise UsageError(f"{origin} is no YAML that rules are written in: {_where(error)}") from error
    except RecursionError as error:
        raise UsageError(f"{origin} is no policy: it is nested too deep.") from error
    try:
        return Policy.model_validate(given)
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(str(part) for part in fault["loc"] if not _is_kind(part)) or "the whole file"
        raise UsageError(f"{origin} is no policy: {place}: {fault['msg']}.") from error


class _Loader(yaml.SafeLoader):
    """No anchors (a few lines of them can stand for gigabytes), no key said twice, no endless nesting."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise yaml.composer.ComposerError(
                None, None, "anchors and aliases are not allowed", event.start_mark
            )
        self._depth += 1
        if self._depth > _DEEPEST:
            raise yaml.composer.ComposerError(None, None, "nested too deep", event.start_mark)
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "keys must be words", key.start_mark)
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{key.value!r} is said twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _where(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    what = getattr(error, "problem", None) or str(error).splitlines()[0]
    return f"line {mark.line + 1}, column {mark.column + 1}: {what}." if mark else f"{what}."


def _is_kind(part: object) -> bool:
    """Whether a part of a place names a kind of value that was tried, rather than a field."""
    return isinstance(part, str) and ("[" in part or part in ("Webhook", "Command"))
