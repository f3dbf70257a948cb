"""Tampering with a built site, as a stranger could, and as somebody could who holds the key."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent import keys
from agent.publish.verify import verify
from agent.record import canonical, sha256

KEY = Ed25519PrivateKey.generate()


def lines_of(site: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (site / "ledger.jsonl").read_bytes().decode().split("\n")[:-1]]


def forge(site: Path, change: Callable[[list[dict[str, Any]]], object], key: Ed25519PrivateKey = KEY) -> None:
    """Change the ledger as someone who holds a key could: every hash made anew, and the manifest signed."""
    events = lines_of(site)
    change(events)
    previous, text = "0" * 64, ""
    for number, event in enumerate(events, 1):
        event |= {"seq": number, "prev": previous}
        event.pop("hash", None)
        previous = sha256(canonical(event))
        text += canonical(event | {"hash": previous}).decode() + "\n"
    (site / "ledger.jsonl").write_bytes(text.encode())
    sign(site, key, ledger={"lines": len(events), "head": previous})


def sign(site: Path, key: Ed25519PrivateKey = KEY, **changes: Any) -> None:
    """Make a manifest that fits the files as they now are."""
    listed = {p.relative_to(site).as_posix(): sha256(p.read_bytes()) for p in site.rglob("*") if p.is_file()}
    listed.pop("manifest.json")
    body = json.loads((site / "manifest.json").read_bytes()) | {"files": listed, "public_key": keys.public_hex(key)}
    body |= changes
    del body["signature"]
    body["signature"] = key.sign(canonical(body)).hex()
    (site / "manifest.json").write_text(json.dumps(body))


def problems(site: Path) -> str:
    return "\n".join(verify(site).problems)


def first(events: list[dict[str, Any]], word: str) -> dict[str, Any]:
    return next(event for event in events if event["event"] == word)
