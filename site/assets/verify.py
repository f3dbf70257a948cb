"""Check this publication yourself: python verify.py https://its.address/ (or the folder of a copy of it)

The ledger has a line for everything that happened, and each line holds the hash of the line before it: none can be
changed, dropped or moved unseen. When a text arrives, a line notes down a commitment to its record, and when it is
published, another line shows what opens that. This program checks both, and needs nothing but Python 3.9. Keep
the hash that it prints, and give it as a second word next time: if it is gone, the ledger was written anew."""

import json
import pathlib
import sys
from hashlib import sha256
from urllib.request import Request, urlopen


def read(name):  # the bytes of a file; none where there is none
    try:
        return urlopen(Request(f"{place}/{name}", headers={"User-Agent": "verify.py"}), timeout=60).read()
    except OSError:
        return b""


place, kept = sys.argv[1].rstrip("/") if sys.argv[1:] else sys.exit(__doc__), sys.argv[2:]
place = place if place.startswith(("https://", "http://")) else pathlib.Path(place).absolute().as_uri()
ledger, part, hashes, ahead, promises, texts, down, ok = b"", 1, {0: "0" * 64}, 0, {}, {}, {}, 0
while more := read(f"ledger/{part:05}.jsonl"):
    ledger, part = ledger + more, part + 1
*lines, rest = (ledger + read("ledger.jsonl")).decode(errors="replace").split("\n")
wrong = ["ledger.jsonl: the last line is cut off"] if rest else []
for number, line in enumerate(lines or [""], 1):
    try:
        said = json.loads(line)
        data, event, mine = said["data"], said["event"], said["hash"]
        rest = line.replace(f'"hash":"{mine}",', "", 1)  # what the line's own hash covers
        if sha256(rest.encode()).hexdigest() != mine:
            wrong.append(f"line {number} of the ledger: was changed")
        if (said["seq"], said["prev"]) != (number + ahead, hashes.get(number - 1, said["prev"])):
            wrong.append(f"line {number} of the ledger: a line before it is missing, or was moved or changed")
        ahead, hashes[number] = said["seq"] - number, mine  # so that one break is told once
        if event == "outcome":
            promises.setdefault(data["invitation"], data.get("commitments") or [data.get("commitment")])
        elif event == "published":
            opened = sha256(bytes.fromhex(data["salt"] or "") + data["record_sha256"].encode()).hexdigest()
            known = promises.get(data["invitation"], [])[data.get("work", 1) - 1 :][:1] == [opened]
            found = data["path"] + "", [data["text_sha256"] + "", data["record_sha256"]], known
            texts.setdefault(data["piece"] + 0, {})[data["revision"] + 0] = found
        elif event in ("withdrawn", "returned", "erased") and "piece" in data:
            down[data["piece"]] = down.get(data["piece"], 0) + (-1 if event == "returned" else 1)
    except (ValueError, KeyError, TypeError, AttributeError):
        wrong.append(f"line {number} of the ledger: is damaged or missing")
for piece, revisions in texts.items():
    for version, (path, wanted, known) in revisions.items():  # the newest lies at its piece's address
        name = path + ("" if version == max(revisions) else f".r{version}")
        text, record = read(f"{name}.md"), read(f"{name}.json")
        is_right = known and [sha256(file).hexdigest() for file in (text, record)] == wanted
        if (not is_right or wanted[0].encode() not in record) and (text or record or not down.get(piece)):
            wrong.append(f"{name}: is not what was noted down when it was received")
        ok += is_right and name == path
wrong += [f"{head}: stands nowhere in this ledger" for head in kept if head not in list(hashes.values())[1:]]
print("\n".join(wrong) or f"{number} lines and {ok} pieces are right, {len(texts) - ok} taken down. Keep this: {mine}")
sys.exit(1 if wrong else 0)
