"""Reads content credentials (C2PA) with the official library. Runs in the confined process only.

Nothing is fetched: neither a manifest that lies elsewhere nor the state of a certificate.
"""

from __future__ import annotations

import json
from typing import Any, BinaryIO

import c2pa

_MAX_TEXT = 200
_MAX_ITEMS = 20


def read_c2pa(file: BinaryIO, args: dict[str, Any]) -> dict[str, Any]:
    """Return what the manifest of an opened file says, cut to what a report needs.

    Args:
        file: the file, at its start.
        args: ``mime`` of the file, ``anchors`` (trusted root certificates in PEM, or None).

    Returns:
        ``state`` (``Trusted``, ``Valid``, ``Invalid`` or None where there is no manifest), ``elsewhere``
        (True where the file only names an address of its manifest), ``signer``, ``claim_generator``,
        ``source_types`` of the file itself, ``ingredient_source_types``, ``problems`` (codes of the library).
    """
    try:
        with (
            c2pa.Context.from_dict(_settings(args["anchors"])) as context,
            c2pa.Reader(args["mime"], file, context=context) as reader,
        ):
            return _extract(json.loads(reader.json()))
    except c2pa.C2paError.ManifestNotFound:
        return {"state": None}
    except c2pa.C2paError as error:
        # The library has no type of its own for "it lies elsewhere and I may not fetch it".
        if str(error).startswith("Remote"):
            return {"state": None, "elsewhere": True}
        raise


def _settings(anchors: str | None) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_trust": True},
        "core": {"allowed_network_hosts": []},
    }
    if anchors is not None:
        settings["trust"] = {"trust_anchors": anchors}
    return settings


def _extract(store: dict[str, Any]) -> dict[str, Any]:
    manifests = store.get("manifests") or {}
    active_label = store.get("active_manifest")
    active = manifests.get(active_label) or {}
    others = [manifest for label, manifest in manifests.items() if label != active_label]
    return {
        "state": store.get("validation_state"),
        "signer": _signer(active.get("signature_info") or {}),
        "claim_generator": _generator(active),
        "source_types": _source_types([active]),
        "ingredient_source_types": _source_types(others),
        "problems": [_text(status.get("code")) for status in (store.get("validation_status") or [])][
            :_MAX_ITEMS
        ],
    }


def _signer(signature: dict[str, Any]) -> str:
    names = [_text(signature.get(key)) for key in ("common_name", "issuer")]
    return ", ".join(dict.fromkeys(name for name in names if name))


def _generator(manifest: dict[str, Any]) -> str:
    for info in manifest.get("claim_generator_info") or []:
        return _text(f"{info.get('name', '')} {info.get('version', '')}")
    return _text(manifest.get("claim_generator"))


def _source_types(manifests: list[dict[str, Any]]) -> list[str]:
    """Every ``digitalSourceType`` of actions and metadata, its last path segment, without repetition."""
    found: dict[str, None] = {}
    pending: list[Any] = [manifest.get("assertions") for manifest in manifests]
    while pending and len(found) < _MAX_ITEMS:
        node = pending.pop()
        if isinstance(node, list):
            pending += node
        elif isinstance(node, dict):
            pending += node.values()
            for key, value in node.items():
                if key.lower().endswith("digitalsourcetype") and isinstance(value, str):
                    found[_text(value.rstrip("/").rpartition("/")[2])] = None
    return list(found)


def _text(value: Any) -> str:
    text = "" if value is None else str(value)[: 4 * _MAX_TEXT]
    return "".join(each for each in text if each.isprintable()).strip()[:_MAX_TEXT]
