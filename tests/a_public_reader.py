"""Reads a public folder over and over, as a web server's visitors would, and says what it found wrong there.

It knows nothing of the outlet: it looks at files, and at a list of words (a JSON file that is replaced whole) that may
stand in none of them now. It reads until its standard input is closed; then it prints what it saw, in one line.
"""

import gzip
import hashlib
import io
import json
import os
import random
import re
import select
import sys
import time
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from urllib.parse import unquote, urlsplit

import lxml.etree
import lxml.html

MARK = re.compile(rb"zk[a-y]{8}zk")
"""The words that are looked for: one for each text, with its title."""
GENESIS = "0" * 64
AGAIN = 20
"""So often a page may be replaced while it is looked at."""
PER_LEDGER = 25
"""So many files are read for each time that the ledger is."""
GOING_SECONDS = 0.3
SHOWN = 20
"""So many faults are told."""
OF_A_PIECE = re.compile(r"pieces/\d+(\.r\d+)?\.(md|json)")


class Reader:
    """`counts` and `faults` are what came of it."""

    def __init__(self, folder: Path, words: Path, address: str, dice: random.Random) -> None:
        self.folder, self.words, self.address, self.dice = folder, words, address, dice
        self.counts: Counter[str] = Counter()
        self.faults: list[str] = []
        self.lines: list[dict] = []
        """Every line of the ledger that was ever seen."""
        self.promised: set[str] = set()
        """The SHA-256 of each text and record that those lines tell of."""
        self.seen: dict[str, str] = {}
        """The SHA-256 of each text and record that lay there -> where."""
        self._stamp: tuple[int, int] | None = None
        self._forbidden: frozenset[bytes] = frozenset()

    def once(self) -> None:
        """Read every file that is there, in any order."""
        paths = [
            Path(folder, name).relative_to(self.folder).as_posix()
            for folder, _, names in os.walk(self.folder)
            for name in names
        ]
        self.dice.shuffle(paths)
        for number, path in enumerate(paths):
            if number % PER_LEDGER == 0:
                self.ledger()
            self.file(path)
            if is_over():
                return
        self.counts["rounds"] += 1

    def wrong(self, what: str) -> None:
        """Keep a fault."""
        self.counts["faults"] += 1
        if len(self.faults) < SHOWN and not any(fault.endswith(what) for fault in self.faults):
            self.faults.append(f"{time.monotonic():.2f} {what}")

    def forbidden(self) -> frozenset[bytes]:
        """The words that may stand nowhere now."""
        found = self.words.stat()
        if self._stamp != (found.st_ino, found.st_mtime_ns):
            self._forbidden = frozenset(word.encode() for word in json.loads(self.words.read_bytes()))
            self._stamp = (found.st_ino, found.st_mtime_ns)
        return self._forbidden

    def read(self, path: str) -> tuple[bytes, int] | None:
        """A file's bytes, and which file it was."""
        try:
            with (self.folder / path).open("rb") as file:
                return file.read(), os.fstat(file.fileno()).st_ino
        except (FileNotFoundError, NotADirectoryError):
            return None

    def file(self, path: str) -> None:
        """Read one file and look at it."""
        before = self.forbidden()
        if (found := self.read(path)) is None:
            return
        data, which = found
        self.counts["files"] += 1
        half = path.endswith(".part")
        if not half:
            try:
                self._is_whole(path, data)
            except Exception as torn:  # Whatever reads it, it cannot.
                self.wrong(f"{path}: is torn: {torn!r}, of {len(data)} bytes")
        # A word that is free to stand by now may have come between.
        if shown := {word for part in inside(path, data) for word in MARK.findall(part)} & before & self.forbidden():
            self.wrong(f"{path}: holds {sorted(shown)[:3]}, which may stand nowhere")
        if path.endswith(".html"):
            self._links(path, data, which)

    def _is_whole(self, path: str, data: bytes) -> None:
        kind = path.rpartition(".")[2]
        if kind == "html":
            self.counts["pages"] += 1
            assert data.lstrip()[:15].lower() == b"<!doctype html>", "no doctype"
            assert data.rstrip().endswith(b"</html>"), "no end"
            assert lxml.html.document_fromstring(data).find("body") is not None, "no body"
        elif kind in ("atom", "xml"):
            lxml.etree.fromstring(data)
        elif kind == "jsonl":
            assert data.endswith(b"\n") or not data, "no end of a line"
            [json.loads(line) for line in data.splitlines()]
        elif kind == "json" and not OF_A_PIECE.fullmatch(path):
            json.loads(data)
        elif kind == "png":
            assert data.startswith(b"\x89PNG\r\n"), "no PNG"
            assert data.endswith(b"IEND\xaeB`\x82"), "no end"
        if OF_A_PIECE.fullmatch(path):
            self.counts["texts and records"] += 1
            self.seen.setdefault(hashlib.sha256(data).hexdigest(), path)

    def _links(self, path: str, data: bytes, which: int) -> None:
        """Every link leads to a file, as long as the page that has it lies there."""
        for _ in range(AGAIN):
            dead = [link for link in self._targets(path, data) if not (self.folder / link).is_file()]
            if not dead:
                return
            if (found := self.read(path)) is None:
                return
            if found[1] == which:
                if self._goes(path):
                    self.counts["pages on their way out"] += 1
                else:
                    self.wrong(f"{path}: leads to {dead[:3]}, which is not there")
                return
            data, which = found
        self.wrong(f"{path}: was another each of {AGAIN} times")

    def _goes(self, path: str) -> bool:
        """Whether a page is gone in a moment: those that go together lead to each other."""
        until = time.monotonic() + GOING_SECONDS
        while time.monotonic() < until:
            if not (self.folder / path).exists():
                return True
        return False

    def _targets(self, path: str, data: bytes) -> Iterator[str]:
        for link in lxml.html.document_fromstring(data).xpath("//@href | //@src"):
            parts = urlsplit(link)
            if link.startswith(self.address):
                target = unquote(parts.path).lstrip("/")
            elif parts.scheme or parts.netloc or not parts.path:
                continue
            else:
                target = os.path.normpath(os.path.join("/", os.path.dirname(path), unquote(parts.path)))[1:]
            self.counts["links"] += 1
            yield target if target and not target.endswith("/") else f"{target}index.html"

    def ledger(self) -> None:
        """The chain is whole, and goes on from what was seen of it before."""
        signed, dated = self.read("manifest.json"), self._dated()
        if (found := self.read("ledger.jsonl")) is None:
            self.wrong("ledger.jsonl: is not there")
            return
        self.counts["ledgers"] += 1
        rest = [json.loads(line) for line in found[0].splitlines()]
        full: list[dict] = []
        # What is in a full part left the newest lines after that part was there.
        for number in count(1):
            if rest and rest[0]["seq"] <= len(full) + 1:
                break
            if (part := self.read(f"ledger/{number:05}.jsonl")) is None:
                break
            full += [json.loads(line) for line in part[0].splitlines()]
            self.counts["full parts of the ledger"] += 1
        lines = full + rest
        if lines[: len(self.lines)] != self.lines:
            self.wrong(f"the ledger has {len(lines)} lines, and not all {len(self.lines)} that it had")
            return
        last = self.lines[-1]["hash"] if self.lines else GENESIS
        for number, line in enumerate(lines[len(self.lines) :], len(self.lines) + 1):
            body = {name: value for name, value in line.items() if name != "hash"}
            written = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
            if (line["seq"], line["prev"], line["hash"]) != (number, last, hashlib.sha256(written).hexdigest()):
                self.wrong(f"line {number} of the ledger does not follow from the one before")
                return
            last = line["hash"]
            self.promised |= {line["data"].get("text_sha256"), line["data"].get("record_sha256")}
        self.counts["heads"] += len(lines) > len(self.lines)
        self.lines = lines
        if signed is not None:
            dated.append(json.loads(signed[0])["ledger"])
        for head in dated:
            if head["lines"] and [line["hash"] for line in lines[head["lines"] - 1 : head["lines"]]] != [head["head"]]:
                self.wrong(f"a head of {head['lines']} lines was signed that the ledger does not hold")

    def _dated(self) -> list[dict]:
        found = [self.read(f"heads/{path.name}") for path in sorted(self.folder.glob("heads/*.jsonl"))]
        return [json.loads(line) for data in found if data for line in data[0].splitlines()]

    def end(self) -> None:
        """Look once more at everything, now that nobody writes."""
        self.ledger()
        for digest in sorted(self.seen.keys() - self.promised):
            self.wrong(f"{self.seen[digest]}: lay there with bytes that the ledger knows nothing of")
        self.counts["different texts and records"] = len(self.seen)


def inside(path: str, data: bytes) -> Iterator[bytes]:
    """What a file says, unpacked. Of a ZIP that is half written, what can be read."""
    yield data
    if ".pf_" in path:
        yield gzip.decompress(data)
    elif data.startswith(b"PK\x03\x04"):
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as packed:
                yield from (packed.read(name) for name in packed.namelist())
        except zipfile.BadZipFile:
            assert path.endswith(".part"), "a torn ZIP"
            for start in re.finditer(rb"PK\x03\x04", data):
                names = int.from_bytes(data[start.end() + 22 : start.end() + 24], "little")
                more = int.from_bytes(data[start.end() + 24 : start.end() + 26], "little")
                try:
                    yield zlib.decompressobj(-15).decompress(data[start.end() + 26 + names + more :])
                except zlib.error:
                    continue


def is_over() -> bool:
    """Whether standard input is closed."""
    return bool(select.select([sys.stdin], [], [], 0)[0])


def main() -> None:
    """Read until standard input is closed."""
    folder, words, address, seed = sys.argv[1:]
    reader = Reader(Path(folder), Path(words), address, random.Random(seed))
    while not is_over():
        reader.once()
    reader.end()
    print(json.dumps({"counts": reader.counts, "faults": reader.faults}))  # noqa: T201


if __name__ == "__main__":
    main()
