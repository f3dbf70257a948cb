"""Does a published folder prove what it says? Reads nothing but the folder itself, and follows no link.

What binds a text: at receipt the ledger took a salted commitment to its record; at publication it showed
the salt and the record's hash. The record lies beside the text and holds the text's hash, and the page
holds exactly what the renderer makes of the text.

Of a piece that its author revised, the newest published text stands on its page, and the ones before it lie
beside it. A withdrawal reaches the revisions up to a number: one that was published later stands again.
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
from agent.publish.edition import MANIFEST
from agent.publish.ledger import GENESIS
from agent.publish.prose import amiss
from agent.publish.told import Revised, afterwords, pieces, promise, whole_number
from agent.record import canonical, commitment, sha256
from agent.render import renderer

LEDGER = "ledger.jsonl"
LEDGER_PAGE = "ledger.html"
TEXTS = "pieces/"
MANIFEST_FORMATS = (1, 2)
LEDGER_FORMATS = (1, 2)

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
        if manifest["v"] not in MANIFEST_FORMATS:
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
    previous, newest = GENESIS, LEDGER_FORMATS[0]
    for number, line in enumerate(lines, 1):
        where = f"{LEDGER}, line {number}"
        try:
            event = json.loads(line)
            digest = event.pop("hash")
            whole = canonical(event | {"hash": digest}).decode() == line
            right = whole and sha256(canonical(event)) == digest
            known = event["v"] in LEDGER_FORMATS
            follows = not known or (event["seq"], event["prev"], event["v"] >= newest) == (number, previous, True)
            _ = event["event"], event["key"], event["data"].get("invitation")
        except (ValueError, KeyError, TypeError, AttributeError):
            found.problems.append(f"{where}: is damaged")
            previous = sha256(line.encode())
            continue
        if not right:
            found.problems.append(f"{where}: its hash does not hold")
        if not known:
            found.problems.append(f"{where}: format {event['v']} is not known to this version")
        if not follows:
            found.problems.append(f"{where}: does not follow the line before it; a line was dropped, moved or changed")
        previous, newest = digest, event["v"] if known else newest
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
    for invitation in sorted(outcomes.keys() - invited, key=str):
        found.problems.append(f"{LEDGER}: invitation {invitation} has an outcome and was never made")
    opened: Counter[tuple[Any, int]] = Counter()
    for revision in (revision for revisions in pieces(events).values() for revision in revisions):
        data, work = revision.data, whole_number(revision.data.get("work", 1))
        opened[data.get("invitation"), work] += 1
        if data["salt"] is None:
            if revision.stands:
                found.problems.append(f"{revision.name}: shows no salt, so what was committed to cannot be checked")
            continue
        promised = promise(outcomes.get(data.get("invitation"), {}), work)
        if commitment(bytes.fromhex(data["salt"]), data["record_sha256"]) != promised:
            found.problems.append(f"{revision.name}: is not what was committed to when it was received")
    for (invitation, work), times in opened.items():
        if times > 1:
            found.problems.append(f"{LEDGER}: work {work} of invitation {invitation} was published {times} times")


def _texts(present: Present, events: list[dict[str, Any]], found: Verified) -> None:
    """Every public text is the one in the ledger, with its record and its page, and no other is there."""
    told = pieces(events)
    under = afterwords(told)
    known = set()
    for piece, revisions in sorted(told.items(), key=lambda item: item[1][-1].name):
        newest = revisions[-1]
        page = f"{newest.name}.html"
        known.add(page)
        for revision in revisions:
            files = {f"{revision.name}.md", f"{revision.name}.json"}
            known |= files
            if not revision.stands:
                found.problems += [f"{n}: was taken down and is still there" for n in sorted(files & present.keys())]
        if not newest.stands:
            if page not in present:
                found.problems.append(f"{page}: is missing")
            continue
        before = len(found.problems)
        texts = [_text(present, revision, found) for revision in revisions if revision.stands]
        below = [_read(present, f"{name}.md", found) for name in under.get(piece, [])]
        _shown(present, page, [texts[-1], *below], found)
        found.pieces += len(found.problems) == before
    for name in sorted(present.keys() - known):
        if name.startswith(TEXTS):
            found.problems.append(f"{name}: stands in no line of the ledger")


def _text(present: Present, revision: Revised, found: Verified) -> bytes | None:
    """A text, compared, byte for byte, with the one to which its record and the ledger bind it."""
    data, name = revision.data, revision.name
    text, record = (_read(present, f"{name}.{kind}", found) for kind in ("md", "json"))
    if text is not None and sha256(text) != data["text_sha256"]:
        found.problems.append(f"{name}.md: is not the text in the ledger")
    if record is not None and sha256(record) != data["record_sha256"]:
        found.problems.append(f"{name}.json: is not the record in the ledger")
    elif record is not None:
        said = _said(record)
        if said.get("text_sha256") != data["text_sha256"]:
            found.problems.append(f"{name}.json: is the record of another text than the one in the ledger")
        elif said.get("kind") != data.get("kind", said.get("kind")):
            found.problems.append(f"{name}.json: is the record of another kind of piece than the one in the ledger")
    return text


def _said(record: bytes) -> dict[str, Any]:
    """What a record says; nothing where it is no record."""
    try:
        said = json.loads(record)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _shown(present: Present, page: str, texts: list[bytes | None], found: Verified) -> None:
    """A page holds its text, and under it its afterwords, exactly as they are rendered."""
    html, there = _read(present, page, found), [text for text in texts if text is not None]
    if html is None or found.not_compared or len(there) < len(texts):
        return
    number = amiss(html, there)
    if number == 0:
        found.problems.append(f"{page}: does not hold the text of {page.removesuffix('html')}md as it is rendered")
    elif number is not None:
        found.problems.append(f"{page}: does not hold, under its text, exactly the afterwords in the ledger")


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
