"""Heads of the ledger: those that the outlet dated and signed, and those that a reader kept. Pure.

A dated head is our signed word that on that day the ledger had so many lines and ended in this hash. A reader who kept
one notices an older edition that is shown again, whole and rightly signed, and a ledger that was written anew.
"""

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent import keys
from agent.errors import Refused
from agent.publish.proof.chain import LEDGER, Chain
from agent.publish.told import whole_number
from agent.record import canonical

PATH = re.compile(r"heads/(\d{4})\.jsonl")
FORMAT = 1
SIGNED = ("v", "at", "lines", "head")
HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Dated:
    """A head that the outlet dated, and where it stands."""

    where: str
    at: datetime
    lines: int
    head: str
    public_key: str


def heads_in(name: str, data: bytes, problems: list[str]) -> Iterator[Dated]:
    """The dated heads of one file, as far as they can be read and their signatures hold."""
    year = name.removeprefix("heads/")[:4]
    lines = data.decode(errors="replace").split("\n")
    if lines.pop():
        problems.append(f"{name}: its last line is cut off")
    for number, line in enumerate(lines, 1):
        where = f"{name}, line {number}"
        try:
            said = json.loads(line)
            if said["v"] != FORMAT:
                problems.append(f"{where}: format {said['v']} is not known to this version")
                continue
            at, body = datetime.fromisoformat(said["at"]), canonical({fact: said[fact] for fact in SIGNED})
            head = Dated(where, at, whole_number(said["lines"]), str(said["head"]), str(said["public_key"]))
            is_whole = canonical(said).decode() == line and at.tzinfo is not None
            is_signed = keys.is_signed(body, signature=str(said["signature"]), public=head.public_key)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            problems.append(f"{where}: is damaged")
            continue
        if not is_whole:
            problems.append(f"{where}: is damaged")
        elif not is_signed:
            problems.append(f"{where}: its signature does not hold")
        else:
            if said["at"][:4] != year:
                problems.append(f"{where}: is of another year")
            yield head


def judge(heads: Collection[Dated], chain: Chain, *, public_key: str, problems: list[str]) -> None:
    """Each head must be the hash of that line of the chain; neither dates nor lines run backwards; one key signed."""
    before: Dated | None = None
    for head in heads:
        if head.public_key != public_key:
            problems.append(f"{head.where}: signed with another key than the one expected ({head.public_key})")
        if head.lines > chain.lines:
            problems.append(f"{head.where}: tells of {head.lines} lines, and the ledger has {chain.lines}")
        elif chain.hashes.get(head.lines) != head.head:
            problems.append(f"{head.where}: is not the hash of line {head.lines} of the ledger")
        if before is not None and head.at < before.at:
            problems.append(f"{head.where}: is dated before the head above it")
        if before is not None and head.lines <= before.lines:
            problems.append(f"{head.where}: tells of no more lines than the head above it")
        before = head


@dataclass(frozen=True)
class Kept:
    """A head that the reader kept. `lines` is None where only its hash is known."""

    head: str
    lines: int | None = None


def kept_heads(words: str) -> list[Kept]:
    """What a reader kept: a hash alone, or a copy of a file in which heads stand (heads/YYYY.jsonl, ledger.jsonl or
    manifest.json). Raises Refused."""
    if HASH.fullmatch(words.strip().lower()):
        return [Kept(words.strip().lower())]
    try:
        found = [_kept(said) for said in _each(words)]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        found = []
    if not found:
        raise Refused(
            reason="The head that you kept cannot be read. It is 64 hex digits, or a file with heads in it: a copy of "
            "heads/YYYY.jsonl, ledger.jsonl or manifest.json."
        )
    return found


def compare(kept: Collection[Kept], chain: Chain, problems: list[str]) -> None:
    """What the reader kept must stand in the chain. Of a whole ledger that was kept, the first line that differs is
    named."""
    counted = sorted((head.lines, head.head) for head in kept if head.lines is not None)
    if counted and counted[-1][0] > chain.lines:
        problems.append(
            f"{LEDGER}: has {chain.lines} lines, and you kept a head of {counted[-1][0]}: an older edition is shown, "
            "or lines were dropped"
        )
    for lines, head in counted:
        if lines <= chain.lines and chain.hashes.get(lines) != head:
            problems.append(f"{LEDGER}: line {lines} is not the one whose hash you kept: it was written anew")
            break
    problems += [
        f"{LEDGER}: the head that you kept, {one.head}, stands nowhere in it: an older edition is shown, "
        "or it was written anew"
        for one in kept
        if one.lines is None and one.head not in chain.numbers
    ]


def _each(words: str) -> Iterator[Any]:
    try:
        yield json.loads(words)
    except ValueError:
        yield from (json.loads(line) for line in words.split("\n") if line.strip())


def _kept(said: Any) -> Kept:
    said = said.get("ledger", said)
    if "hash" in said:
        head, lines = said["hash"], said["seq"]
    else:
        head, lines = said["head"], said["lines"]
    if not HASH.fullmatch(head):
        raise ValueError(head)
    return Kept(head, whole_number(lines))
