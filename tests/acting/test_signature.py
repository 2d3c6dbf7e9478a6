"""Signatures of Standard Webhooks."""

from __future__ import annotations

import pytest

from facewarden.acting.signature import secret_of, signature_headers
from facewarden.errors import UsageError


def test_the_example_that_other_libraries_check() -> None:
    headers = signature_headers(
        secret_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n"),
        message="msg_p5jXN8AQM9LWM0D4loKWxJek",
        time_s=1614265330,
        body=b'{"test": 2432232314}',
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@pytest.mark.parametrize(
    "text", ["", "whsec_", "whsec_c2hvcnQ=", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_%%%%"]
)
def test_what_is_no_secret(text: str) -> None:
    with pytest.raises(UsageError, match="openssl rand"):
        secret_of(text)
