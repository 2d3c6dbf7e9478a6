"""JSON with one form only: what is signed, hashed or chained must not have two spellings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn


def canonical(content: Mapping[str, Any]) -> bytes:
    """UTF-8, keys in order, no spaces, no NaN, no line break."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def parsed(data: bytes) -> dict[str, Any]:
    """The object behind `data`. Raises ValueError where `canonical` would not have written these very bytes."""
    try:
        content = json.loads(data.decode(), parse_constant=_refuse)
        if not isinstance(content, dict) or canonical(content) != data:
            raise ValueError("it is not canonical JSON of an object")
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    return content


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")
