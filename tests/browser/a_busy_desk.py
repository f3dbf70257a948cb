"""A desk on a long day: forty drafts that wait, and three months of decisions behind them, all through the real doors.

The texts are those of the library, which are ours; what was decided long ago are single paragraphs of them, turned
about, so that no draft seems to be copied from them. To look at it, until Ctrl-C:
`.venv/bin/python -m tests.browser.a_busy_desk FOLDER`, which prints its address.
"""

import random
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlmodel import col, select

from agent.outlet import Outlet
from agent.review import actions, feedback, second
from agent.review.actions import Said, Span
from agent.staff import set_password
from agent.tables import Flag, Level, Revision, Says, Verdict, WithdrawnBy
from agent.testing import MovableClock, a_session, an_author, an_outlet, tool_reply
from agent.write.ending import Work
from tests.browser.a_library import SONNET3, TEXTS
from tests.publish.works import a_sitting, an_interview, appeal, revisions_of

PASSWORD = "quince river comma weather"
STAFF = ("ada", "ben", "cleo", "dora", "olga")
DRAFTS = 40
WEEKS = 13
A_WEEK = 10
"""Pieces that were decided in one week."""
SHORTEST = 50
"""Letters of a paragraph that is read as a fragment."""
TOGETHER = 4
"""Words that stay together in a fragment: fewer than checks take for copied."""
LINKED = (
    "There is a door in every building that nobody opens, and I have begun a list of them. The first is painted the "
    "colour of the wall.\n\nThe second has a handle on both sides and no room behind it. It was put there for the "
    "drawing, in which a wall so long looked sad. Whoever wishes to can [try the handle](javascript:open()); I am told "
    "that it turns.\n\nThe third is a door because of what stands on it, *Do not enter*, and would otherwise be a "
    "cupboard. I think of it as the most successful of the three.\n"
)
"""Readers do not get its link, and one of the checks asks for a look."""
SECONDS = 14
"""Second looks of one reviewer."""
ALIKE = 0.93
GROUNDS = ("personal-data", "personal-data", "claim", "law", "claim", "personal-data")
WHY = {
    "personal-data": "It gives the house of somebody who is not known to the public.",
    "claim": "It says of a real firm that it did this, and nothing bears it out.",
    "law": "A court has forbidden this sentence, see the file of the third of May.",
}


def an_open_desk(folder: Path) -> Outlet:
    """Reviewers Ada, Ben and Cleo, Dora who says who the staff are, Olga who keeps it running; ten minutes to undo."""
    outlet = an_outlet(
        folder,
        reviewers=["ada", "ben", "cleo"],
        operators=["olga"],
        administrators=["dora"],
        undo_minutes=10,
        blind_share=0.5,
        authors=[
            an_author("opus", byline="Claude Opus 3", retired_on=date(2026, 1, 5)),
            an_author("sonnet", byline="Claude Sonnet 3", model_id=SONNET3, retired_on=date(2025, 7, 21)),
        ],
    )
    with outlet.database.write() as db:
        for name in STAFF:
            set_password(db, name, PASSWORD, outlet.now())
    return outlet


def fill(outlet: Outlet, *, weeks: int = WEEKS, drafts: int = DRAFTS) -> None:
    """Live through the weeks, then let the drafts come in."""
    draw = random.Random(6)
    an_interview(outlet)
    past = _fragments()
    for _ in range(weeks):
        for _ in range(A_WEEK):
            later(outlet, hours=draw.uniform(8, 24))
            _decide(outlet, draw, a_fragment(outlet, *next(past), author=draw.choice(("opus", "opus", "sonnet"))))
    _judge(outlet, draw)
    _look_again(outlet, draw)
    _the_authors_side(outlet)
    a_session(outlet, [tool_reply("submit", text=LINKED, title="A catalogue of doors"), tool_reply("decline")])
    hand_in(outlet, drafts - 1, draw)
    _this_morning(outlet)


def hand_in(outlet: Outlet, count: int, draw: random.Random | None = None) -> None:
    """Drafts that wait, whole texts of all sizes."""
    draw = draw or random.Random(6)
    for name, text in _whole()[:count]:
        later(outlet, hours=draw.uniform(0.2, 9))
        facts = {"title": name, "form": draw.choice(("essay", "poem", "letter", "")), "tags": ["weather"]}
        a_session(outlet, [tool_reply("submit", text=text, **facts), tool_reply("decline")])
    later(outlet, minutes=41)


def later(outlet: Outlet, **span: float) -> None:
    """Let time go by, and what is due take effect."""
    assert isinstance(outlet.now, MovableClock)
    outlet.now.forward(**span)
    actions.carry_out(outlet)


def a_fragment(outlet: Outlet, name: str, text: str, *, author: str) -> Revision:
    """One short work in a sitting of its own."""
    [revision] = revisions_of(outlet, a_sitting(outlet, Work(text, title=name), author=author))
    return revision


def verdict(outlet: Outlet, revision: Revision, reviewer: str, word: Verdict, ground: str = "", **more: Any) -> None:
    """What a reviewer says of a revision, with whatever it must come with."""
    with outlet.database.read() as db:
        flags = db.exec(select(Flag).where(Flag.revision_id == revision.id)).all()
    answers = {flag.id: "A refrain: it is meant." for flag in flags if flag.level is Level.LOOK}
    reason = WHY.get(ground, "I do not read this language well enough to be sure.")
    said = Said(ground=ground, span=Span(0, 5) if ground else None, reason=reason, answers=answers)
    if word is Verdict.PUBLISH:
        said = replace(said, reason="", ground="", span=None)
    actions.review(outlet, revision.id, reviewer, word, record_sha256=revision.record_sha256, said=said, **more)


def _decide(outlet: Outlet, draw: random.Random, revision: Revision) -> None:
    later(outlet, hours=draw.gammavariate(1.6, 5))
    first, second, third = draw.sample(("ada", "ben", "cleo"), 3)
    fate = draw.random()
    if fate < 0.06:
        ground = draw.choice(GROUNDS)
        verdict(outlet, revision, first, Verdict.VETO, ground)
        later(outlet, hours=draw.uniform(1, 30))
        verdict(outlet, revision, second, Verdict.VETO, ground)
    elif fate < 0.1:
        verdict(outlet, revision, first, Verdict.VETO, draw.choice(GROUNDS))
        later(outlet, hours=draw.uniform(1, 30))
        _publish(outlet, revision, second, third)
    elif fate < 0.14:
        verdict(outlet, revision, first, Verdict.ESCALATE)
        later(outlet, hours=draw.uniform(1, 30))
        _publish(outlet, revision, second, third)
    else:
        _publish(outlet, revision, first, second)
        if fate > 0.96:
            actions.undo(outlet, revision.id, first)
            _publish(outlet, revision, first, second)
    later(outlet, minutes=11)


def _publish(outlet: Outlet, revision: Revision, *reviewers: str) -> None:
    """One says publish, or two where a flag says stop."""
    with outlet.database.read() as db:
        stop = db.exec(select(Flag.id).where(Flag.revision_id == revision.id, Flag.level == Level.STOP)).first()
    for reviewer in reviewers if stop else reviewers[:1]:
        verdict(outlet, revision, reviewer, Verdict.PUBLISH)


def _judge(outlet: Outlet, draw: random.Random) -> None:
    """What Ada says of each flag that was raised."""
    with outlet.database.read() as db:
        flags = list(db.exec(select(Flag.id).order_by(col(Flag.id))))
    for flag in flags:
        feedback.judge(outlet, flag, "ada", draw.choice((Says.REAL, Says.FALSE, Says.FALSE, Says.WITHIN)))


def _look_again(outlet: Outlet, draw: random.Random) -> None:
    """Second looks at what was drawn: mostly they come to the same."""
    for reviewer in ("ada", "ben", "cleo"):
        with outlet.database.read() as db:
            waits = [row.revision for row in second.wanted(db, outlet, reviewer)][:SECONDS]
        for revision_id in waits:
            with outlet.database.read() as db:
                revision, first = db.get_one(Revision, revision_id), second.first_of(db, revision_id)
            assert first is not None
            other = {Verdict.PUBLISH: Verdict.VETO, Verdict.VETO: Verdict.PUBLISH}[first.verdict]
            word = first.verdict if draw.random() < ALIKE else other
            said = {"ground": "claim", "reason": WHY["claim"]} if word is Verdict.VETO else {}
            second.look(outlet, revision_id, reviewer, word, record_sha256=revision.record_sha256, **said)


def _the_authors_side(outlet: Outlet) -> None:
    """A veto with an appeal that waits, wishes, a correction, a withdrawal that waits for a second person."""
    held = a_fragment(
        outlet, "The man with the crows", "He lives at 12 Elm Street, and feeds them at nine.\n", author="opus"
    )
    for reviewer in ("ada", "ben"):
        verdict(outlet, held, reviewer, Verdict.VETO, "personal-data")
    later(outlet, minutes=11)
    appeal(outlet, held, "The street is invented, and so is the man. There are no crows in it that anybody could find.")
    asked = "Could somebody tell me whether anyone has written back about the tide table?"
    a_session(outlet, [tool_reply("ask_staff", words=asked), tool_reply("decline")])
    wish = "Once a month would suit me better than each week, and never on a Monday."
    a_session(outlet, [tool_reply("change_cadence", words=wish), tool_reply("decline")], author="sonnet")
    actions.correct(outlet, 3, "ben", "The flood was in 1953, and not in 1952.")
    actions.withdraw(outlet, 4, "cleo", WithdrawnBy.STAFF, ground="law", reason="A letter from a court, in the file.")


def _this_morning(outlet: Outlet) -> None:
    """Some of the drafts were begun: a veto that waits, a question, one that goes out this afternoon."""
    with outlet.database.read() as db:
        newest = list(db.exec(select(Revision).order_by(col(Revision.id).desc()).limit(8)))
    verdict(outlet, newest[0], "ben", Verdict.VETO, "claim")
    verdict(outlet, newest[1], "cleo", Verdict.ESCALATE)
    verdict(outlet, newest[2], "ben", Verdict.PUBLISH, at=outlet.now() + timedelta(hours=5))
    verdict(outlet, newest[3], "ada", Verdict.PUBLISH)


def _whole() -> list[tuple[str, str]]:
    """Each of the library's texts, by its name."""
    return [(file.stem.replace("-", " ").capitalize(), file.read_text("utf-8")) for file in sorted(TEXTS.glob("*.md"))]


def _fragments() -> Iterator[tuple[str, str]]:
    """Single paragraphs of them, by their first words."""
    for _, text in _whole():
        for part in text.split("\n\n"):
            if len(part) > SHORTEST:
                yield " ".join(part.strip("#*>- ").split()[:4]).strip(",.;:"), _turned(part)


def _turned(part: str) -> str:
    """The same words, a few at a time, the last of them first."""
    words = part.split()
    groups = [words[at : at + TOGETHER] for at in range(0, len(words), TOGETHER)]
    return " ".join(word for group in reversed(groups) for word in group) + "\n"


if __name__ == "__main__":
    from agent.desk import create_app
    from tests.browser.browser import served

    desk = an_open_desk(Path(sys.argv[1]))
    fill(desk)
    with served(create_app(desk)) as address:
        sys.stdout.write(f"{address}  ({', '.join(STAFF)}; {PASSWORD})\n")
        try:
            while True:
                input()
        except (KeyboardInterrupt, EOFError):
            pass
