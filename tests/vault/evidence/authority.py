"""A time-stamping authority of our own, by openssl."""

from __future__ import annotations

import subprocess
from pathlib import Path

_SETTINGS = """
[req]
distinguished_name = name
x509_extensions = extensions
prompt = no
[name]
CN = Test authority
[extensions]
extendedKeyUsage = critical, timeStamping
basicConstraints = critical, CA:TRUE
[tsa]
default_tsa = here
[here]
serial = serial
signer_cert = certificate.pem
signer_key = key.pem
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256, sha512
accuracy = secs:1
"""


def stamp(folder: Path, digest: str, *, algorithm: str = "sha256") -> Path:
    """The response for a digest, in the new `folder`, where ``certificate.pem`` is the authority's."""
    folder.mkdir()
    (folder / "settings").write_text(_SETTINGS)
    (folder / "serial").write_text("01\n")
    certify = (
        "req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out certificate.pem -days 30 -config settings"
    )
    ask = f"ts -query -{algorithm} -digest {digest} -cert -out request.tsq"
    answer = "ts -reply -queryfile request.tsq -config settings -section here -out response.tsr"
    for command in (certify, ask, answer):
        subprocess.run(
            ["openssl", *command.split()], cwd=folder, check=True, capture_output=True, timeout=120
        )
    return folder / "response.tsr"
