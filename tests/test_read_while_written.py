"""Somebody reads the public folder all the time, while pieces come and go and whatever writes it is killed: never a
torn page, a dead link, or a word of a piece that is held or was taken down; and the ledger always verifies.

    .venv/bin/python -m pytest -s tests/test_read_while_written.py --kills 50 --acts 200

kills at other points at each run, and prints a table.
"""

import json
import os
import random
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent import app
from agent.cli.publication import begin
from agent.outlet import Outlet
from agent.publish import edition
from agent.publish.manifest import MANIFEST
from agent.publish.published import read_manifest
from agent.publish.targets.folder import Folder
from agent.publish.verify import verify
from tests.a_builder import ASKED
from tests.a_public_reader import Reader
from tests.a_restless_outlet import ADDRESS, CLOCK, SETTINGS, SHORT, Restless, opened, put
from tests.a_zygote import Life, Zygote

pytestmark = pytest.mark.slow

KILLS, ACTS, ACTS_OF_ALL, SEED = 3, 12, 200, 1
"""Acts are those by which a work comes into public or goes out of it; others happen between them."""
DONE_SECONDS = 100
AS_IT_BUILDS = 0.9
"""So many of the kills are to fall into a build."""
LAST_SECONDS = 0.5
"""So long the reader looks at the last edition."""
WAITED_FOR = 0.3
"""So many of the acts are waited for until they are out."""
FIRST_PACE = 2.0
"""Seconds an edition may take, before any did."""
PLACES = (
    ("search", ("extras/search.py",)),
    ("ZIP", ("extras/archive.py", "extras/zips.py")),
    ("EPUB", ("extras/epub.py", "extras/xhtml.py")),
    ("cards", ("extras/cards.py", "extras/lines.py")),
    ("second step, else", ("publish/second.py", "publish/extras")),
    ("manifest", ("in sign", "publish/manifest.py")),
    ("removals", ("in take_away", "in tidy")),
    ("first forms", ("in _drafts",)),
    ("lists and pieces", ("in make", "in look")),
    ("ledger, renderings", ("publish/ledger.py", "pipeline.py")),
)
"""Where a build is, by what stands in its stack: the first that fits."""


class Builder:
    """The process that makes editions, as often as it is started."""

    def __init__(self, zygote: Zygote, folder: Path, dice: random.Random) -> None:
        self.zygote, self.folder, self.dice = zygote, folder, dice
        self.seconds: list[float] = [FIRST_PACE]
        self.done = self.begun = 0
        self.editions = 0
        self.fell: Counter[str] = Counter()
        self.stories: list[str] = []
        self._news = threading.Condition()
        self._dumped = self._ready = False

    @contextmanager
    def life(self) -> Iterator[Life]:
        """One process of it."""
        self._ready = self._dumped = False
        with self.zygote.up(self.folder, self.heard) as life:
            try:
                yield life
            finally:
                life.kill()
                self.stories.append(life.text)

    def heard(self, line: str) -> None:
        """A line was printed."""
        word, _, rest = line.rstrip("\n").partition(" ")
        with self._news:
            if word == "begun":
                self.begun = int(rest)
            elif word == "done":
                number, seconds = rest.split()
                self.done = int(number)
                self.editions += 1
                self.seconds.append(float(seconds))
            self._ready |= word == "ready"
            self._dumped |= line.startswith("  File ")
            self._news.notify_all()

    def wait(self, number: int, *, begun: bool = False) -> None:
        """Return when an edition is out (or at least begun) that shows everything up to this act."""
        with self._news:
            came = self._news.wait_for(lambda: (self.begun if begun else self.done) >= number, DONE_SECONDS)
        assert came, f"no edition in {DONE_SECONDS} s"

    def kill(self, life: Life, number: int) -> bool:
        """Kill it anywhere, and note where that was. Returns whether it was: if it was to be in the edition that shows
        this act, and that is out before, it lives on."""
        moment = statistics.median(self.seconds[-9:]) * self.dice.random()
        if self.dice.random() < AS_IT_BUILDS:
            self.wait(number, begun=True)
            with self._news:
                if self._news.wait_for(lambda: self.done >= number, moment):
                    return False
        else:
            time.sleep(moment)
        if not self._ready:
            life.kill()
            self.fell["starting"] += 1
            return True
        is_idle = self.done >= self.begun
        os.kill(life.pid, signal.SIGUSR1)
        with self._news:
            self._news.wait_for(lambda: self._dumped, 2)
        life.kill()
        stack = life.text.rpartition("Current thread")[2] if self._dumped else ""
        place = next((name for name, signs in PLACES if any(sign in stack for sign in signs)), "elsewhere in a build")
        self.fell["between two editions" if is_idle else place] += 1
        return True


@pytest.fixture
def outlet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Outlet]:
    """A new outlet with nothing in it but its first edition, whose pages are short."""
    for module, sizes in SHORT.items():
        for name, size in sizes.items():
            monkeypatch.setattr(module, name, size)
    folder = tmp_path / "outlet"
    begin(folder, SETTINGS)
    put(folder / CLOCK, "2026-11-01T12:00:00+00:00")
    put(folder / ASKED, "0")
    outlet = opened(folder)
    app.open_up(outlet)
    edition.build(outlet)
    yield outlet
    outlet.database.close()


def test_whoever_reads_while_it_is_written_sees_nothing_torn_dead_or_held(
    outlet: Outlet, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    kills, acts, seed = (pytestconfig.getoption(name) for name in ("--kills", "--acts", "--kills-seed"))
    if seed is None:
        seed = SEED if kills is None else random.SystemRandom().randrange(1_000_000)
    acts = acts or (ACTS if kills is None else ACTS_OF_ALL)
    kills = KILLS if kills is None else kills
    begun, public, words = time.monotonic(), outlet.settings.at(outlet.settings.public), tmp_path / "words.json"
    story = Restless(outlet, random.Random(seed), words)
    story.say()
    zygote = Zygote("tests.a_builder")
    try:
        builder = Builder(zygote, outlet.settings.folder, story.dice)
        with a_reader(public, words, seed) as reader:
            told = go_through(story, builder, acts, kills)
            seen = reader()
    finally:
        zygote.close()
    figures = {
        "acts": story.number,
        "works that came or went": story.moved,
        **{f"  works {kind}": number for kind, number in story.kinds.items()},
        "editions finished": builder.editions,
        "kills": builder.fell.total(),
        **{f"  {place}": number for place, number in sorted(builder.fell.items())},
        **seen["counts"],
        "seconds": round(time.monotonic() - begun),
    }
    print(f"\n--kills-seed {seed}\n" + "\n".join(f"  {what:<32} {value:>10,}" for what, value in figures.items()))  # noqa: T201
    repeat = f"--kills {kills} --acts {acts} --kills-seed {seed}: {told}"
    assert not seen["faults"], "\n".join([*seen["faults"], repeat])
    assert "Traceback" not in "".join(builder.stories), builder.stories
    assert builder.fell.total() == kills
    assert min(seen["counts"][what] for what in ("pages", "links", "ledgers", "texts and records")) > 0
    all_is_well(outlet, public, repeat)


def go_through(story: Restless, builder: Builder, acts: int, kills: int) -> list[str]:
    """Let so many works come and go, and kill the builder so often. Returns what happened, in words."""
    told: list[str] = []

    def happens() -> None:
        story.is_out(builder.done)
        told.append(story.happens())
        put(builder.folder / ASKED, str(story.number))

    while story.moved < acts or kills:
        with builder.life() as life:
            is_killed = False
            while (story.moved < acts or kills) and not is_killed:
                happens()
                if story.dice.random() < 2 * kills / max(acts - story.moved, 1):
                    is_killed = builder.kill(life, story.number)
                    kills -= is_killed
                elif story.dice.random() < WAITED_FOR:
                    builder.wait(story.number)
        # What a build began may be undone before the next.
        for _ in range(story.dice.choice((0, 0, 0, 1, 2))):
            happens()
    with builder.life():
        builder.wait(story.number)
        story.is_out(story.number)
        time.sleep(LAST_SECONDS)
    return told


def all_is_well(outlet: Outlet, public: Path, repeat: str) -> None:
    """The folder verifies, holds nothing besides, and is what making everything at once gives."""
    assert verify(public).problems == [], repeat
    there = Folder(public).hashes()
    ours = {MANIFEST, *read_manifest(Folder(public).read).files}
    left = sorted(path for path in there if path not in ours and not path.startswith("manifest/"))
    assert left == [], f"is in no manifest: {repeat}"
    edition.build(outlet, full=True)  # Raises NotTheSame where a single byte differs.
    assert Folder(public).hashes() == there, repeat


TORN = "<!doctype html><html><body><p>It rained"
WHOLE = f'{TORN}</p><a href="{{}}">There</a></body></html>\n'
WRONG = {
    "is torn": ("a.html", TORN),
    "leads to ['b.html']": ("a.html", WHOLE.format("b.html")),
    "leads to ['pieces/7.html']": ("a.html", WHOLE.format(f"{ADDRESS}pieces/7.html")),
    "which may stand nowhere": ("a.html", WHOLE.format("#zkabcdefghzk")),
    "does not follow": ("ledger.jsonl", json.dumps({"seq": 1, "prev": "0" * 64, "hash": "0" * 64, "data": {}}) + "\n"),
    "and not all": ("ledger.jsonl", ""),
    "was signed": ("manifest.json", json.dumps({"ledger": {"lines": 9, "head": "0" * 64}})),
    "the ledger knows nothing of": ("pieces/1.md", "It rained.\n"),
}


@pytest.mark.parametrize("what", WRONG)
def test_the_reader_notices(what: str, tmp_path: Path) -> None:
    words, (path, text) = tmp_path / "words.json", WRONG[what]
    words.write_text('["zkabcdefghzk"]')
    (tmp_path / "public" / "pieces").mkdir(parents=True)
    (tmp_path / "public" / "ledger.jsonl").write_text("")
    reader = Reader(tmp_path / "public", words, ADDRESS, random.Random(1))
    reader.file("ledger.jsonl")
    reader.end()
    assert reader.faults == []
    if what == "and not all":
        reader.lines = [{"seq": 1}]
    (tmp_path / "public" / path).write_text(text)
    reader.file(path)
    reader.end()
    assert [fault for fault in reader.faults if what in fault], reader.faults


@contextmanager
def a_reader(public: Path, words: Path, seed: int) -> Iterator[object]:
    """The reader, in a process of its own. What is yielded ends it, and returns what it says."""
    command = [sys.executable, "-m", "tests.a_public_reader", str(public), str(words), ADDRESS, str(seed)]
    here = Path(__file__).parent.parent
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=here, text=True)

    def ended() -> dict:
        said, _ = process.communicate(timeout=DONE_SECONDS)
        return json.loads(said)

    try:
        yield ended
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
