"""Check this publication yourself: python verify.py https://its.address/ (or the folder of a copy of it)

The ledger has a line for everything that happened, and each line holds the hash of the line before it: none can be
changed, dropped or moved unseen. When a text arrives, a line notes down a commitment to its record, and when it is
published, another line shows what opens that. This program checks both. It needs Python 3.9 and nothing else.
Keep the hash that it prints, and give it as a second word next time: if it is gone, the ledger was written anew.
"""

import json
import pathlib
import sys
from hashlib import sha256
from urllib.request import Request, urlopen

place, kept = sys.argv[1].rstrip("/") if sys.argv[1:] else sys.exit(__doc__), sys.argv[2:]
if not place.startswith(("https://", "http://")):
    place = pathlib.Path(place).absolute().as_uri()
wrong, heads, promises, texts, down = [], ["0" * 64], {}, {}, {}


def read(name):  # the bytes of a file; none where there is none
    try:
        return urlopen(Request(f"{place}/{name}", headers={"User-Agent": "verify.py"}), timeout=60).read()
    except OSError:
        return b""


ledger, part = b"", 1
while more := read(f"ledger/{part:05}.jsonl"):
    ledger, part = ledger + more, part + 1
lines = (ledger + read("ledger.jsonl")).decode(errors="replace").split("\n")
for number, line in enumerate(lines[:-1] or [""], 1):
    try:
        said = json.loads(line)
        data, event, mine = said["data"], said["event"], said["hash"]
        rest = line.replace(f'"hash":"{mine}",', "", 1)  # what the line's own hash covers
        if (said["seq"], said["prev"], sha256(rest.encode()).hexdigest()) != (number, heads[-1], mine):
            wrong.append(f"line {number} of the ledger: was changed, or does not follow the line before it")
        heads.append(mine)
        if event == "outcome":
            promises.setdefault(data["invitation"], data.get("commitments") or [data.get("commitment")])
        elif event == "published":
            opened = sha256(bytes.fromhex(data["salt"] or "") + data["record_sha256"].encode()).hexdigest()
            known = promises.get(data["invitation"], [])[data.get("work", 1) - 1 :][:1] == [opened]
            texts.setdefault(data["piece"], {})[data["revision"]] = data, known
        elif event in ("withdrawn", "returned", "erased") and "piece" in data:
            down[data["piece"]] = down.get(data["piece"], 0) + (-1 if event == "returned" else 1)
    except (ValueError, KeyError, TypeError, AttributeError):
        wrong.append(f"line {number} of the ledger: is damaged or missing")
for piece, revisions in texts.items():
    for number, (data, known) in revisions.items():  # the newest lies at its piece's address, the others beside it
        name = data["path"] + ("" if number == max(revisions) else f".r{number}")
        text, record = read(f"{name}.md"), read(f"{name}.json")
        hashes = [sha256(text).hexdigest(), sha256(record).hexdigest()]
        right = known and hashes == [data["text_sha256"], data["record_sha256"]] and hashes[0].encode() in record
        if not right and (text or record or not down.get(piece)):
            wrong.append(f"{name}: is not what was noted down when it was received")
wrong += [f"{head}: stands nowhere in this ledger" for head in kept if head not in heads[1:]]
print("\n".join(wrong) or f"{len(heads) - 1} lines and {len(texts)} pieces are right. Keep this: {heads[-1]}")
sys.exit(1 if wrong else 0)
