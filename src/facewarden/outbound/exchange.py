"""One request and its answer, over a connection to an address that was looked at before."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPException

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from facewarden.errors import OutboundError
from facewarden.outbound.addresses import Address
from facewarden.outbound.gate import Gate
from facewarden.outbound.place import Place

_CHUNK_BYTES = 64 << 10
_CONNECT_S = 10.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; the body has not been read yet."""

    status: int
    response: BaseHTTPResponse
    _place: Place
    _clock: _Clock

    def header(self, name: str) -> str:
        return self.response.headers.get(name, "")

    def chunks(self, *, most: int) -> Iterator[bytes]:
        """The body.

        Raises:
            OutboundError: it has more than `most` bytes, breaks off or takes too long.
        """
        claimed = self.header("content-length")
        if claimed.isdigit() and int(claimed) > most:
            raise _too_large(most)
        read = 0
        while chunk := self._next():
            read += len(chunk)
            if read > most:
                raise _too_large(most)
            yield chunk

    def _next(self) -> bytes:
        with _translated(self._place, self._clock):
            # What comes is taken as it is: a body that unpacks into gigabytes stays small and is no picture.
            return self.response.read1(_CHUNK_BYTES, decode_content=False)


@contextlib.contextmanager
def exchanged(
    place: Place,
    gate: Gate,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    within_s: float,
) -> Iterator[Answer]:
    """Send a request to `place`; the connection ends with the block, after `within_s` seconds at the latest.

    Raises:
        OutboundError: the place is not allowed, is not reached, or the time is over.
    """
    addresses = gate.admit(place)
    sent = {"Host": place.authority, "User-Agent": "facewarden", "Accept": "*/*", **(headers or {})}
    clock = _Clock(within_s)
    try:
        with _translated(place, clock):
            connection = _connected(place, addresses, within_s)
            clock.watch(connection)
            connection.request(
                method, place.target, body=body, headers=sent, preload_content=False, decode_content=False
            )
            response = connection.getresponse()
        try:
            yield Answer(response.status, response, place, clock)
        finally:
            response.close()
    finally:
        clock.end()


@contextlib.contextmanager
def _translated(place: Place, clock: _Clock) -> Iterator[None]:
    try:
        yield
    except (OSError, HTTPException, HTTPError) as error:
        if not clock.over:
            what = str(error) if isinstance(error, OSError) else type(error).__name__
            raise OutboundError(
                f"{place.host} could not be reached: {what}.", reason="unreachable"
            ) from error
    # Cut off, a connection may also look as if it had ended well.
    if clock.over:
        raise OutboundError(f"{place.host} took too long.", reason="too_slow")


def _connected(place: Place, addresses: tuple[Address, ...], within_s: float) -> HTTPConnection:
    """A connection to the first address that takes one. Raises OSError, HTTPError."""
    last: Exception = OSError("no address")
    for address in addresses[:4]:
        connection = _connection(place, str(address), min(within_s, _CONNECT_S))
        try:
            connection.connect()
        except (OSError, HTTPError) as error:
            connection.close()
            last = error
        else:
            return connection
    raise last


def _connection(place: Place, address: str, timeout_s: float) -> HTTPConnection:
    if place.scheme == "http":
        return HTTPConnection(address, place.port, timeout=timeout_s)
    # The address is dialled, the name is what the certificate must be for.
    return HTTPSConnection(
        address,
        place.port,
        timeout=timeout_s,
        ssl_context=ssl.create_default_context(),
        server_hostname=place.host,
    )


class _Clock:
    """Cuts a connection when the time is over: one that sends a byte now and then would hold us for ever."""

    def __init__(self, within_s: float) -> None:
        self.over = False
        self._connection: HTTPConnection | None = None
        self._link: socket.socket | None = None
        self._timer = threading.Timer(within_s, self._cut)
        self._timer.daemon = True
        self._timer.start()

    def watch(self, connection: HTTPConnection) -> None:
        # The connection lets go of its socket when an answer is to be its last, though it is still read from.
        self._connection, self._link = connection, connection.sock
        if self.over:
            raise TimeoutError

    def end(self) -> None:
        self._timer.cancel()
        if self._connection is not None:
            self._connection.close()

    def _cut(self) -> None:
        self.over = True
        if self._link is not None:
            with contextlib.suppress(OSError):
                self._link.shutdown(socket.SHUT_RDWR)


def _too_large(most: int) -> OutboundError:
    return OutboundError(f"The answer has more than {most:,} bytes.", reason="too_large")
