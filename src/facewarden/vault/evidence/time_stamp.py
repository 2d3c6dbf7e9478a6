"""Time stamps by RFC 3161: whether one is for this file. Who issued it, and whether to trust him, openssl can say."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from facewarden.errors import UsageError

_SHA256 = "2.16.840.1.101.3.4.2.1"
_MOST_BYTES = 1 << 20


def read_time_stamp(path: Path, sha256: str) -> tuple[bytes, dt.datetime]:
    """The response of a time-stamping authority in the file `path`, and the time that it states.

    Its signature is not checked: that needs the authority's certificate, which the verifier chooses.

    Args:
        sha256: of the file that was stamped.

    Raises:
        UsageError: it cannot be read, was not granted, or is for something else.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"The time stamp {path} cannot be read: {error.strerror or error}.") from error
    import rfc3161_client

    try:
        if len(data) > _MOST_BYTES:
            raise ValueError("it is too long")
        response = rfc3161_client.decode_timestamp_response(data)
        granted = response.status in (0, 1)
        info = response.tst_info if granted else None
    except ValueError as error:
        raise UsageError(
            f"{path} is no response of a time-stamping authority (RFC 3161, usually .tsr). Make the request with: "
            f"openssl ts -query -sha256 -digest {sha256} -cert -out request.tsq"
        ) from error
    if info is None:
        raise UsageError(f"The time-stamping authority did not grant what {path} answers. Ask again.")
    imprint = info.message_imprint
    if imprint.hash_algorithm.dotted_string != _SHA256 or imprint.message.hex() != sha256:
        raise UsageError(f"The time stamp {path} is not for this file, whose SHA-256 is {sha256}.")
    return data, info.gen_time
