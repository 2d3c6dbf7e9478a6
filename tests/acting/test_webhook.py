"""Telling a real server."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from facewarden.acting.configuration import WebhookPlace
from facewarden.acting.outcome import DONE, Ended
from facewarden.acting.steps import Kind, Step
from facewarden.acting.webhook import Webhooks
from facewarden.errors import UsageError
from tests.acting.making import ANNA, matter
from tests.outbound.servers import answer, serving

STEP, FILE = Step(Kind.WEBHOOK, "desk"), Path("/srv/chat/secret name.jpg")
SECRET = bytes(range(32))


class Receiver:
    """Keeps what it is told, and answers with what `statuses` say."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.told: list[tuple[dict[str, str], bytes]] = []

    def __call__(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        self.told.append(({name.lower(): value for name, value in handler.headers.items()}, body))
        answer(handler, b"", status=self.statuses.pop(0) if self.statuses else 200)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "desk.key"
    path.write_text(f"whsec_{base64.b64encode(SECRET).decode()}\n")
    path.chmod(0o600)
    return path


def hand(secret: Path, port: int, waited: list[float] | None = None, **more: Any) -> Webhooks:
    place = WebhookPlace(url=f"http://127.0.0.1:{port}/hook", secret_file=secret, private=True, **more)
    waits = [] if waited is None else waited
    return Webhooks({"desk": place}, wait=waits.append, clock=lambda: 1_700_000_000.5)


def test_what_is_told_is_signed_and_holds_no_names(secret: Path) -> None:
    receiver, about = Receiver(), matter("escalate")
    with serving(receiver) as port:
        assert hand(secret, port).do(STEP, about, FILE) == DONE
        hand(secret, port, tell=("people",)).do(STEP, about, FILE)
    (headers, body), (_, second) = receiver.told
    assert headers["webhook-id"] == f"{about.key}.desk"
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    wanted = base64.b64encode(hmac.new(SECRET, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{wanted}"
    assert headers["webhook-timestamp"] == "1700000000"
    told = json.loads(body)
    assert (told["type"], told["sha256"], told["level"]) == ("facewarden.decision", about.sha256, "likely")
    for word in (b"secret name", b"Anna", b"chat/"):
        assert word not in body
    assert json.loads(second)["people"] == [ANNA]


def test_it_is_tried_again_with_longer_pauses_and_given_up(secret: Path) -> None:
    receiver, waited = Receiver(503, 429), []
    with serving(receiver) as port:
        assert hand(secret, port, waited).do(STEP, matter(), FILE) == DONE
        assert waited == [1.0, 4.0]
        assert len({headers["webhook-id"] for headers, _ in receiver.told}) == 1
        receiver.statuses = [500] * 9
        outcome = hand(secret, port, tries=2).do(STEP, matter(), FILE)
    assert (outcome.ended, outcome.detail, outcome.again) == (Ended.FAILED, "status 500", True)
    assert len(receiver.told) == 5
    assert hand(secret, port, tries=1).do(STEP, matter(), FILE).detail == "unreachable"


@pytest.mark.parametrize("status", [400, 403, 302])
def test_a_plain_no_is_taken_for_one(secret: Path, status: int) -> None:
    receiver = Receiver(status)
    with serving(receiver) as port:
        outcome = hand(secret, port).do(STEP, matter(), FILE)
    assert (outcome.ended, outcome.again, len(receiver.told)) == (Ended.FAILED, False, 1)


def test_the_own_network_is_not_reached_unless_that_is_allowed(secret: Path) -> None:
    receiver = Receiver()
    with serving(receiver) as port:
        for url in (
            f"https://127.0.0.1:{port}/",
            f"https://desk.example.org:{port}/",
            f"http://8.8.8.8:{port}/",
        ):
            hand = Webhooks(
                {"desk": WebhookPlace(url=url, secret_file=secret)},
                resolve=lambda host, port: [host if host[0].isdigit() else "10.0.0.1"],
            )
            outcome = hand.do(STEP, matter(), FILE)
            assert outcome.detail in ("not_public", "not_allowed")
            assert not outcome.again
    assert receiver.told == []


def test_a_secret_is_kept_from_others(secret: Path) -> None:
    secret.chmod(0o644)
    with pytest.raises(UsageError, match="chmod 600"):
        hand(secret, 1)
    secret.chmod(0o600)
    secret.write_text("password1")
    with pytest.raises(UsageError, match="openssl rand"):
        hand(secret, 1)
