"""Does a published folder prove what it says? Reads nothing but the folder itself."""

import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent import keys
from agent.publish.edition import FORMAT as MANIFEST_FORMAT
from agent.publish.edition import MANIFEST
from agent.publish.ledger import FORMAT as LEDGER_FORMAT
from agent.publish.ledger import GENESIS
from agent.record import canonical, commitment, sha256

LEDGER = "ledger.jsonl"
LEDGER_PAGE = "ledger.html"


@dataclass
class Verified:
    """What was looked at, and everything that is wrong with it."""

    files: int = 0
    lines: int = 0
    pieces: int = 0
    invitations: int = 0
    public_key: str = ""
    problems: list[str] = field(default_factory=list)


def verify(folder: Path, *, public_key: str | None = None) -> Verified:
    """Check the manifest, its signature, every file, the chain, the commitments and every text.

    `public_key` (hex) pins whose signature is expected; without it the folder's own is believed.
    """
    found = Verified()
    manifest = _manifest(folder, found)
    if manifest is None:
        return found
    _signature(manifest, found, public_key)
    _files(folder, manifest["files"], found)
    events = _chain(folder, manifest["ledger"], found)
    try:
        _commitments(events, found)
        _texts(folder, events, found)
        _page(folder, events, found)
    except (KeyError, ValueError, TypeError, AttributeError, OSError):
        found.problems.append(f"{LEDGER}: says something that no outlet says, so the texts cannot be compared with it")
    return found


def _manifest(folder: Path, found: Verified) -> dict[str, Any] | None:
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        if manifest["v"] != MANIFEST_FORMAT:
            found.problems.append(f"{MANIFEST}: format {manifest['v']} is not known to this version")
            return None
        _ = manifest["files"].items(), manifest["ledger"]["lines"], manifest["ledger"]["head"]
    except OSError as error:
        found.problems.append(f"{MANIFEST}: cannot be read ({error.strerror})")
    except (ValueError, KeyError, TypeError, AttributeError):
        found.problems.append(f"{MANIFEST}: is damaged, so nothing else can be checked")
    else:
        return dict(manifest)
    return None


def _signature(manifest: dict[str, Any], found: Verified, expected: str | None) -> None:
    found.public_key = str(manifest.get("public_key", ""))
    if expected is not None and found.public_key != expected:
        found.problems.append(f"{MANIFEST}: signed with another key than the one expected")
    body = {name: value for name, value in manifest.items() if name != "signature"}
    try:
        signed = canonical(body)
    except ValueError:  # a number that JSON does not have
        signed = b""
    if not keys.is_signed(signed, signature=str(manifest.get("signature", "")), public=found.public_key):
        found.problems.append(f"{MANIFEST}: the signature does not hold")


def _files(folder: Path, listed: dict[str, str], found: Verified) -> None:
    present = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    for path, digest in sorted(listed.items()):
        if path not in present:
            found.problems.append(f"{path}: is missing")
            continue
        with present[path].open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != digest:
                found.problems.append(f"{path}: is not the file that was published; at least one byte differs")
        found.files += 1
    for path in sorted(present.keys() - listed.keys() - {MANIFEST}):
        found.problems.append(f"{path}: was never published here")


def _chain(folder: Path, head: dict[str, Any], found: Verified) -> list[dict[str, Any]]:
    try:
        # Not splitlines(): a line may hold other signs that end one, in the address of a source.
        lines = (folder / LEDGER).read_bytes().decode().split("\n")[:-1]
    except (OSError, UnicodeDecodeError):
        found.problems.append(f"{LEDGER}: cannot be read")
        return []
    events: list[dict[str, Any]] = []
    previous = GENESIS
    for number, line in enumerate(lines, 1):
        where = f"{LEDGER}, line {number}"
        try:
            event = json.loads(line)
            digest = event.pop("hash")
            whole = canonical(event | {"hash": digest}).decode() == line
            right = whole and sha256(canonical(event)) == digest
            follows = (event["v"], event["seq"], event["prev"]) == (LEDGER_FORMAT, number, previous)
            _ = event["event"], event["key"], event["data"].get("invitation")
        except (ValueError, KeyError, TypeError, AttributeError):
            found.problems.append(f"{where}: is damaged")
            previous = sha256(line.encode())
            continue
        if not right:
            found.problems.append(f"{where}: its hash does not hold")
        if not follows:
            found.problems.append(f"{where}: does not follow the line before it; a line was dropped, moved or changed")
        previous = digest
        events.append(event)
    found.lines = len(lines)
    if (len(lines), previous) != (head["lines"], head["head"]):
        found.problems.append(f"{LEDGER}: ends elsewhere than {MANIFEST} says ({head['lines']} lines)")
    for key, times in Counter(event["key"] for event in events).items():
        if times > 1:
            found.problems.append(f"{LEDGER}: {key} stands there {times} times")
    return events


def _commitments(events: list[dict[str, Any]], found: Verified) -> None:
    """What was committed at receipt must be what was published."""
    outcomes = {e["data"].get("invitation"): e["data"] for e in events if e["event"] == "outcome"}
    invited = {e["data"].get("invitation") for e in events if e["event"] == "invited"}
    found.invitations = len(invited)
    down = _down(events)
    for invitation in sorted(outcomes.keys() - invited, key=str):
        found.problems.append(f"{LEDGER}: invitation {invitation} has an outcome and was never made")
    for event in events:
        data = event["data"]
        if event["event"] != "published" or (data["salt"] is None and data["piece"] in down):
            continue
        if data["salt"] is None:
            found.problems.append(f"{data['path']}: shows no salt, so what was committed to cannot be checked")
            continue
        promised = outcomes.get(data.get("invitation"), {}).get("commitment")
        if commitment(bytes.fromhex(data["salt"]), data["record_sha256"]) != promised:
            found.problems.append(f"{data['path']}: is not what was committed to when it was received")


def _down(events: list[dict[str, Any]]) -> set[int]:
    """The pieces that cannot be read: erased, or under a withdrawal that has not ended."""
    piece_of = {e["data"]["invitation"]: e["data"]["piece"] for e in events if e["event"] == "published"}
    returned = {e["key"].partition(":")[2] for e in events if e["event"] == "returned"}
    down = set()
    for event in events:
        if event["event"] == "withdrawn" and event["key"].partition(":")[2] not in returned:
            down.add(event["data"]["piece"])
        elif event["event"] == "erased" and event["data"]["invitation"] in piece_of:
            down.add(piece_of[event["data"]["invitation"]])
    return down


def _texts(folder: Path, events: list[dict[str, Any]], found: Verified) -> None:
    """Every public text is byte for byte the one in the ledger, and no other text is there."""
    published = {e["data"]["piece"]: e["data"] for e in events if e["event"] == "published"}
    down = _down(events)
    public = {data["path"]: None if piece in down else data["text_sha256"] for piece, data in published.items()}
    for path, digest in sorted(public.items()):
        raw = folder / f"{path}.md"
        if digest is None:
            if raw.exists():
                found.problems.append(f"{path}.md: was taken down and is still there")
        elif not raw.is_file():
            found.problems.append(f"{path}.md: is missing")
        elif sha256(raw.read_bytes()) != digest:
            found.problems.append(f"{path}.md: is not the text in the ledger")
        else:
            found.pieces += 1
        if not (folder / f"{path}.html").is_file():
            found.problems.append(f"{path}.html: is missing")
    known = {f"{path}.md" for path in public}
    for raw in sorted(folder.glob("pieces/*.md")):
        if (name := raw.relative_to(folder).as_posix()) not in known:
            found.problems.append(f"{name}: stands in no line of the ledger")


def _page(folder: Path, events: list[dict[str, Any]], found: Verified) -> None:
    """The ledger page shows each invitation of the ledger, once."""
    try:
        html = (folder / LEDGER_PAGE).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        found.problems.append(f"{LEDGER_PAGE}: cannot be read")
        return
    shown = Counter(int(number) for number in re.findall(r'\bid="i-(\d+)"', html))
    wanted = Counter(int(e["data"]["invitation"]) for e in events if e["event"] == "invited")
    for number in sorted((shown - wanted) | (wanted - shown)):
        found.problems.append(
            f"{LEDGER_PAGE}: shows invitation {number} {shown[number]} times, the ledger {wanted[number]}"
        )
