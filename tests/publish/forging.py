"""Tampering with an edition in a folder, as a stranger could, and as somebody could who holds the key."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent import keys
from agent.publish.manifest import MANIFEST, file_of, part, part_of
from agent.publish.verify import verify
from agent.record import canonical, sha256

KEY = Ed25519PrivateKey.generate()
OTHER = Ed25519PrivateKey.generate()
GENESIS = "0" * 64

Event = dict[str, Any]


def problems(site: Path) -> str:
    return "\n".join(verify(site).problems)


# Files


def put(site: Path, path: str, data: bytes | str) -> None:
    (site / path).parent.mkdir(parents=True, exist_ok=True)
    (site / path).write_bytes(data if isinstance(data, bytes) else data.encode())


def flip(site: Path, path: str, at: int | None = None) -> None:
    """Change one bit of a file; an empty one gets one."""
    data = bytearray((site / path).read_bytes() or b"\0")
    data[len(data) // 2 if at is None else at] ^= 1
    (site / path).write_bytes(bytes(data))


def swap(site: Path, one: str, other: str) -> None:
    first, second = (site / one).read_bytes(), (site / other).read_bytes()
    (site / one).write_bytes(second)
    (site / other).write_bytes(first)


def replace(site: Path, path: str, there: str, instead: str) -> None:
    """Put other words in the place of words that stand once in a file."""
    data = (site / path).read_bytes()
    assert data.count(there.encode()) == 1, f"{there} stands {data.count(there.encode())} times in {path}"
    (site / path).write_bytes(data.replace(there.encode(), instead.encode()))


def relined(site: Path, path: str, change: Callable[[list[bytes]], list[bytes]]) -> None:
    """Give a file of the ledger other lines."""
    lines = [line + b"\n" for line in (site / path).read_bytes().split(b"\n")[:-1]]
    (site / path).write_bytes(b"".join(change(lines)))


# The ledger


def lines_of(site: Path, name: str = "ledger.jsonl") -> list[Event]:
    """What one file of the ledger says."""
    return [json.loads(line) for line in (site / name).read_bytes().decode().split("\n")[:-1]]


def files_of_ledger(site: Path) -> list[str]:
    return [*sorted(f"ledger/{path.name}" for path in site.glob("ledger/*.jsonl")), "ledger.jsonl"]


def first(events: list[Event], word: str, number: int = 0) -> Event:
    """The first line of this word, or that of a number."""
    return next(e for e in events if e["event"] == word and (not number or e["key"] == f"{word}:{number}"))


def chained(events: Iterable[Event]) -> list[str]:
    """The lines of these events, each with its place, the hash of the line before it and its own."""
    previous, lines = GENESIS, []
    for number, event in enumerate(events, 1):
        body = {name: value for name, value in event.items() if name != "hash"} | {"seq": number, "prev": previous}
        previous = sha256(canonical(body))
        lines.append(canonical(body | {"hash": previous}).decode() + "\n")
    return lines


def dated(lines: int, head: str, at: str, key: Ed25519PrivateKey = KEY) -> str:
    """The line of a dated head."""
    body = {"v": 1, "at": at, "lines": lines, "head": head}
    signature = {"public_key": keys.public_hex(key), "signature": key.sign(canonical(body)).hex()}
    return canonical(body | signature).decode() + "\n"


def forge(site: Path, change: Callable[[list[Event]], object], key: Ed25519PrivateKey = KEY) -> None:
    """Change the ledger as someone who holds a key could: every hash made anew, every head and the manifest signed."""
    files = files_of_ledger(site)
    sizes = [len(lines_of(site, name)) for name in files]
    events = [event for name in files for event in lines_of(site, name)]
    change(events)
    lines = chained(events)
    heads = [GENESIS, *(json.loads(line)["hash"] for line in lines)]
    for name, size in zip(files, [*sizes[:-1], len(lines)], strict=True):
        put(site, name, "".join(lines[:size]))
        del lines[:size]
    for file in site.glob("heads/*.jsonl"):
        told = [(min(head["lines"], len(events)), head["at"]) for head in lines_of(site, f"heads/{file.name}")]
        put(site, f"heads/{file.name}", "".join(dated(number, heads[number], at, key) for number, at in told))
    sign(site, key, ledger={"lines": len(events), "head": heads[-1]})


def end_of(site: Path) -> tuple[int, str]:
    """Where the ledger ends, by the manifest."""
    ledger = json.loads((site / MANIFEST).read_bytes())["ledger"]
    return ledger["lines"], ledger["head"]


# The manifest


def sign(site: Path, key: Ed25519PrivateKey = KEY, **changes: Any) -> None:
    """Make a manifest that fits the files as they now are, in parts if it was."""
    body = json.loads((site / MANIFEST).read_bytes()) | {"public_key": keys.public_hex(key)} | changes
    in_parts = body["v"] >= 3
    parts: dict[str, dict[str, str]] = {"": {}}
    for file in sorted(file for file in site.rglob("*") if file.is_file()):
        path = file.relative_to(site).as_posix()
        if path != MANIFEST and not (in_parts and path.startswith("manifest/")):
            parts.setdefault(part_of(path) if in_parts else "", {})[path] = sha256(file.read_bytes())
    body["files"] = parts.pop("")
    if in_parts:
        for old in site.glob("manifest/*.json"):
            old.unlink()
        for name, files in parts.items():
            put(site, file_of(name), part(files))
        body["parts"] = {file_of(name): sha256(part(files)) for name, files in parts.items()}
    body.pop("signature", None)
    put(site, MANIFEST, json.dumps(body | {"signature": key.sign(canonical(body)).hex()}))
