"""The signed mark: content credentials that declare the file a forgery of the lab.

The signing key lives in memory only and is made anew in every process. Nobody can or should trust it: the
credentials are there to declare, and to show that the file was not changed since.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cache
from typing import Any, BinaryIO

import c2pa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from facewarden import __version__
from facewarden.cues.provenance import LAB_GENERATOR

ORGANIZATION = "Facewarden lab (test forgeries, not trusted)"
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"

_SETTINGS: Mapping[str, Any] = {
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
    "core": {"allowed_network_hosts": []},
    # No small copy of the picture inside: it would be one more picture of a person, without a banner's size.
    "builder": {"thumbnail": {"enabled": False}},
}
_MANIFEST: Mapping[str, Any] = {
    "claim_generator_info": [{"name": LAB_GENERATOR, "version": __version__}],
    "title": "LAB FORGERY — NOT REAL",
    "assertions": [
        {
            "label": "c2pa.actions.v2",
            "data": {
                "actions": [
                    {"action": "c2pa.created", "digitalSourceType": SOURCE_TYPE},
                    {
                        "action": "c2pa.edited",
                        "digitalSourceType": SOURCE_TYPE,
                        "description": "A face was replaced in a lab to test detectors.",
                    },
                ]
            },
        }
    ],
}


def sign(source: BinaryIO, target: BinaryIO, *, mime: str) -> None:
    """Copy the media file `source` to `target` (open for reading and writing) with signed credentials.

    Args:
        mime: ``image/jpeg``, ``image/png`` or ``video/mp4``.
    """
    certificates, key = _identity()
    info = c2pa.C2paSignerInfo(alg=b"es256", sign_cert=certificates, private_key=key, ta_url=None)
    with (
        c2pa.Context.from_dict(dict(_SETTINGS)) as context,
        c2pa.Signer.from_info(info) as signer,
        c2pa.Builder(dict(_MANIFEST), context) as builder,
    ):
        builder.sign(signer, mime, source, target)


@cache
def _identity() -> tuple[bytes, bytes]:
    """Return (certificate chain, private key), both PEM: a leaf and the root that vouches for it alone."""
    root_key, leaf_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root_name, leaf_name = _name("root"), _name("signer")
    root = (
        _certificate(root_name, root_name, root_key.public_key(), root_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    leaf = (
        _certificate(leaf_name, root_name, leaf_key.public_key(), root_key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        # C2PA demands one of a few purposes; this is the only common one among them.
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    chain = b"".join(each.public_bytes(serialization.Encoding.PEM) for each in (leaf, root))
    key = leaf_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return chain, key


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANIZATION),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Facewarden lab {common}"),
        ]
    )


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    issuer_key: ec.EllipticCurvePublicKey,
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=3650))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
