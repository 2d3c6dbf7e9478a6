"""The signed head of a custody log: how many entries there are, and the end of their chain.

It tells a log that was cut short from one that is whole, and an old copy of a vault from the vault: stubs, receipts and
packages carry the head of their time.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from facewarden.errors import TamperedError
from facewarden.sealed.signing import Reader, Signer

HEAD = "facewarden.custody.head"


class Head(BaseModel):
    """The end of a log.

    Attributes:
        vault: identity of the vault.
        count: how many entries there are.
        chain: the chain after the last one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    vault: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    count: Annotated[int, Field(ge=1)]
    chain: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


def sign_head(head: Head, signer: Signer) -> bytes:
    """The record of `head`."""
    return signer.signed(HEAD, head.model_dump())


def read_head(line: bytes, reader: Reader) -> Head:
    """The head in the record `line`. Raises TamperedError."""
    content = reader.opened(line, HEAD)
    del content["kind"]
    try:
        return Head.model_validate(content)
    except ValidationError as error:
        raise TamperedError("It is no head of a custody log.") from error
