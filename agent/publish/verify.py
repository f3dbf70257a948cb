"""Does a published folder prove what it says? Reads nothing but the folder itself, and follows no link.

What binds a text: at receipt the ledger took a salted commitment to its record; at publication it showed
the salt and the record's hash. The record lies beside the text and holds the text's hash, and the page
holds exactly what the renderer makes of the text.
"""

import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent import keys
from agent.publish.edition import FORMAT as MANIFEST_FORMAT
from agent.publish.edition import MANIFEST
from agent.publish.ledger import FORMAT as LEDGER_FORMAT
from agent.publish.ledger import GENESIS
from agent.record import canonical, commitment, sha256
from agent.render import render, renderer

LEDGER = "ledger.jsonl"
LEDGER_PAGE = "ledger.html"
TEXTS = "pieces/"
PROSE = re.compile(r'<div class="prose e-content[^"]*" dir="auto">\n')
"""Where a page holds its piece: its template puts the HTML behind this as it is. No author can write it,
because a sign < of a text arrives as &lt;."""

Present = Mapping[str, Path]
"""The plain files of a folder, by their path in it."""


@dataclass
class Verified:
    """What was looked at, and everything that is wrong with it."""

    files: int = 0
    lines: int = 0
    pieces: int = 0
    invitations: int = 0
    public_key: str = ""
    not_compared: str = ""
    """Why pages were not compared with their texts, in words; empty where they were."""
    problems: list[str] = field(default_factory=list)


def verify(folder: Path, *, public_key: str | None = None) -> Verified:
    """Check the manifest, its signature, every file, the chain, the commitments, and every text with its
    record and its page.

    `public_key` (hex) pins whose signature is expected; without it the folder's own is believed.
    """
    found = Verified()
    present = _present(folder, found)
    manifest = _manifest(present, found)
    if manifest is None:
        return found
    _signature(manifest, found, public_key)
    _files(present, manifest["files"], found)
    events = _chain(present, manifest["ledger"], found)
    made_with = manifest.get("renderer")
    if made_with != renderer():
        found.not_compared = (
            f"The pages could not be compared with their texts: they were made by renderer {made_with or 'unknown'}, "
            f"and this program has renderer {renderer()}."
        )
    try:
        _commitments(events, found)
        _texts(present, events, found)
        _page(present, events, found)
    except (KeyError, ValueError, TypeError, AttributeError):
        found.problems.append(f"{LEDGER}: says something that no outlet says, so the texts cannot be compared with it")
    found.problems = list(dict.fromkeys(found.problems))
    return found


def _present(folder: Path, found: Verified) -> dict[str, Path]:
    """The plain files that are there. Everything else that is no folder is named."""
    present = {}
    for inside, folders, files in os.walk(folder):
        folders.sort()
        for path in sorted(Path(inside) / name for name in (*folders, *files)):
            name = path.relative_to(folder).as_posix()
            if path.is_symlink():
                found.problems.append(f"{name}: is a link, which is no part of a site; it was not followed")
            elif path.is_file():
                present[name] = path
            elif not path.is_dir():
                found.problems.append(f"{name}: is no plain file")
    return present


def _read(present: Present, name: str, found: Verified) -> bytes | None:
    """A file's bytes; None where it cannot be read, which is then named."""
    try:
        return present[name].read_bytes()
    except KeyError:
        found.problems.append(f"{name}: is missing")
    except OSError as error:
        found.problems.append(f"{name}: cannot be read ({error.strerror})")
    return None


def _manifest(present: Present, found: Verified) -> dict[str, Any] | None:
    if (data := _read(present, MANIFEST, found)) is None:
        return None
    try:
        manifest = json.loads(data)
        if manifest["v"] != MANIFEST_FORMAT:
            found.problems.append(f"{MANIFEST}: format {manifest['v']} is not known to this version")
            return None
        _ = manifest["files"].items(), manifest["ledger"]["lines"], manifest["ledger"]["head"]
    except (ValueError, KeyError, TypeError, AttributeError):
        found.problems.append(f"{MANIFEST}: is damaged, so nothing else can be checked")
        return None
    return dict(manifest)


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


def _files(present: Present, listed: dict[str, str], found: Verified) -> None:
    for path, digest in sorted(listed.items()):
        if path not in present:
            found.problems.append(f"{path}: is missing")
            continue
        try:
            with present[path].open("rb") as file:
                same = hashlib.file_digest(file, "sha256").hexdigest() == digest
        except OSError as error:
            found.problems.append(f"{path}: cannot be read ({error.strerror})")
            continue
        if not same:
            found.problems.append(f"{path}: is not the file that was published; at least one byte differs")
        found.files += 1
    for path in sorted(present.keys() - listed.keys() - {MANIFEST}):
        found.problems.append(f"{path}: was never published here")


def _chain(present: Present, head: dict[str, Any], found: Verified) -> list[dict[str, Any]]:
    if (data := _read(present, LEDGER, found)) is None:
        return []
    try:
        # Not splitlines(): a line may hold other signs that end one, in the address of a source.
        lines = data.decode().split("\n")
    except UnicodeDecodeError:
        found.problems.append(f"{LEDGER}: is not UTF-8 text")
        return []
    if lines.pop():
        found.problems.append(f"{LEDGER}: its last line is cut off")
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


def _texts(present: Present, events: list[dict[str, Any]], found: Verified) -> None:
    """Every public text is the one in the ledger, with its record and its page, and no other is there."""
    published = {e["data"]["piece"]: e["data"] for e in events if e["event"] == "published"}
    down = _down(events)
    known = set()
    for piece, data in sorted(published.items(), key=lambda item: str(item[1]["path"])):
        path = data["path"]
        texts = {f"{path}.md", f"{path}.json"}
        known |= {f"{path}.html", *texts}
        if piece in down:
            found.problems += [f"{name}: was taken down and is still there" for name in sorted(texts & present.keys())]
            if f"{path}.html" not in present:
                found.problems.append(f"{path}.html: is missing")
        elif _text(present, data, found):
            found.pieces += 1
    for name in sorted(present.keys() - known):
        if name.startswith(TEXTS):
            found.problems.append(f"{name}: stands in no line of the ledger")


def _text(present: Present, data: dict[str, Any], found: Verified) -> bool:
    """Whether a text is, byte for byte, the one to which its record and the ledger bind it."""
    path, before = data["path"], len(found.problems)
    text, record, page = (_read(present, f"{path}.{kind}", found) for kind in ("md", "json", "html"))
    if text is not None and sha256(text) != data["text_sha256"]:
        found.problems.append(f"{path}.md: is not the text in the ledger")
    if record is not None and sha256(record) != data["record_sha256"]:
        found.problems.append(f"{path}.json: is not the record in the ledger")
    elif record is not None and _text_named_in(record) != data["text_sha256"]:
        found.problems.append(f"{path}.json: is the record of another text than the one in the ledger")
    if text is not None and page is not None and not found.not_compared and not _holds(page, text):
        found.problems.append(f"{path}.html: does not hold the text of {path}.md as it is rendered")
    return len(found.problems) == before


def _text_named_in(record: bytes) -> object:
    try:
        return json.loads(record)["text_sha256"]
    except (ValueError, KeyError, TypeError):
        return None


def _holds(page: bytes, text: bytes) -> bool:
    """Whether a page holds, in the one place for it, exactly what the renderer makes of a text."""
    try:
        html, wanted = page.decode(), f"{render(text.decode()).html}\n</div>\n"
    except UnicodeDecodeError:
        return False
    places = [found.end() for found in PROSE.finditer(html)]
    return len(places) == 1 and html.startswith(wanted, places[0])


def _page(present: Present, events: list[dict[str, Any]], found: Verified) -> None:
    """The ledger page shows each invitation of the ledger, once."""
    if (data := _read(present, LEDGER_PAGE, found)) is None:
        return
    shown = Counter(int(number) for number in re.findall(r'\bid="i-(\d+)"', data.decode(errors="replace")))
    wanted = Counter(int(e["data"]["invitation"]) for e in events if e["event"] == "invited")
    for number in sorted((shown - wanted) | (wanted - shown)):
        found.problems.append(
            f"{LEDGER_PAGE}: shows invitation {number} {shown[number]} times, the ledger {wanted[number]}"
        )
