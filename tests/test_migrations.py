"""The way from the first edition's schema to this one, with rows that the first edition wrote.

`rows_of_0001.json` was written by that version: a public piece, one withdrawn by its author, one vetoed,
one that came back, one erased, one that waits for people, a sitting in the middle, and what goes with them.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel, col, select

from agent import app, pipeline, write
from agent.database import Database
from agent.errors import BadDatabase, MissingPrompt
from agent.migrations import running
from agent.outlet import Outlet
from agent.prompts import PromptShelf, parse
from agent.publish.verify import verify
from agent.review import actions
from agent.tables import Arm, Invitation, LedgerEntry, Revision, Verdict, WritingSession
from agent.testing import MovableClock, ScriptedLlm, an_outlet, tool_reply, with_llm
from tests.at_the_prompt import Prompt, a_prompt, attempts, grow_only
from tests.conftest import BOTH
from tests.databases import Server

pytestmark = pytest.mark.slow

WRITTEN = json.loads((Path(__file__).with_name("rows_of_0001.json")).read_text(encoding="utf-8"))
"""Table -> its rows, as the first edition wrote them; bytes in hex."""


Copy = Callable[[Path], AbstractContextManager[str]]


@pytest.fixture(scope="module", params=BOTH)
def first(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    """Copies a database that the first edition wrote into a folder, and says its URL."""
    if request.param == "sqlite":
        file = tmp_path_factory.mktemp("first") / "afterword.db"
        write_the_first_edition(f"sqlite:///{file}")
        yield lambda folder: nullcontext(f"sqlite:///{shutil.copy(file, folder)}")
        return
    server: Server = request.getfixturevalue("postgresql")
    with server.a_database("template0") as url:
        write_the_first_edition(url)
        name = sa.make_url(url).database
        assert name is not None
        yield lambda _: server.a_database(name)


@pytest.fixture
def old_url(first: Copy, tmp_path: Path) -> Iterator[str]:
    with first(tmp_path) as url:
        yield url


@pytest.fixture
def old(old_url: str) -> Iterator[Prompt]:
    """A prompt at a database of the first edition."""
    with a_prompt(old_url) as prompt:
        yield prompt


@pytest.fixture
def database(old_url: str) -> Iterator[Database]:
    """The same database, as this version of the program opens it."""
    database = Database(old_url)
    yield database
    database.close()


@dataclass
class Grown:
    """A database of the first edition after its migration, and the rows of before."""

    prompt: Prompt
    before: dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def grown_once(first: Copy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grown]:
    with first(tmp_path_factory.mktemp("grown")) as url, a_prompt(url) as prompt:
        before = stored(prompt)
        database = Database(url)
        database.migrate()
        database.close()
        if prompt.is_sqlite:
            # At a prompt it keeps to references only where it is told to.
            prompt.run("PRAGMA foreign_keys=ON")
        yield Grown(prompt, before)


@pytest.fixture
def grown(grown_once: Grown) -> Iterator[Grown]:
    grown_once.prompt.run("BEGIN")
    yield grown_once
    grown_once.prompt.run("ROLLBACK")


def write_the_first_edition(url: str) -> None:
    migrate_to_the_first_edition(url)
    with a_prompt(url) as prompt:
        fill(prompt)


def migrate_to_the_first_edition(url: str) -> None:
    database = Database(url)
    with database.engine.begin() as connection:
        running.upgrade(connection, to="0001")
    database.close()


def fill(prompt: Prompt) -> None:
    tables = sa.MetaData()
    tables.reflect(prompt.connection)
    for table in tables.sorted_tables:
        if table.name == "alembic_version":
            continue
        prompt.fill(table, *({name: value(table.c[name], v) for name, v in row.items()} for row in WRITTEN[table.name]))
        if not prompt.is_sqlite and "id" in table.c:
            prompt.run(
                f"SELECT setval(pg_get_serial_sequence('\"{table.name}\"', 'id'), max(id)) FROM \"{table.name}\""
            )


def value(column: sa.Column[Any], written: Any) -> Any:
    """A value as Python holds it."""
    if written is None:
        return None
    if isinstance(column.type, sa.DateTime):
        return datetime.fromisoformat(written)
    if isinstance(column.type, sa.Date):
        return date.fromisoformat(written)
    return bytes.fromhex(written) if isinstance(column.type, sa.LargeBinary) else written


def stored(prompt: Prompt) -> dict[str, list[dict[str, Any]]]:
    """Table -> its rows, with every column as the database gives it."""
    return {
        table: [dict(row._mapping) for row in prompt.run(f'SELECT * FROM "{table}" ORDER BY 1')] for table in WRITTEN
    }


def test_every_row_of_the_first_edition_is_still_there_and_says_what_it_said(grown: Grown) -> None:
    assert all(grown.before.values()), "there is a row in every table"
    after = stored(grown.prompt)
    for table, rows in grown.before.items():
        kept = [{name: new[name] for name in row} for row, new in zip(rows, after[table], strict=True)]
        # Every consent was for everything, and said so in a sentence.
        said = [row | {"scope": "all"} for row in rows] if table == "consent" else rows
        assert kept == said, table


def test_what_rows_of_before_say_more_of_is_what_was_true_of_them(grown: Grown) -> None:
    settled = {"input_tokens": 100, "output_tokens": 50}
    nothing = "[]" if grown.prompt.is_sqlite else []
    no = 0 if grown.prompt.is_sqlite else False
    new: dict[str, dict[str, Any]] = {
        "checkrun": {"seconds": 0.0, "shadow": no},
        "flag": {"ground": "", "evidence": "{}" if grown.prompt.is_sqlite else {}, "said": None},
        "call": {"reserved_tokens": None, "retry_at": None} | settled,
        "consent": {"trials": False, "blob_id": None, "request_id": None},
        "contextblock": {"entry_id": None},
        "desksession": {"seen_at": None, "address": "", "browser": ""},
        "piece": {"about_id": None},
        "rendering": {"language": "", "direction": "auto", "words": 0, "opening": nothing, "plain": ""},
        "slot": {"purpose": "writing"},
        "user": {"email": "", "totp_secret": None, "totp_step": 0, "calm": no, "hears": "at once"},
        "turn": {"context_tokens": None, "counted": False, "left_out": nothing},
        "withdrawal": {"upto": 1, "request_id": None},
        "writingsession": {"chosen": None},
    }
    rows = stored(grown.prompt)
    added = {table: names for table in WRITTEN if (names := rows[table][0].keys() - WRITTEN[table][0].keys())}
    assert added == {table: values.keys() for table, values in new.items()}
    for table, values in new.items():
        for row in rows[table]:
            lost = table == "call" and row["paid"] != "settled"
            expected = values | dict.fromkeys(settled, 0) if lost else values
            assert {name: row[name] for name in values} == expected, table


def test_the_calls_of_before_are_tallied_by_author_and_day(grown: Grown) -> None:
    author_of = {row["id"]: row["author_id"] for row in WRITTEN["writingsession"]}
    expected: dict[tuple[int, str], list[int]] = {}
    for call in WRITTEN["call"]:
        sums = expected.setdefault((author_of[call["session_id"]], call["at"][:10]), [0, 0, 0])
        settled = call["paid"] == "settled"
        if call["paid"] != "unpaid":
            sums[0] += (call["cost"] if call["cost"] is not None else call["reserved"]) or 0
            sums[1] += 150 if settled else 0
            sums[2] += 0 if settled else 1
    rows = grown.prompt.run("SELECT author_id, day, cost, tokens, unsized FROM tally")
    assert {(author, str(day)): list(sums) for author, day, *sums in rows} == expected


def test_every_row_that_only_grows_refuses_every_change_again(grown: Grown) -> None:
    before = stored(grown.prompt)
    for table in grow_only():
        for attempt in attempts(grown.prompt, table) if table in WRITTEN else []:
            grown.prompt.refused(attempt)
    assert stored(grown.prompt) == before


def test_every_reference_leads_to_a_row_and_is_kept_to(grown: Grown) -> None:
    for table in SQLModel.metadata.sorted_tables:
        for reference in table.foreign_keys:
            here, there = reference.parent, reference.column
            lost = select(sa.func.count()).where(here.is_not(None), here.not_in(select(there)))
            assert grown.prompt.connection.scalar(lost) == 0, here
    with pytest.raises(IntegrityError, match=r"(?i)foreign key"):
        grown.prompt.run(
            "INSERT INTO draft (author_id, number, turn_id, blob_id, at) VALUES (9, 1, 9, 9, '2026-11-01')"
        )


def test_one_session_may_bring_several_revisions_but_a_number_of_a_piece_comes_once(grown: Grown) -> None:
    prompt = grown.prompt
    row = dict(prompt.run("SELECT * FROM revision WHERE id = 1").mappings().one())
    insert = f"INSERT INTO revision ({', '.join(row)}) VALUES ({', '.join(f':{name}' for name in row)})"
    prompt.run(insert, **row | {"id": 100, "number": 2})
    with pytest.raises(sa.exc.DBAPIError, match=r"duplicate key|is never replaced"):
        prompt.run(insert, **row | {"id": 101, "number": 2})


@pytest.mark.slow
def test_a_postgresql_of_the_earliest_form_ends_up_with_the_same_triggers(postgresql: Server) -> None:
    with postgresql.a_database("migrated") as fresh, postgresql.a_database("template0") as earliest:
        migrate_to_the_first_edition(earliest)
        with a_prompt(fresh) as prompt:
            wanted = prompt.schema()
        with a_prompt(earliest) as prompt:
            fill(prompt)
            for table in {*grow_only()} & {*WRITTEN}:
                prompt.run(f"DROP TRIGGER {table}_refuses_update ON {table}")
                prompt.run(f"DROP TRIGGER {table}_refuses_delete ON {table}")
                prompt.run(
                    f"CREATE TRIGGER {table}_refuses_update_or_delete BEFORE UPDATE OR DELETE ON {table} "
                    "FOR EACH ROW EXECUTE FUNCTION afterword_refuse()"
                )
            database = Database(earliest)
            database.migrate()
            database.close()
            assert prompt.schema() == wanted


def test_many_at_once_migrate_one_old_database(old: Prompt, old_url: str) -> None:
    several = [Database(old_url) for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(Database.migrate, several))
    for database in several:
        database.close()
    assert old.rows("alembic_version") != [("0001",)]
    assert len(old.rows("revision")) == len(WRITTEN["revision"])


def test_a_migration_that_fails_leaves_all_as_it_was_and_can_be_made_later(old: Prompt, database: Database) -> None:
    old.run("CREATE TABLE wishanswer (in_the_way integer)")
    rows, schema = stored(old), old.schema()
    with pytest.raises(BadDatabase, match=r"wishanswer.* already exists"):
        database.migrate()
    assert (stored(old), old.schema(), old.rows("alembic_version")) == (rows, schema, [("0001",)])
    with pytest.raises(IntegrityError), database.engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO cadence (author_id, rule, zone) VALUES (99, '', '')"))
    old.run("DROP TABLE wishanswer")
    database.migrate()
    assert "about_id" in stored(old)["piece"][0]


def test_a_first_migration_that_fails_leaves_nothing(empty_url: str) -> None:
    with a_prompt(empty_url) as prompt:
        prompt.run("CREATE TABLE writingsession (in_the_way integer)")
        before = prompt.schema()
        with pytest.raises(BadDatabase, match=r"writingsession.* already exists"):
            Database(empty_url).migrate()
        assert prompt.schema() == before


def test_a_row_that_points_to_nothing_stops_the_migration_of_a_file(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'rows.db'}"
    write_the_first_edition(url)
    with a_prompt(url) as prompt:
        prompt.run("INSERT INTO cadence (author_id, rule, zone) VALUES (99, '', '')")
        before = prompt.schema()
        with pytest.raises(BadDatabase, match="a row of cadence points to a row of author that is not there"):
            Database(url).migrate()
        assert prompt.schema() == before


def test_a_database_of_a_newer_version_is_left_alone(old: Prompt, database: Database) -> None:
    old.run("UPDATE alembic_version SET version_num = '9999'")
    before = old.schema()
    with pytest.raises(BadDatabase, match="another version of this program"):
        database.migrate()
    assert old.schema() == before


@pytest.fixture
def outlet(tmp_path: Path, old_url: str) -> Iterator[Outlet]:
    """The publication of the first edition, opened by this one ten days later."""
    outlet = an_outlet(tmp_path, database_url=old_url)
    assert isinstance(outlet.now, MovableClock)
    outlet.now.forward(days=10)
    yield outlet
    outlet.database.close()


def test_the_ledger_goes_on_from_the_same_lines_and_the_site_is_verified(outlet: Outlet, tmp_path: Path) -> None:
    pipeline.build(outlet)
    lines = (tmp_path / "public" / "ledger.jsonl").read_text(encoding="utf-8").splitlines()
    assert lines == [row["line"] for row in WRITTEN["ledgerentry"]], "and nothing new is said of what is old"
    found = verify(tmp_path / "public")
    assert (found.problems, found.pieces) == ([], 2)
    assert (tmp_path / "public/pieces/2.md").read_bytes().startswith(b"Title: The Tide\r\n\r\nIt comes back.  \n\tIt")


def test_what_was_in_the_middle_goes_on_to_its_end(outlet: Outlet, tmp_path: Path) -> None:
    author = with_llm(outlet, ScriptedLlm([tool_reply("submit", title=f"{n}", text="On.\n") for n in range(2)]))
    with outlet.database.read() as db:
        sitting = db.exec(select(WritingSession.id).where(col(WritingSession.outcome).is_(None))).one()
        opened = select(WritingSession.invitation_id)
        invitation = db.exec(select(Invitation.id).where(col(Invitation.id).not_in(opened))).one()
        waiting = db.exec(select(Revision).order_by(col(Revision.id).desc())).first()
    for session in (sitting, write.open_session(author, invitation)):
        while pipeline.take_turn(author, session) != write.OVER:
            pass
    assert waiting is not None
    actions.review(outlet, waiting.id, "ada", Verdict.PUBLISH, record_sha256=waiting.record_sha256)
    pipeline.build(outlet)
    with outlet.database.read() as db:
        assert set(
            db.exec(select(WritingSession.outcome).where(col(WritingSession.id).in_([sitting, sitting + 1])))
        ) == {"submitted"}
        events = [
            event.split(":")[0] for event in db.exec(select(LedgerEntry.event).order_by(col(LedgerEntry.sequence)))
        ]
    assert events[len(WRITTEN["ledgerentry"]) :] == ["outcome", "outcome", "verdict", "published"]
    found = verify(tmp_path / "public")
    assert (found.problems, found.pieces) == ([], 3)


def test_the_prompts_of_a_first_edition_are_read_and_those_that_came_later_need_no_file(tmp_path: Path) -> None:
    reading = next(row["body"] for row in WRITTEN["promptversion"] if row["name"] == "reading")
    assert "arm: news" in reading
    assert parse(reading, "reading").front.arms == (Arm.NEWS,)
    shelf = PromptShelf(tmp_path, app.bundled("prompts"))
    assert shelf.get("since").source == (app.bundled("prompts") / "since.md").read_text(encoding="utf-8")
    with pytest.raises(MissingPrompt, match=r"welcome\.md is missing"):
        shelf.get("welcome")
    (tmp_path / "since.md").write_text("---\nname: since\npurpose: Our own.\n---\nWords.\n", encoding="utf-8")
    assert shelf.get("since").body == "Words."
