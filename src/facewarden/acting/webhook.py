"""Telling a place on the web what was decided: signed, to where it was allowed, so many times at most."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from facewarden.acting.configuration import WebhookPlace, read_private
from facewarden.acting.matter import Matter
from facewarden.acting.outcome import DONE, Ended, Outcome
from facewarden.acting.signature import secret_of, signature_headers
from facewarden.acting.steps import Step
from facewarden.errors import OutboundError
from facewarden.outbound.exchange import exchanged
from facewarden.outbound.gate import Gate, Resolver, system_resolver
from facewarden.outbound.place import place_of

log = logging.getLogger(__name__)

_FIRST_PAUSE_S = 1.0
_MOST_ANSWER = 64 << 10
_FOR_GOOD = frozenset({"bad_address", "not_allowed", "not_public", "redirected"})

Wait = Callable[[float], object]
"""Waits so many seconds; may return earlier when the program is to end."""


class Webhooks:
    """The hand that tells. After a crash a message may go out a second time, under the same ``webhook-id``."""

    def __init__(
        self,
        places: Mapping[str, WebhookPlace],
        *,
        wait: Wait = time.sleep,
        resolve: Resolver = system_resolver,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Raises UsageError where a secret cannot be used."""
        self._places = places
        self._secrets = {
            name: secret_of(read_private(place.secret_file, "secret", secret=True).decode("ascii", "replace"))
            for name, place in places.items()
        }
        self._wait, self._resolve, self._clock = wait, resolve, clock

    def mark(self) -> str:
        return ""

    def happened(self, mark: str, step: Step, matter: Matter) -> Outcome | None:
        return None  # the receiver knows the message by its identity

    def do(self, step: Step, matter: Matter, path: Path) -> Outcome:
        place = self._places[step.name]
        told = {"type": "facewarden.decision", "version": 1, **matter.told(place.tell)}
        body = json.dumps(told, separators=(",", ":")).encode()
        outcome = Outcome(Ended.FAILED)
        for number in range(place.tries):
            if number:
                self._wait(_FIRST_PAUSE_S * 4 ** (number - 1))
            outcome = self._send(place, self._secrets[step.name], f"{matter.key}.{step.name}", body)
            if not outcome.again:
                break
        if outcome.ended is Ended.FAILED:
            log.warning("the webhook %s could not be told: %s", step.name, outcome.detail)
        return outcome

    def _send(self, place: WebhookPlace, secret: bytes, message: str, body: bytes) -> Outcome:
        # Signed anew for each try: the time is a part of it.
        signed = signature_headers(secret, message=_ascii(message), time_s=int(self._clock()), body=body)
        gate = Gate(None, private=place.private, resolve=self._resolve)
        try:
            with exchanged(
                place_of(place.url),
                gate,
                method="POST",
                headers={"Content-Type": "application/json", **signed},
                body=body,
                within_s=place.within,
            ) as answer:
                status = answer.status
                for _ in answer.chunks(most=_MOST_ANSWER):
                    pass
        except OutboundError as error:
            return Outcome(Ended.FAILED, error.reason, again=error.reason not in _FOR_GOOD)
        if 200 <= status < 300:
            return DONE
        return Outcome(Ended.FAILED, f"status {status}", again=status in (408, 425, 429) or status >= 500)


def _ascii(text: str) -> str:
    return text.encode("ascii", "backslashreplace").decode()
