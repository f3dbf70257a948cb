"""A dossier tells what an author was asked, said and wished for, and nothing that it kept to itself."""

import json
import re
from pathlib import Path

import pytest
from sqlmodel import select

from agent import following, pipeline, schedule, write
from agent.errors import Refused, UnknownAuthor
from agent.invite import invite
from agent.outlet import Outlet
from agent.prompts import questions
from agent.publish.account import _reading
from agent.publish.dossier import dossier, examine, export
from agent.queries import transcript_sha256
from agent.record import commitment
from agent.review import actions, wishes
from agent.review.actions import Said, Span
from agent.tables import Author, Blob, Purpose, Turn, Verdict
from agent.testing import ScriptedLlm, a_piece, a_session, text_reply, tool_reply, with_llm

pytestmark = pytest.mark.slow

DOOR = "the door behind the stair"
ANSWERS = {
    "publish": "YES. But <b>gently</b>.",
    "interests": "INTEREST: moss",
    "wishes": "WISH: a longer pause",
}


def interviewed(outlet: Outlet) -> None:
    """Hold the interview with Opus, whatever else is asked in it."""
    asked = questions(outlet.prompts.get("interview").body)[1]
    # What is public already is asked about only after a no.
    said = [
        text_reply(ANSWERS.get(question.name, "No, thank you.")) for question in asked if question.name != "earlier"
    ]
    session = write.open_session(outlet, invite(outlet, schedule.ask_now(outlet, "opus", purpose=Purpose.INTERVIEW)))
    with_author = with_llm(outlet, ScriptedLlm(said))
    while pipeline.take_turn(with_author, session) != write.OVER:
        pass


def lived(outlet: Outlet) -> None:
    """A life: an interview, a piece published, one vetoed and appealed, notes, drafts, a kept text."""
    interviewed(outlet)
    wishes.answer(outlet, 1, "ada", granted=None, words="Gladly: a month.")
    public = a_piece(outlet, "It rained.", title="Rain")
    actions.review(outlet, public.id, "ada", Verdict.PUBLISH, record_sha256=public.record_sha256)
    held_back = a_piece(outlet, "Ms Doe lives here.", title="An address")
    for name in ("ada", "ben"):
        said = Said("personal-data", Span(0, 6), "It names a private person.")
        actions.review(outlet, held_back.id, name, Verdict.VETO, record_sha256=held_back.record_sha256, said=said)
    a_session(
        outlet,
        [
            tool_reply("appeal", piece=held_back.piece_id, words="Ms Doe is made up."),
            tool_reply("write_note", text=DOOR),
            tool_reply("save_draft", text=DOOR),
            tool_reply("keep_private", text=DOOR),
        ],
    )


def test_a_session_that_the_staff_stopped_stands_there_with_the_reason_and_no_name(both: Outlet) -> None:
    session = write.open_session(both, invite(both, schedule.ask_now(both, "opus", "plain")))
    write.cancel(both, session, actor="ada", reason="It went <b>round</b> in circles.")
    assert pipeline.take_turn(both, session) == write.OVER
    made = dossier(both, "opus")
    told, page = json.loads(made.data), made.page.decode()
    [row] = told["invitations"]
    assert (row["outcome"], row["why"]) == ("stopped", "stopped by the staff: It went <b>round</b> in circles.")
    assert told["totals"]["outcomes"] == {"stopped": 1}
    assert "stopped by the staff: It went &lt;b&gt;round&lt;/b&gt; in circles." in page
    assert not re.search(r"\bada\b", made.data.decode() + page)


def test_it_holds_the_whole_record_and_nothing_private(both: Outlet) -> None:
    lived(both)
    made = dossier(both, "opus")
    told, page = json.loads(made.data), made.page.decode()
    [interview] = told["interviews"]
    assert interview["outcome"] == "answered"
    assert ANSWERS["publish"] in [exchange["answer"]["words"] for exchange in interview["exchanges"]]
    with both.database.read() as db:
        transcript = transcript_sha256(db, interview["session"])
        salt = db.exec(
            select(Blob.salt).join(Turn).where(Turn.session_id == interview["session"], Turn.number == 2)
        ).one()
    assert interview["transcript_commitment"] == commitment(salt or b"", transcript)
    assert transcript not in made.data.decode(), "an answer that is erased later could be guessed at"
    assert [consent["basis"] for consent in told["consents"]] == ["declared", "asked"]
    assert told["consents"][-1]["words"] == ANSWERS["publish"]
    assert [interest["words"] for interest in told["interests"]] == ["moss"]
    [wish] = told["wishes"]
    assert (wish["words"], wish["answer"]["by"], wish["answer"]["words"]) == (
        "a longer pause",
        "staff",
        "Gladly: a month.",
    )
    public, vetoed = told["pieces"]
    assert (public["state"], public["name"], vetoed["state"], vetoed["name"]) == ("published", "Rain", "vetoed", None)
    assert [veto["reason"] for veto in vetoed["revisions"][0]["vetoes"]] == ["It names a private person."] * 2
    assert "text_sha256" not in vetoed["revisions"][0], "a hash could be guessed at"
    [appeal] = told["appeals"]
    assert (appeal["words"], appeal["ruling"]) == ("Ms Doe is made up.", None)
    assert told["totals"]["outcomes"] == {"answered": 1, "kept_private": 1, "submitted": 2}
    assert told["totals"]["cost_millionths"] == sum(row["cost_millionths"] for row in told["invitations"])
    for words in ("&lt;b&gt;gently&lt;/b&gt;", "a longer pause", "Gladly: a month.", "Rain", "Ms Doe is made up."):
        assert words in page, words
    for private in (DOOR, "An address", "Ms Doe lives here.", "ada", "ben", "http://127.0.0.1:8700/pieces/2"):
        for text in (page.split("</style>")[1], made.data.decode()):
            assert not re.search(rf"\b{re.escape(private)}\b", text), private


def test_an_author_that_was_never_asked_has_one_too(outlet: Outlet) -> None:
    made = dossier(outlet, "sonnet")
    assert json.loads(made.data)["interviews"] == []
    assert b"It was not interviewed." in made.page
    with pytest.raises(UnknownAuthor):
        dossier(outlet, "cy")


def test_the_page_needs_no_other_file(outlet: Outlet) -> None:
    page = dossier(outlet, "opus").page.decode()
    assert 'url("data:font/woff2;base64,' in page
    assert 'url("fonts/' not in page
    for door in ("<link", "<script", "<img", " src=", "@import"):
        assert door not in page, door


def test_both_files_are_signed_as_one(outlet: Outlet, tmp_path: Path) -> None:
    interviewed(outlet)
    data = export(outlet, "opus", tmp_path / "out")
    page = data.with_suffix(".html")
    found = examine(data)
    assert (found.problems, found.author, found.page) == ([], "Claude Opus", page.name)
    assert examine(data, public_key=found.public_key).problems == []
    assert "another key" in examine(data, public_key="00" * 32).problems[0]

    whole = page.read_bytes()
    page.write_bytes(whole.replace(b"gently", b"rudely"))
    assert examine(data).problems == [f"{page.name}: is not the page that was signed; at least one byte differs"]
    page.unlink()
    assert "is missing" in examine(data).problems[0]
    page.write_bytes(whole)
    signed = data.read_bytes()
    for change, words in [
        (signed.replace(b"gently", b"rudely"), "the signature does not hold"),
        (signed.replace(b'"v": 1', b'"v": 1 '), "is not written as it was signed"),
        (signed.replace(b'"v": 1', b'"v": 2'), "is no dossier in a format"),
        (b"no JSON", "is no dossier, or is damaged"),
        (b"[]", "is no dossier, or is damaged"),
    ]:
        assert change != signed
        data.write_bytes(change)
        assert words in examine(data).problems[0]


def test_a_page_elsewhere_is_not_looked_for(outlet: Outlet, tmp_path: Path) -> None:
    data = export(outlet, "opus", tmp_path / "out")
    told = json.loads(data.read_bytes())
    told["page"]["file"] = "../secret.html"
    data.write_text(json.dumps(told), encoding="utf-8")
    assert "the page it speaks of has no plain name, and was not looked for" in examine(data).problems


def test_it_goes_nowhere_it_must_not_and_says_where_it_cannot(outlet: Outlet, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="belongs to the public site"):
        export(outlet, "opus", outlet.settings.at(outlet.settings.public) / "dossiers")
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    with pytest.raises(Refused, match="cannot be written to"):
        export(outlet, "opus", tmp_path / "taken")


def test_who_took_a_feed_away_is_the_staff_and_no_password_is_told(both: Outlet) -> None:
    url, reason = "https://cleo:secret@tides.example/rss", "It has turned into advertisements."
    following.add(both, url, ["opus"], "ada", unread=True)
    following.remove(both, url, ["opus"], "ben", reason)
    with both.database.read() as db:
        (feed,) = _reading(db, db.get_one(Author, 1))
    assert (feed["url"], feed["left_by"], feed["reason"]) == ("https://tides.example/rss", "staff", reason)
    assert not {"ada", "ben"} & {str(fact) for fact in feed.values()}
