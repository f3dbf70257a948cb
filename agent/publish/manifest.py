"""The signed list of every file of an edition, in parts, so that one more piece changes few of them. Pure.

manifest.json holds the hash of each part and of the few files that stand in none, with the ledger's head, signed. The
same files give the same bytes: there is no date in it.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zlib import crc32

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.record import canonical
from agent.tables import Head

MANIFEST = "manifest.json"
FOLDER = "manifest/"
FORMAT = 3
PIECES = 250
"""So many pieces a part has."""
BUCKETS = 16
BY_NUMBER = re.compile(r"(pieces|cards|series|ledger|sitemaps)/0*(\d+)[./]")
BY_NAME = re.compile(r"(tags|authors|archive|search)/([^/.]+)")


def part_of(path: str) -> str:
    """The part in which a file stands; empty for one that stands in manifest.json itself."""
    if (match := BY_NUMBER.match(path)) is not None:
        return f"{match[1]}-{(int(match[2]) - 1) // PIECES + 1}"
    if (match := BY_NAME.match(path)) is not None:
        kind, name = match.groups()
        return f"search-{name}" if kind == "search" else f"{kind}-{crc32(name.encode()) % BUCKETS + 1}"
    return "assets" if path.startswith("assets/") else ""


def file_of(part: str) -> str:
    """Where a part lies."""
    return f"{FOLDER}{part}.json"


def part(files: Mapping[str, str]) -> bytes:
    """One part: path -> SHA-256 (hex) of its files."""
    return canonical({"files": dict(files)}) + b"\n"


def manifest(
    files: Mapping[str, str],
    parts: Mapping[str, str],
    *,
    ledger: tuple[int, str],
    renderer: str,
    key: Ed25519PrivateKey,
    public_key: str,
) -> bytes:
    """manifest.json: the hashes of the files that stand in no part, and of the parts; how many lines the ledger has,
    and its head."""
    body: dict[str, Any] = {
        "v": FORMAT,
        "files": dict(files),
        "parts": dict(parts),
        "ledger": {"lines": ledger[0], "head": ledger[1]},
        "renderer": renderer,
        "public_key": public_key,
    }
    signed = body | {"signature": key.sign(canonical(body)).hex()}
    return (json.dumps(signed, indent=1, sort_keys=True) + "\n").encode()


def signed_head(lines: int, head: str, at: datetime, key: Ed25519PrivateKey) -> str:
    """The signature (hex) of a dated head."""
    return key.sign(canonical(_dated(lines, head, at))).hex()


def head_line(row: Head) -> bytes:
    """A dated head as it is published: one line of canonical JSON."""
    said = _dated(row.lines, row.head, row.at) | {"public_key": row.public_key, "signature": row.signature}
    return canonical(said) + b"\n"


def _dated(lines: int, head: str, at: datetime) -> dict[str, Any]:
    return {
        "v": 1,
        "at": at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "lines": lines,
        "head": head,
    }
