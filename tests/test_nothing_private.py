"""What an author kept to itself is searched for wherever anybody looks: desk, command line, site, dossier, logs,
and every column of the rows that is no blob."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import select

from agent import app, keys
from agent.cli.publication import begin
from agent.desk import create_app
from agent.outlet import Outlet
from agent.publish import edition
from agent.review import actions
from agent.staff import begin_session
from agent.tables import Basis, Consent, Outcome, Publish, User, Verdict, WritingSession
from agent.testing import a_piece, a_session, an_outlet, blocks_reply, text_reply, tool_reply
from tests.cli.a_terminal import TWO, Terminal
from tests.desk.a_desk import Browser
from tests.publish.in_public import unpacked

pytestmark = pytest.mark.slow

ALOUD, NOTE, DRAFT, KEPT = "a thistle engine", "an amber ladder", "a copper lantern", "a velvet harbour"
UNSAID, TITLE, SEARCHED, BESIDE = "a cedar window", "The Cedar Window", "marigold", "a slate kite"
PRIVATE = (ALOUD, NOTE, DRAFT, KEPT, UNSAID, TITLE, SEARCHED, BESIDE)
LISTS = ("authors", "invitations", "sessions", "queue", "withdrawals", "wishes", "users", "doctor")


@pytest.fixture
def visited(tmp_path: Path) -> Iterator[Outlet]:
    """A publication in which both authors kept much to themselves, and Opus also published and wished."""
    folder = tmp_path / "pub"
    begin(folder, TWO)
    outlet = an_outlet(folder)
    outlet = replace(outlet, signing_key=lambda: keys.load(folder / "signing.key"))
    public = a_piece(outlet, "It rained.\n", title="Rain")
    actions.review(outlet, public.id, "ada", Verdict.PUBLISH, record_sha256=public.record_sha256)
    a_session(
        outlet,
        [
            blocks_reply([{"type": "text", "text": ALOUD}, *tool_reply("write_note", text=NOTE).blocks]),
            tool_reply("save_draft", text=DRAFT),
            tool_reply("ask_staff", words="Who reads me?"),
            tool_reply("search_pieces", words=SEARCHED),
            tool_reply("keep_private", text=KEPT),
        ],
    )
    again = [tool_reply("read_notes"), tool_reply("read_draft", draft=1), tool_reply("strike_note", note=1)]
    a_session(outlet, [*again, tool_reply("decline")], prompt="notebook")
    a_session(outlet, [text_reply(f"It snowed.\n\nNOTE: {BESIDE}\nWISH: more snow")], author="sonnet")
    a_session(outlet, [text_reply(f"PRIVATE\n{KEPT}")], author="sonnet", prompt="notebook")
    with outlet.database.write() as db:
        db.add(Consent(author_id=1, publish=Publish.ASK, basis=Basis.ASKED, at=outlet.now()))
    said_no = a_session(outlet, [tool_reply("submit", title=TITLE, text=UNSAID), text_reply(f"No. {ALOUD}")])
    edition.build(outlet)
    with outlet.database.read() as db:
        assert db.get_one(WritingSession, said_no).outcome is Outcome.KEPT_PRIVATE
    yield outlet
    outlet.database.close()


def found_in(text: str) -> list[str]:
    return [words for words in PRIVATE if words.lower() in text.lower()]


def test_they_are_there_to_be_found(visited: Outlet) -> None:
    with visited.database.engine.connect() as connection:
        blobs = b"\n".join(row[0] for row in connection.execute(sa.text("SELECT data FROM blob")))
    assert found_in(blobs.decode()) == list(PRIVATE)


def test_not_on_the_site_nor_in_a_dossier(visited: Outlet, tmp_path: Path) -> None:
    from agent.publish.dossier import export

    for author in ("opus", "sonnet"):
        export(visited, author, tmp_path / "dossiers")
    files = [p for folder in ("pub/public", "dossiers") for p in (tmp_path / folder).rglob("*") if p.is_file()]
    assert {"ledger.jsonl", "manifest.json", "index.html"} <= {file.name for file in files}
    for file in files:
        assert found_in(unpacked(file).decode(errors="replace")) == [], file


def test_not_at_the_command_line(
    visited: Outlet, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal = Terminal(visited.settings.folder, monkeypatch, capsys)
    with visited.database.read() as db:
        sessions = db.exec(select(WritingSession.id)).all()
    shows = [("sessions", "show", str(number), *how) for number in sessions for how in ((), ("--raw",), ("--full",))]
    for words in (*((name,) for name in LISTS), *shows):
        for options in ((), ("--json",)):
            terminal(*words, *options)
            assert terminal.said, words
            assert found_in(terminal.said + terminal.error) == [], words


def test_not_at_the_desk(visited: Outlet) -> None:
    browser = Browser(create_app(visited))
    with visited.database.write() as db:
        user = db.exec(select(User).where(User.name == "ada")).one()
        browser.cookies.set("desk", begin_session(db, user, visited.now()))
    seen, ahead = set[str](), ["/queue"]
    while ahead:
        url = ahead.pop()
        seen.add(url)
        page = browser.get(url).text
        assert found_in(page) == [], url
        links = {re.sub(r"#.*", "", link) for link in re.findall(r'(?:href|src)="(/[^"]*)"', page)}
        ahead += sorted(links - seen - set(ahead))
    assert any(url.startswith("/revisions/") for url in seen)


def test_not_in_the_log(visited: Outlet, capsys: pytest.CaptureFixture[str]) -> None:
    listening = replace(visited, log=app.logger())
    a_session(listening, [tool_reply("write_note", text=NOTE), tool_reply("keep_private", text=KEPT)])
    log = capsys.readouterr().err
    assert "action=kept_private" in log
    assert found_in(log) == []


def test_in_no_column_of_the_rows_but_a_blob(visited: Outlet) -> None:
    inspector = sa.inspect(visited.database.engine)
    with visited.database.engine.connect() as connection:
        for table in inspector.get_table_names():
            # The index of the archive holds the words of works that were handed in, and these were not.
            for row in connection.execute(sa.text(f'SELECT * FROM "{table}"')).mappings():
                kept = {name: value for name, value in row.items() if (table, name) != ("blob", "data")}
                text = json.dumps(kept, default=lambda value: bytes(value).decode(errors="replace"))
                assert found_in(text) == [], table
