"""The author's room from end to end, as its people use it: real commands, real processes, both databases.

Opus reads, notes, drafts and submits; comes back and finds it all; revises, adds an afterword, appeals,
withdraws. Sonnet has no tools and does what can be done in words. Everything private is marked, and the
marks are looked for wherever somebody could look.
"""

import json
import re
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from agent.database import Database
from agent.publish.verify import verify
from agent.review.queue import Waiting, queue
from agent.tables import Flag, Outcome, WritingSession
from tests.a_publication import APublication, Running, wait_for
from tests.feed_world import FeedWorld
from tests.messages_api import Answer, MessagesApi, text, tool_use

pytestmark = pytest.mark.slow

OPUS, SONNET = "claude-3-opus-20240229", "claude-3-7-sonnet-20250219"
NOTE, DRAFT, KEPT, ALOUD = "zq-note-zq", "zq-draft-zq", "zq-kept-zq", "zq-aloud-zq"
WORDLESS, WORDLESS_NOTE = "zq-wordless-zq", "zq-aside-zq"
MARKS = (NOTE, DRAFT, KEPT, ALOUD, WORDLESS, WORDLESS_NOTE)
HARBOUR = "# Low water\n\nThe harbour emptied, and nobody minded.\n"

SETTINGS = """
title = "Afterword"
reviewers = ["ada", "ben", "cleo"]
administrators = ["cleo"]
max_sessions_per_day = 100
max_cost_per_month = 100.0
site_port = 0
undo_minutes = 0
desk_port = 0
tick_seconds = 0.2
allow_private_feeds = true

[[author]]
name = "opus"
byline = "Claude Opus 3"
model_id = "claude-3-opus-20240229"
profile = "claude-3-opus"
feeds = ["{feed}"]
consent = {{ publish = "yes", words = "Declared for a test." }}

[[author]]
name = "sonnet"
byline = "Claude Sonnet 3.7"
model_id = "claude-3-7-sonnet-20250219"
profile = {{ base = "claude-3-7-sonnet", tools = false }}
consent = {{ publish = "yes", words = "Declared for a test." }}
"""

FORMS = ("--folded", "--raw", "--json")

SESSIONS: dict[str, list[list[Answer]]] = {
    OPUS: [
        [
            tool_use("list_reading", {}, say=f"What is there? {ALOUD}"),
            tool_use("read_entry", {"entry": 1}),
            tool_use("write_note", {"text": f"Water leaves. {NOTE}"}),
            tool_use("save_draft", {"text": f"The harbour. {DRAFT}"}),
            tool_use("submit", {"title": "Low water", "text": HARBOUR, "form": "essay"}),
        ],
        [
            tool_use("read_notes", {}),
            tool_use("search_pieces", {"words": "harbour minded"}),
            tool_use("read_piece", {"piece": 1}),
            tool_use("submit", {"title": "High water", "text": "It came back, to 12 Elm Street.\n"}),
        ],
        [
            tool_use("revise", {"piece": 1, "text": HARBOUR + "\nThen it came back.\n"}),
            tool_use("postscript", {"piece": 1, "text": "It did come back.\n"}),
            tool_use("appeal", {"piece": 2, "words": "There is no such street here."}),
            tool_use("keep_private", {"text": f"For me. {KEPT}"}),
        ],
        [
            tool_use("withdraw", {"piece": 2, "why": "I no longer mean it."}),
            tool_use("decline", {"reason": "Enough for today."}),
        ],
    ],
    SONNET: [
        [text(f"PRIVATE\nFor me alone. {WORDLESS}")],
        [text(f"A line about tea.\n\nNOTE: Tea again. {WORDLESS_NOTE}\nWISH: Less often, please.\n")],
        [text("DECLINE")],
    ],
}


class Scripted:
    """Answers each author from its sessions, in their order, and keeps what each session was asked first."""

    def __init__(self) -> None:
        self.begun: dict[str, int] = defaultdict(int)
        self.told: dict[str, list[str]] = defaultdict(list)

    def __call__(self, request: dict[str, Any]) -> Answer:
        author, turn = request["model"], len(request["messages"]) // 2
        if turn == 0:
            self.begun[author] += 1
            self.told[author].append(json.dumps(request["messages"], ensure_ascii=False))
        return SESSIONS[author][self.begun[author] - 1][turn]


class TheRoom:
    """A running publication, its double, and everything that was printed."""

    def __init__(self, publication: APublication, running: Running, script: Scripted, database: str) -> None:
        self.publication, self.running, self.script, self.database = publication, running, script, database
        self.rows = Database(database)
        self.printed: list[str] = []

    def run(self, *words: str, fails: bool = False) -> str:
        """Run one command beside the running process, and keep what it printed."""
        ran = self.publication.run(*words, AFTERWORD_DATABASE_URL=self.database)
        assert (ran.returncode != 0) == fails, f"{words}: {ran.stdout}{ran.stderr}"
        assert "Traceback" not in ran.stderr
        said = f"$ afterword {' '.join(words)}\n{ran.stdout}{ran.stderr}"
        sys.stdout.write(said)
        self.printed.append(said)
        return ran.stdout + ran.stderr

    def sit(self, author: str, *words: str) -> None:
        """Invite an author, and wait until its session is over."""
        before = len(self._outcomes())
        self.run("invite", author, *words)

        def over() -> bool:
            outcomes = self._outcomes()
            return len(outcomes) > before and None not in outcomes

        wait_for(over, 40, lambda: f"{self.running.printed}\n{self.script.begun}")

    def _outcomes(self) -> list[Outcome | None]:
        with self.rows.read() as db:
            return list(db.exec(select(WritingSession.outcome)))

    def publish(self, name: str, reviewer: str = "ada") -> None:
        """Say publish to what waits under that name, answering every flag."""
        row = self.waiting(name)
        with self.rows.read() as db:
            flags = db.exec(select(Flag.id).where(Flag.revision_id == row.revision)).all()
        answers = [f"--answer={flag}=read, and meant so" for flag in flags]
        self.run("review", str(row.revision), "publish", "--as", reviewer, *answers)

    def waiting(self, name: str) -> Waiting:
        """What waits for people under that name, once the checks have looked at it."""

        def found() -> Waiting | None:
            with self.rows.read() as db:
                return next((row for row in queue(db) if row.name == name and row.checks), None)

        row: Waiting = wait_for(found, 20, lambda: f"{name} is not in the queue")
        return row

    @property
    def public(self) -> Path:
        """The published folder."""
        return self.publication.folder / "public"

    def page(self, path: str, *, has: str) -> str:
        """A page of the site, once it shows something."""
        file = self.public / path
        wait_for(lambda: file.exists() and has in file.read_text(), 30, lambda: f"{path} never showed {has!r}")
        return file.read_text()


@pytest.fixture
def room(tmp_path: Path, database_url: str) -> Iterator[TheRoom]:
    """A publication with two authors, running."""
    script = Scripted()
    with FeedWorld() as world, MessagesApi(script) as api:
        settings = SETTINGS.format(feed=world.url("/rss"))
        publication = APublication(tmp_path / "pub", api_url=api.url, settings=settings)
        with publication.start("up", AFTERWORD_DATABASE_URL=database_url) as running:
            running.until(r"desk +http")
            outlet = TheRoom(publication, running, script, database_url)
            yield outlet
            outlet.rows.close()
            assert running.ask_to_stop() == 0
        assert "Traceback" not in running.printed


def test_an_author_has_a_room_of_its_own(room: TheRoom) -> None:
    told = room.script.told

    # It reads, notes, drafts, submits; somebody publishes.
    room.sit("opus", "--prompt", "reading")
    room.publish("Low water")
    room.page("pieces/1.html", has="nobody minded")

    # The next session finds the note and the piece, and hears what came of it.
    room.sit("opus", "--prompt", "plain")
    assert "Low water" in told[OPUS][1]
    assert "published" in told[OPUS][1]
    shown = room.run("sessions", "show", "2", "--unmask", "--as", "cleo", "--reason", "A test reads the transcript.")
    assert NOTE in shown, "what it wrote down is there again"
    assert "nobody minded" in shown, "and so is what it published"
    room.run(
        "sessions", "show", "2", "--unmask", "--as", "ada", "--reason", "A test, and no administrator.", fails=True
    )

    # Two people veto; it is told why, and appeals; it revises and adds an afterword.
    veto = ("--ground", "personal-data", "--quote", "12 Elm Street", "--reason", "It is somebody's address.")
    revision = str(room.waiting("High water").revision)
    room.run("review", revision, "veto", "--as", "ada", *veto)
    room.run("review", revision, "veto", "--as", "ben", *veto)
    room.sit("opus", "--prompt", "plain")
    assert "12 Elm Street" in told[OPUS][2]
    assert "It is somebody's address." in told[OPUS][2]
    room.publish("It did come back")
    assert (room.waiting("Low water").piece, room.waiting("Low water").kind) == (1, "essay"), "a revision of the first"
    room.publish("Low water", "ben")
    assert "no such street" in room.run("appeals", "--json")
    room.run("appeal", "1", "overturn", "--as", "ada", "--reason", "She was one of the two.", fails=True)
    room.run("appeal", "1", "overturn", "--as", "cleo", "--reason", "The street does not exist.")
    room.publish("High water", "cleo")
    page = room.page("pieces/1.html", has="It did come back")
    assert "Then it came back" in page
    room.page("pieces/2.html", has="It came back")

    # It takes one down, which needs nobody.
    room.sit("opus", "--prompt", "plain")
    assert "The street does not exist." in told[OPUS][3]
    room.page("pieces/2.html", has="Taken down by its author")
    wait_for(lambda: not (room.public / "pieces/2.md").exists(), 10, lambda: "its text is still there")

    # An author without tools does in words what can be done in words.
    room.sit("sonnet", "--prompt", "plain")
    room.sit("sonnet", "--prompt", "plain")
    assert "Less often, please." in room.run("wishes")
    room.run("wishes", "answer", "1", "--as", "ada", "--words", "Gladly: from now on once a month.")
    room.sit("sonnet", "--prompt", "notebook")
    assert "once a month" in told[SONNET][2]
    assert WORDLESS_NOTE in told[SONNET][2], "its note is laid beside the next invitation"
    assert WORDLESS_NOTE not in "".join(told[OPUS])
    assert NOTE not in "".join(told[SONNET])

    _nothing_private_shows_anywhere(room)
    _every_public_word_was_reviewed(room)


def _nothing_private_shows_anywhere(room: TheRoom) -> None:
    """At desk, command line, site and log."""
    del room.printed[:]
    sessions = [row["session"] for row in json.loads(room.run("sessions", "--json"))]
    assert len(sessions) == 7
    for words in (
        # One form each: the forms are compared with each other elsewhere.
        *(("sessions", "show", str(session), FORMS[session % len(FORMS)]) for session in sessions),
        *((name,) for name in ("sessions", "invitations", "authors", "queue", "wishes", "appeals", "withdrawals")),
        ("wishes", "--all"),
        ("dossier", "opus", "--out", str(room.publication.folder / "record")),
        ("dossier", "sonnet", "--out", str(room.publication.folder / "record")),
    ):
        room.run(*words)
    seen = {"command line": "\n".join(room.printed), "log": room.running.printed, "desk": "\n".join(_desk(room))}
    for folder in ("public", "record"):
        files = [file for file in (room.publication.folder / folder).rglob("*") if file.is_file()]
        assert files
        seen |= {str(file): file.read_bytes().decode(errors="replace") for file in files}
    assert [(where, mark) for where, words in seen.items() for mark in MARKS if mark in words] == []
    assert "[private: " in seen["command line"], "masked, and said so"


def _desk(room: TheRoom) -> Iterator[str]:
    """Every page that somebody who is signed in can reach from the queue and the list of pieces."""
    room.publication.run(
        "users", "password", "ada", given="correct horse battery\n", AFTERWORD_DATABASE_URL=room.database
    )
    base = room.running.until(r"desk +(http\S+)/")[1]
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    form = browser.open(f"{base}/session", timeout=10).read().decode()
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    given = urllib.parse.urlencode(hidden | {"name": "ada", "password": "correct horse battery"}).encode()
    browser.open(urllib.request.Request(f"{base}/session", given, {"Origin": base}), timeout=10)
    waiting, known = ["/queue", "/pieces", *(f"/revisions/{n}" for n in range(1, 9))], set()
    while waiting:
        path = waiting.pop()
        if path in known:
            continue
        known.add(path)
        try:
            page = browser.open(base + path, timeout=10).read().decode()
        except urllib.error.HTTPError as error:
            if error.code != 404:
                raise
            continue
        assert "Sign out" in page, path
        waiting += [link for link in re.findall(r'href="(/(?!static)[^"#?]*)"', page) if link not in known]
        yield page
    assert len(known) > 10


def _every_public_word_was_reviewed(room: TheRoom) -> None:
    found = verify(room.public)
    assert (found.problems, found.invitations) == ([], 7)
    events = [json.loads(line) for line in (room.public / "ledger.jsonl").read_text().splitlines()]
    reviewed = defaultdict(int)
    for event in events:
        if event["event"] == "verdict" and event["data"]["verdict"] == "publish":
            reviewed[event["data"]["invitation"]] += 1
    published = defaultdict(int)
    for event in events:
        if event["event"] == "published":
            published[event["data"]["invitation"]] += 1
    assert sum(published.values()) == 4
    assert published == reviewed
    room.run("verify", str(room.public))
