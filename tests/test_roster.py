"""The roll: rows follow afterword.toml, and nothing that an author said is overwritten."""

from dataclasses import replace
from typing import Any

from sqlmodel import Session, SQLModel, select

from agent.outlet import Outlet
from agent.queries import author_called, consent_of
from agent.reading import follow, followings, reading_list, unfollow
from agent.record import keep
from agent.roster import call_roll
from agent.settings import Settings
from agent.tables import AuditEvent, Author, Basis, Cadence, Consent, Feed, Following, Publish, Turn, User, Want, Wish
from agent.testing import NOON, a_room, a_session, an_author, tool_reply


def with_settings(outlet: Outlet, **changes: Any) -> Outlet:
    facts = {name: getattr(outlet.settings, name) for name in ("folder", "title", "authors", "reviewers", "prompts")}
    return replace(outlet, settings=Settings(**facts | changes))


def rows(outlet: Outlet, table: type[SQLModel]) -> list[Any]:
    with outlet.database.read() as db:
        return list(db.exec(select(table)))


def holds(outlet: Outlet, slug: str) -> Consent | None:
    with outlet.database.read() as db:
        author = author_called(db, slug)
        assert author is not None
        return consent_of(db, author.id)


def test_the_roll_can_be_called_any_number_of_times(outlet: Outlet) -> None:
    def everything() -> list[Any]:
        return [
            row.model_dump() for table in (Author, Consent, Cadence, User, AuditEvent) for row in rows(outlet, table)
        ]

    before = everything()
    call_roll(outlet)
    assert everything() == before
    assert [author.slug for author in rows(outlet, Author)] == ["opus", "sonnet"]
    assert [user.name for user in rows(outlet, User)] == ["ada", "ben"]


def test_a_declared_consent_says_that_the_author_was_not_asked(outlet: Outlet) -> None:
    consent = holds(outlet, "opus")
    assert consent is not None
    assert (consent.publish, consent.basis, consent.words) == (Publish.YES, Basis.DECLARED, "Declared for a test.")


def test_a_changed_declaration_is_a_new_row_and_the_latest_holds(outlet: Outlet) -> None:
    changed = with_settings(outlet, authors=[an_author("opus", consent={"publish": "no", "words": "It said no."})])
    call_roll(changed)
    assert [c.publish for c in rows(outlet, Consent) if c.author_id == 1] == [Publish.YES, Publish.NO]
    consent = holds(outlet, "opus")
    assert consent is not None
    assert consent.publish is Publish.NO


def test_no_declaration_counts_once_the_author_was_asked(outlet: Outlet) -> None:
    with outlet.database.write() as db:
        db.add(Consent(author_id=1, publish=Publish.NO, basis=Basis.ASKED, words="I would rather not.", at=NOON))
    call_roll(with_settings(outlet, authors=[an_author("opus", consent={"publish": "yes", "words": "It may."})]))
    consent = holds(outlet, "opus")
    assert consent is not None
    assert consent.words == "I would rather not."


def test_a_changed_author_leaves_a_trace(outlet: Outlet) -> None:
    call_roll(
        with_settings(outlet, authors=[an_author("opus", byline="Claude Opus 3", model_id="claude-3-opus-latest")])
    )
    author = rows(outlet, Author)[0]
    assert (author.byline, author.model_id) == ("Claude Opus 3", "claude-3-opus-latest")
    assert [(e.action, e.subject, e.reason) for e in rows(outlet, AuditEvent)] == [
        ("author_changed", "opus", "afterword.toml changed: byline, model_id")
    ]


def test_a_new_cadence_starts_anew_and_an_old_one_keeps_its_next_moment(outlet: Outlet) -> None:
    daily = an_author("opus", cadence={"rule": "every 1 day"})
    call_roll(with_settings(outlet, authors=[daily]))
    with outlet.database.write() as db:
        cadence = db.exec(select(Cadence)).one()
        cadence.next_due = NOON
        db.add(cadence)
    call_roll(with_settings(outlet, authors=[daily]))
    assert rows(outlet, Cadence)[0].next_due == NOON
    call_roll(with_settings(outlet, authors=[an_author("opus", cadence={"rule": "every 1 day", "zone": "Asia/Tokyo"})]))
    assert rows(outlet, Cadence)[0].next_due is None


def test_an_author_without_a_cadence_or_without_a_place_in_the_file_is_not_due(outlet: Outlet) -> None:
    daily = [an_author(name, cadence={"rule": "every 1 day"}) for name in ("opus", "sonnet")]
    call_roll(with_settings(outlet, authors=daily))
    assert len(rows(outlet, Cadence)) == 2
    call_roll(with_settings(outlet, authors=[an_author("opus")]))
    assert rows(outlet, Cadence) == []
    assert len(rows(outlet, Author)) == 2


def test_a_new_reviewer_has_no_password_and_a_former_one_stays_in_the_records(outlet: Outlet) -> None:
    call_roll(with_settings(outlet, reviewers=["ada", "cy"]))
    assert [(user.name, user.password_hash) for user in rows(outlet, User)] == [
        ("ada", None),
        ("ben", None),
        ("cy", None),
    ]


def test_the_feeds_of_the_file_are_followed_once_and_left_when_it_names_them_no_more(both: Outlet) -> None:
    def read_by_opus(*feeds: str) -> list[str]:
        call_roll(with_feeds(both, *feeds))
        with both.database.read() as db:
            return [feed.url for feed in reading_list(db, 1)]

    assert read_by_opus(TIDES, RUST, TIDES) == [TIDES, RUST]
    assert read_by_opus(TIDES, RUST) == [TIDES, RUST]
    assert len(rows(both, Following)) == 2
    assert read_by_opus(RUST) == [RUST]
    assert read_by_opus(RUST, TIDES) == [RUST, TIDES]


def test_what_an_author_left_is_not_brought_back_and_what_it_asked_for_stays(both: Outlet) -> None:
    call_roll(with_feeds(both, TIDES, RUST))
    a_session(both, [tool_reply("ask_staff", words="May I read about rust?"), tool_reply("decline")])
    with both.database.write() as db:
        tides, _ = followings(db, 1)
        turn, wish = db.exec(select(Turn)).all()[1], db.exec(select(Wish)).one()
        unfollow(db, [tides.id], now=NOON, turn_id=turn.id)
        follow(db, 1, RUST, now=NOON, wish_id=wish.id)
    for feeds in ((TIDES, RUST), (), (TIDES,)):
        call_roll(with_feeds(both, *feeds))
        with both.database.read() as db:
            assert [feed.url for feed in reading_list(db, 1)] == [RUST]


def test_what_an_operator_put_there_stays_whatever_the_file_names(both: Outlet) -> None:
    call_roll(with_feeds(both, TIDES))
    with both.database.write() as db:
        follow(db, 1, RUST, now=NOON, actor="ada")
    for feeds in ((TIDES, RUST), (TIDES,), ()):
        call_roll(with_feeds(both, *feeds))
        assert RUST in on_the_list(both)
    assert on_the_list(both) == [RUST]
    assert [(f.actor, f.wish_id) for f in rows(both, Following)] == [("", None), ("ada", None)]


def test_what_an_operator_took_away_is_back_once_the_file_names_it(both: Outlet) -> None:
    with both.database.write() as db:
        unfollow(db, [follow(db, 1, TIDES, now=NOON, actor="ada").id], now=NOON, actor="ada", reason="It sold soap.")
    call_roll(with_feeds(both))
    assert on_the_list(both) == []
    call_roll(with_feeds(both, TIDES))
    assert on_the_list(both) == [TIDES]


def test_a_feed_that_has_moved_is_the_same_by_either_address(both: Outlet) -> None:
    call_roll(with_feeds(both, TIDES))
    moves(both, TIDES, NEW_TIDES)
    for feeds in ((NEW_TIDES,), (TIDES, NEW_TIDES), (TIDES,), (NEW_TIDES,)):
        call_roll(with_feeds(both, *feeds))
        assert on_the_list(both) == [TIDES]
    assert len(rows(both, Following)) == len(rows(both, Feed)) == 1
    call_roll(with_feeds(both))
    assert on_the_list(both) == []


def test_an_author_that_left_a_feed_has_left_it_by_either_address(both: Outlet) -> None:
    call_roll(with_feeds(both, TIDES))
    moves(both, TIDES, NEW_TIDES)
    leaves_all(both)
    call_roll(with_feeds(both, NEW_TIDES, TIDES))
    assert on_the_list(both) == []


def test_what_came_of_a_feed_last_decides_whether_the_file_may_bring_it_back(both: Outlet) -> None:
    call_roll(with_feeds(both, TIDES))
    leaves_all(both)
    with both.database.write() as db:
        wish = a_wish(db)
        unfollow(db, [follow(db, 1, TIDES, now=NOON, wish_id=wish).id], now=NOON, actor="ada", reason="It sold soap.")
    call_roll(with_feeds(both, TIDES))
    assert on_the_list(both) == [TIDES]


TIDES, RUST = "https://tides.example/rss", "https://rust.example/atom"
NEW_TIDES = "https://new.example/tides"


def on_the_list(outlet: Outlet) -> list[str]:
    """What Opus follows."""
    with outlet.database.read() as db:
        return [feed.url for feed in reading_list(db, 1)]


def moves(outlet: Outlet, url: str, to: str) -> None:
    with outlet.database.write() as db:
        db.exec(select(Feed).where(Feed.url == url)).one().moved_to = to


def leaves_all(outlet: Outlet) -> None:
    """Opus stops following whatever it follows, by its own choice."""
    with a_room(outlet) as room:
        unfollow(room.db, [f.id for f in followings(room.db, 1)], now=NOON, turn_id=room.turn.id)


def a_wish(db: Session) -> int:
    """A wish of Opus for a feed."""
    turn = db.exec(select(Turn.id)).first()
    assert turn is not None
    wish = Wish(author_id=1, turn_id=turn, want=Want.FEED, url=TIDES, blob_id=keep(db, b"Please.").id, at=NOON)
    db.add(wish)
    db.flush()
    return wish.id


def with_feeds(outlet: Outlet, *feeds: str) -> Outlet:
    return with_settings(outlet, authors=[an_author("opus", feeds=feeds)])
