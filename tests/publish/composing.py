"""A small edition in a folder, composed by hand: no rows, no templates, and made in milliseconds.

Piece 1 was revised and has an afterword (piece 3), piece 2 stands alone, piece 4 was taken down. One text waits, one
was vetoed and its veto upheld, and one author has not finished; the other invitations were declined. There are so many
that the ledger has two pages, and so many lines that it has full parts of LINES each.
"""

import html as entities
import json
from collections import Counter
from pathlib import Path
from typing import Any

from agent import keys
from agent.publish.manifest import FORMAT, MANIFEST
from agent.publish.prose import beneath
from agent.record import Record, commitment, sha256
from agent.render import render, renderer
from agent.tables import Kind
from tests.publish.forging import GENESIS, KEY, Event, chained, dated, put, sign

LINES = 150
INVITATIONS = 205
SALT = bytes(range(16))


def prose(html: str) -> str:
    return f'<div class="prose e-content" dir="auto">\n{html}\n</div>\n'


def page(name: str, *htmls: str) -> str:
    """The page of a piece, with its afterwords."""
    heading = f'<h1 class="title p-name">{entities.escape(name)}</h1>\n' if name else ""
    return f"<article>{heading}{''.join(map(prose, [htmls[0], *map(beneath, htmls[1:])]))}</article>\n"


class Composed:
    """The events so far."""

    def __init__(self, site: Path) -> None:
        self.site = site
        self.events: list[Event] = []
        self.invitations = 0
        self._numbers: Counter[str] = Counter()

    def add(self, word: str, data: dict[str, Any]) -> None:
        self._numbers[word] += 1
        event = {"v": 2, "at": "2026-11-02T12:00:00Z", "event": word, "key": f"{word}:{self._numbers[word]}"}
        self.events.append(event | {"data": data})

    def invite(self) -> int:
        self.invitations += 1
        self.add("invited", {"invitation": self.invitations, "author": "opus", "model_id": "claude-3-opus-20240229"})
        return self.invitations

    def end(self, outcome: str, *records: Record) -> int:
        """Invite, and hold the sitting."""
        invitation = self.invite()
        promises = [commitment(SALT, sha256(record.bytes)) for record in records]
        data = {"invitation": invitation, "outcome": outcome, "works": len(records), "commitments": promises}
        self.add("outcome", data)
        return invitation

    def verdict(self, invitation: int, verdict: str) -> None:
        self.add("verdict", {"invitation": invitation, "work": 1, "verdict": verdict, "by": "staff"})

    def publish(
        self, text: str, *, piece: int, number: int = 1, title: str = "", name: str = "", about: int | None = None
    ) -> None:
        """Invite, hold the sitting, publish what it brought, and put its files where `name` says."""
        kind = Kind.ESSAY if about is None else Kind.POSTSCRIPT
        record = Record(text_sha256=sha256(text.encode()), kind=kind, title=title)
        invitation = self.end("submitted", record)
        self.verdict(invitation, "publish")
        data = {"invitation": invitation, "work": 1, "piece": piece, "kind": kind.value, "revision": number}
        data |= {"path": f"pieces/{piece}", "text_sha256": record.text_sha256, "salt": SALT.hex()}
        data |= {"record_sha256": sha256(record.bytes)} | ({} if about is None else {"about": about})
        self.add("published", data)
        if name:
            put(self.site, f"{name}.md", text)
            put(self.site, f"{name}.json", record.bytes)


RAIN, LESS, SUN, LATER = (
    "It rained.\n",
    "It rained *less*.\n",
    "# Sun & Co\n\nIt shone.\r\n",
    "# Later\n\nIt stopped.\n",
)


def compose(site: Path) -> Path:
    """Write the edition, and return its folder."""
    made = Composed(site)
    made.publish(RAIN, piece=1, title="Rain & <shine>", name="pieces/1.r1")
    made.publish(LESS, piece=1, number=2, title="Rain & <shine>", name="pieces/1")
    made.publish(SUN, piece=2, title="Sun & Co", name="pieces/2")
    made.publish(LATER, piece=3, about=1, name="pieces/3")
    made.publish("It hailed.\n", piece=4)
    made.add("withdrawn", {"invitation": 5, "work": 1, "piece": 4, "upto": 1, "by": "author"})
    made.end("submitted", Record(text_sha256=sha256(b"It waits.\n"), kind=Kind.ESSAY))
    vetoed = made.end("submitted", Record(text_sha256=sha256(b"It snowed.\n"), kind=Kind.ESSAY))
    made.verdict(vetoed, "veto")
    made.verdict(vetoed, "veto")
    made.add("appealed", {"invitation": vetoed, "work": 1})
    made.add("ruled", {"invitation": vetoed, "work": 1, "veto": "upheld", "by": "staff"})
    made.invite()
    while made.invitations < INVITATIONS:
        made.end("declined")
    put(site, "pieces/1.html", page("Rain & <shine>", render(LESS).html, render(LATER).html))
    put(site, "pieces/2.html", page("", render(SUN).html))
    put(site, "pieces/3.html", page("Later", render(LATER).html))
    put(site, "pieces/4.html", "<article><h1>Taken down</h1></article>\n")
    put(site, "index.html", '<a href="pieces/1.html">Rain</a>\n')
    put(site, "assets/style.css", "body { color: black }\n")
    totals = {"published": 4, "withdrawn": 1, "waiting for review": 1, "vetoed": 1, "in progress": 1}
    totals["declined"] = INVITATIONS - sum(totals.values())
    told = "".join(f'<li><strong data-state="{state}">{n:,} {state}</strong></li>\n' for state, n in totals.items())
    put(site, "ledger.html", f"<ul>{told}</ul>\n")
    rows = [f'<tr id="i-{number}"><td>{number}</td></tr>\n' for number in range(1, INVITATIONS + 1)]
    put(site, "ledger/1.html", "".join(rows[:200]))
    put(site, "ledger/2.html", "".join(rows[200:]))
    _write_ledger(site, made.events)
    return site


def _write_ledger(site: Path, events: list[Event]) -> None:
    """Write the ledger's files, dated heads that fit them, and the manifest over everything."""
    lines = chained(events)
    heads = [GENESIS, *(json.loads(line)["hash"] for line in lines)]
    full = len(lines) // LINES
    for number in range(full):
        put(site, f"ledger/{number + 1:05}.jsonl", "".join(lines[number * LINES : (number + 1) * LINES]))
    put(site, "ledger.jsonl", "".join(lines[full * LINES :]))
    put(site, "heads/2025.jsonl", dated(1, heads[1], "2025-12-31T23:00:00Z"))
    later = dated(len(lines), heads[-1], "2026-11-03T08:00:00Z")
    put(site, "heads/2026.jsonl", dated(12, heads[12], "2026-01-01T00:00:00Z") + later)
    put(site, "key.txt", keys.public_hex(KEY) + "\n")
    put(site, MANIFEST, "{}")
    sign(site, v=FORMAT, ledger={"lines": len(lines), "head": heads[-1]}, renderer=renderer())
