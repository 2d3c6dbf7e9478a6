"""The record of a round: who beat whom on what, and what was decided, signed.

Every round that comes to a decision leaves one, a refusal as well as a promotion. docs/hardening.md explains the
fields.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from facewarden.errors import UsageError
from facewarden.lab.harden import signature
from facewarden.lab.training.files import write_text

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

FORMAT: Literal["facewarden-hardening/1"] = "facewarden-hardening/1"
Digest = str
Outcome = Literal["better", "worse", "not told apart", "cannot be told"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Range(_Part):
    """A difference, after minus before, with its 95 % interval; the ends are None where none could be drawn."""

    value: float
    low: float | None
    high: float | None


class Network(_Part):
    """A network by digest."""

    name: str
    sha256: Digest = Field(pattern="^[0-9a-f]{64}$")


class Probe(_Part):
    """How much of a kind of forgery the model in use missed among people of the training split.

    `missed` of `forged` photos or clips scored below the threshold; `weight` is the kind's share of the training pairs.
    """

    kind: str
    forged: int
    missed: int
    mean_logit: float
    weight: float


class Comparison(_Part):
    """The model in use against a candidate on one thing.

    Attributes:
        subject: a kind of forgery, or ``genuine`` for false alarms.
        role: ``target`` must become better, ``kept`` must not become worse.
        measure: ``auc`` (higher is better) or ``false_alarms`` (share of genuine files at or above the threshold).
        before, after: of the model in use, and of the candidate.
        found_before, found_after: share of the forgeries at or above the threshold.
        forged, genuine: files.
        unit: what the interval draws.
    """

    subject: str
    role: Literal["target", "kept"]
    measure: Literal["auc", "false_alarms"]
    before: float
    after: float
    difference: Range
    found_before: float | None = None
    found_after: float | None = None
    forged: int
    genuine: int
    unit: str
    outcome: Outcome


class Candidate(_Part):
    """A network that was trained in this round.

    Attributes:
        made: how, in words.
        passes: whether it may take the place of the model in use.
        reasons: why not, or what speaks for it.
    """

    network: Network
    made: str
    comparisons: list[Comparison]
    passes: bool
    reasons: list[str]


class Threshold(_Part):
    """The logit from which on a face counts as found: where the calibration of the model in use gives `level`."""

    level: str
    logit: float
    calibration: str


class Record(_Part):
    """What a round found and decided."""

    format: Literal["facewarden-hardening/1"] = FORMAT
    decision: Literal["promoted", "refused"]
    chosen: str | None
    reasons: list[str]
    made: str = Field(description="UTC, ISO 8601")
    incumbent: Network
    threshold: Threshold
    probes: list[Probe]
    candidates: list[Candidate]
    config: dict[str, Any]
    config_sha256: Digest
    stores: dict[str, Digest] = Field(description="store file to its sha256")
    faces: dict[str, int] = Field(description="split to number of faces")
    packages: dict[str, str]

    @property
    def winner(self) -> Network | None:
        """The network that was promoted."""
        return next((c.network for c in self.candidates if c.network.name == self.chosen), None)


@dataclass(frozen=True, slots=True)
class Signed:
    """A record whose signature was checked, with the fingerprint of the key that made it."""

    record: Record
    signer: str

    def __str__(self) -> str:
        whose = "your own key" if self.signer == signature.own_fingerprint() else "a key that is not your own"
        return f"{self.record.decision} on {self.record.made}, signed by {self.signer}, {whose}"


def write_record(path: Path, record: Record, key: Ed25519PrivateKey) -> None:
    """Sign `record` and write it whole. Raises UsageError where it cannot be written."""
    content = record.model_dump(mode="json")
    signed = content | {"signature": signature.sign(content, key)}
    write_text(path, json.dumps(signed, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def read_record(path: Path) -> Signed:
    """Read a record and check its signature.

    Raises:
        UsageError: it cannot be read, is not a record, was changed, or is not signed.
    """
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise UsageError(f"The record {path} cannot be read: {error.strerror or error}.") from error
    except ValueError as error:
        raise UsageError(f"The record {path} is not JSON.") from error
    if not isinstance(content, dict):
        raise UsageError(f"The record {path} must be a JSON object, but is a {type(content).__name__}.")
    given = content.pop("signature", None)
    try:
        signer = signature.check(content, given)
        return Signed(Record.model_validate(content), signer)
    except UsageError as error:
        raise UsageError(f"The record {path} may not be relied on: {error}.") from error
    except ValidationError as error:
        raise UsageError(f"The record {path} is not one of this format: {_fault(error)}.") from error
    except ValueError as error:  # a number such as Infinity cannot have been signed
        raise UsageError(f"The record {path} may not be relied on: {error}.") from error


def verify_promotion(path: Path, sha256: str) -> str:
    """Check that the record at `path` promoted the network with this digest; returns what to say of it.

    Raises:
        UsageError: it may not be relied on, refused the network, or speaks of another one.
    """
    signed = read_record(path)
    winner = signed.record.winner
    if signed.record.decision != "promoted" or winner is None:
        raise UsageError(f"The record {path} promotes no network.")
    if winner.sha256 != sha256:
        raise UsageError(f"The record {path} promotes another network than the one beside it.")
    return f"{signed}"


def _fault(error: ValidationError) -> str:
    fault: dict[str, Any] = dict(error.errors()[0])
    place: Sequence[Any] = fault["loc"]
    return f"{'.'.join(map(str, place))}: {fault['msg']}"
