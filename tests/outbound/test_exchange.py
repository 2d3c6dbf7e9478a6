"""Requests and answers, with real servers."""

from __future__ import annotations

import datetime as dt
import io
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from facewarden.errors import OutboundError
from facewarden.outbound.exchange import exchanged
from facewarden.outbound.fetch import fetch
from facewarden.outbound.gate import Gate
from facewarden.outbound.place import place_of
from tests.outbound.servers import answer, here, serving

KIB = 1 << 10


def fetched(port: int, path: str = "/", *, most: int = 100 * KIB, within_s: float = 20) -> bytes:
    to = io.BytesIO()
    fetch(place_of(f"http://example.org:{port}{path}"), here(), to, most_bytes=most, within_s=within_s)
    return to.getvalue()


def refusal(port: int, path: str = "/", *, most: int = 100 * KIB, within_s: float = 20) -> str:
    with pytest.raises(OutboundError) as caught:
        fetched(port, path, most=most, within_s=within_s)
    return caught.value.reason


def test_the_address_is_dialled_and_the_name_is_asked_for() -> None:
    def serve(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        said = f"{handler.command} {handler.path} {handler.headers['host'].partition(':')[0]}"
        answer(handler, said.encode() + b" " + body)

    with serving(serve) as port:
        assert fetched(port, "/a?b=c") == b"GET /a?b=c example.org "
        place = place_of(f"http://example.org:{port}/x")
        with exchanged(place, here(), method="POST", body=b"hello", within_s=20) as got:
            assert (got.status, b"".join(got.chunks(most=KIB))) == (200, b"POST /x example.org hello")


def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with serving(lambda handler, body: answer(handler, b"direct")) as port:
        assert fetched(port) == b"direct"


def test_redirects_within_the_host_are_followed_and_others_are_not() -> None:
    def serve(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        places = {
            "/a": "/b",
            "/b": "c",
            "/out": "http://169.254.169.254/latest",
            "/round": "/round",
            "/bad": "http://a b/",
        }
        if handler.path in places:
            answer(handler, b"", status=302, Location=places[handler.path])
        else:
            answer(handler, handler.path.encode())

    with serving(serve) as port:
        assert fetched(port, "/a") == b"/c"
        assert refusal(port, "/out") == "redirected"
        assert refusal(port, "/round") == "redirected"
        assert refusal(port, "/bad") == "bad_address"


def test_too_much_is_refused_said_or_not() -> None:
    def serve(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        if handler.path == "/said":
            answer(handler, bytes(200 * KIB))
            return
        handler.send_response(200)
        handler.end_headers()
        for _ in range(4000):
            handler.wfile.write(bytes(64 * KIB))

    with serving(serve) as port:
        assert refusal(port, "/said") == "too_large"
        assert refusal(port, "/unsaid") == "too_large"


def test_what_is_packed_is_not_unpacked() -> None:
    with serving(
        lambda handler, body: answer(handler, b"\x1f\x8bpacked", **{"Content-Encoding": "gzip"})
    ) as port:
        assert fetched(port) == b"\x1f\x8bpacked"


@pytest.mark.parametrize("where", ["/header", "/body", "/last"])
def test_who_sends_a_byte_now_and_then_is_cut_off(where: str) -> None:
    over = threading.Event()

    def serve(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        if handler.path != "/header":
            handler.send_response(200)
            if handler.path == "/body":
                handler.send_header("Content-Length", "1000")
            else:
                handler.send_header("Connection", "close")
            handler.end_headers()
        while not over.wait(0.02):
            handler.wfile.write(b"H")

    with serving(serve) as port:
        try:
            assert refusal(port, where, within_s=0.5) == "too_slow"
        finally:
            over.set()


def test_what_breaks_off_is_no_answer() -> None:
    def serve(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b"half")

    with serving(serve) as port:
        assert refusal(port) == "unreachable"
    assert refusal(port) == "unreachable"


@pytest.mark.parametrize("status", [204, 206, 404, 500])
def test_only_a_whole_answer_counts(status: int) -> None:
    with serving(lambda handler, body: answer(handler, b"", status=status)) as port:
        assert refusal(port) == "refused"


def test_the_certificate_must_be_for_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = _certificate(tmp_path / "server.pem", "example.org")
    with serving(lambda handler, body: answer(handler, b"sealed"), certificate=certificate) as port:

        def got(host: str) -> bytes:
            to = io.BytesIO()
            fetch(place_of(f"https://{host}:{port}/"), here(), to, most_bytes=KIB, within_s=20)
            return to.getvalue()

        with pytest.raises(OutboundError, match="CERTIFICATE_VERIFY_FAILED"):
            got("example.org")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert got("example.org") == b"sealed"
        with pytest.raises(OutboundError, match="CERTIFICATE_VERIFY_FAILED"):
            got("another.org")


def test_a_name_that_changes_its_address_is_asked_once() -> None:
    answers = iter([("127.0.0.1",), ("10.0.0.1",)])
    gate = Gate(None, private=True, resolve=lambda host, port: next(answers))
    with serving(lambda handler, body: answer(handler, b"first")) as port:
        to = io.BytesIO()
        fetch(place_of(f"http://example.org:{port}/"), gate, to, most_bytes=KIB, within_s=20)
    assert to.getvalue() == b"first"


def _certificate(path: Path, name: str) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path
