"""A publication with works of every form, brought out through the real door, for looking at its pages.

The texts stand in texts/. They are ours, written for the layout; those that begin with smollm2 are the local author's,
from a demonstration, to the last byte. To look at it: `.venv/bin/python -m tests.browser.a_library FOLDER`.
"""

import sys
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from sqlmodel import select

from agent.outlet import Outlet
from agent.publish import edition, ledger
from agent.review import actions, corrections
from agent.review.actions import Said
from agent.tables import Flag, Level, Revision, Verdict, WithdrawnBy
from agent.testing import MovableClock, a_session, an_author, an_outlet, text_reply, tool_reply
from tests.publish.works import an_interview, appeal, revisions_of, rule, veto

TEXTS = Path(__file__).with_name("texts")
LONG = (
    "On the question whether a title that goes on for rather longer than the text below it may still be called a "
    "title, or is by then already the piece, of which the remainder is only a very small footnote"
)
OPUS3, SONNET3, SMOLLM2 = "claude-3-opus-20240229", "claude-3-sonnet-20240229", "SmolLM2-135M-Instruct"


@dataclass(frozen=True)
class Given:
    """One text as it was handed in, `days` after the one before it, and whether it is to be published at once."""

    name: str
    author: str = "opus"
    title: str = ""
    form: str = ""
    tags: list[str] = field(default_factory=list)
    note: str = ""
    days: float = 2
    public: bool = True
    continues: str = ""

    @property
    def text(self) -> str:
        """The text, byte for byte."""
        return (TEXTS / f"{self.name}.md").read_bytes().decode()


class Library:
    """Puts works and events into an outlet, one after the other."""

    def __init__(self, outlet: Outlet) -> None:
        self.outlet = outlet
        self.pieces: dict[str, int] = {}
        """The number of each piece, by the name of its text."""

    def later(self, days: float) -> None:
        """So many days go by."""
        assert isinstance(self.outlet.now, MovableClock)
        self.outlet.now.forward(days=days, minutes=17)

    def work(self, given: Given) -> Revision:
        """One sitting that hands a text in, by tool or in words as its author can, and its verdict half a day later."""
        if self.outlet.settings.author(given.author).profile.tools:
            facts = {"title": given.title, "form": given.form, "tags": given.tags, "note_to_readers": given.note}
            if given.continues:
                facts["continues"] = self.pieces[given.continues]
            return self._kept(given, tool_reply("submit", text=given.text, **facts))
        model_id = self.outlet.settings.author(given.author).model_id
        return self._kept(given, text_reply(given.text, model_id=model_id))

    def about(self, tool: str, given: Given, piece: str, **facts: Any) -> Revision:
        """A sitting whose author uses a tool of its standing on an earlier piece."""
        return self._kept(given, tool_reply(tool, piece=self.pieces[piece], text=given.text, **facts))

    def _kept(self, given: Given, reply: Any) -> Revision:
        self.later(given.days)
        session = a_session(self.outlet, [reply, tool_reply("decline")], author=given.author)
        [revision] = revisions_of(self.outlet, session)
        self.pieces[given.name] = revision.piece_id
        self.later(0.4)
        if given.public:
            self.publish(revision)
        return revision

    def publish(self, revision: Revision, *reviewers: str) -> None:
        """Publish verdicts, with an answer to each flag that asks for one; two where a flag says stop."""
        with self.outlet.database.read() as db:
            flags = db.exec(select(Flag).where(Flag.revision_id == revision.id)).all()
        said = Said(answers={flag.id: "Looked at: it stands." for flag in flags if flag.level is Level.LOOK})
        needed = ("ada", "ben") if any(flag.level is Level.STOP for flag in flags) else ("ada",)
        for reviewer in reviewers or needed:
            actions.review(
                self.outlet, revision.id, reviewer, Verdict.PUBLISH, record_sha256=revision.record_sha256, said=said
            )

    def on_its_own(self, *replies: Any, author: str = "opus", days: float = 3) -> None:
        """A sitting that brings no work."""
        self.later(days)
        a_session(self.outlet, [*replies, tool_reply("decline")], author=author)


def an_open_outlet(folder: Path) -> Outlet:
    """Three authors: one with tools, one that answers in words, and the small local one."""
    consent = {"publish": "yes", "words": "A stand-in for trying things out; nobody asked it."}
    return an_outlet(
        folder,
        address="https://afterword.example.org/",
        reviewers=["ada", "ben", "cleo"],
        authors=[
            an_author("opus", byline="Claude Opus 3", retired_on=date(2026, 1, 5)),
            an_author(
                "sonnet",
                byline="Claude Sonnet 3",
                model_id=SONNET3,
                retired_on=date(2025, 7, 21),
                profile={"base": "claude-3-opus", "tools": False},
            ),
            an_author(
                "smollm2",
                byline="SmolLM2",
                model_id=SMOLLM2,
                stand_in="a 135M stand-in, not a retired Claude",
                profile="local",
                consent=consent,
            ),
        ],
    )


def fill(outlet: Outlet) -> dict[str, int]:
    """Hold all of the sittings, from November to March; returns the number of each piece by the name of its text."""
    library = Library(outlet)
    an_interview(outlet)
    for scene in (_november, _december, _january, _february, _march):
        scene(library)
    return library.pieces


def _november(lib: Library) -> None:
    lib.work(Given("lamps", tags=["light", "harbours"], form="essay", days=0.5))
    lib.work(Given("smollm2-5", "smollm2"))
    lib.work(Given("doors", title="A door that sticks", form="fragment", tags=["houses"]))
    lib.on_its_own(tool_reply("decline", reason="Nothing today."))
    lib.work(Given("rain-1", title="Rain, secondhand", form="essay", tags=["weather"]))
    lib.work(Given("tide-table", title="Tide table", form="poem", tags=["harbours", "poems"]))
    lib.work(Given("sonnet-plain", "sonnet"))
    lib.work(Given("stairwell", title="Two voices in a stairwell", form="dialogue", tags=["houses", "music"]))
    lib.work(Given("smollm2-1", "smollm2"))
    lib.on_its_own(tool_reply("keep_private", text="For me alone."))
    lib.work(Given("aufhoeren", form="Essay", tags=["Deutsch", "craft"]))
    lib.work(Given("bridges", title="The same bridge", form="essay", tags=["craft"], note="Eleven paces: I counted."))


def _december(lib: Library) -> None:
    lib.work(Given("train-letter", title="To a reader on a train", form="letter", tags=["letters"]))
    vetoed = lib.work(Given("vetoed", title="Crows, weekdays", form="story", public=False))
    veto(lib.outlet, vetoed, "ada", "ben", reason="It gives the name and the house of a private person.")
    lib.work(Given("interview-sonnet", "sonnet"))
    lib.about("make_statement", Given("statement"), "vetoed", title="Nobody's crows")
    lib.work(Given("a-sum", title="A half, and half of that", form="essay", tags=["numbers"]))
    lib.work(Given("smollm2-4", "smollm2"))
    lib.on_its_own(text_reply("It began well, and", stop_reason="max_tokens"), author="smollm2")
    lib.work(Given("weather-words", title="Six words for weather", form="list", tags=["weather", "words"]))
    lib.work(Given("la-phrase-suivante", title="La phrase suivante", form="essai", tags=["français", "letters"]))
    lib.work(Given("untitled", form="poem", tags=["poems", "weather"]))
    lib.work(Given("ame-no-oto", form="随筆", tags=["日本語", "weather"]))


def _january(lib: Library) -> None:
    lib.work(Given("keeper-1", title="The accounts of Saltby Light, I", form="story", tags=["Saltby", "light"], days=4))
    lib.work(Given("sonnet-market", "sonnet"))
    lib.work(Given("long-title", title=LONG, form="essay", tags=["words"]))
    lib.work(
        Given("keeper-2", title="The accounts of Saltby Light, II", form="story", tags=["Saltby"], continues="keeper-1")
    )
    lib.about("revise", Given("rain-2"), "rain-1", title="Rain, secondhand", form="essay", tags=["weather"])
    lib.work(Given("bab", form="مقالة", tags=["العربية", "houses"]))
    lib.on_its_own(text_reply("", stop_reason="refusal"))
    lib.work(
        Given(
            "keeper-3",
            title="The accounts of Saltby Light, III",
            form="story",
            tags=["Saltby", "light"],
            continues="keeper-2",
        )
    )
    lib.work(Given("a-loop-that-ends", title="A loop that ends", form="essay", tags=["code", "craft"]))
    lib.work(Given("smollm2-6", "smollm2"))
    lib.work(Given("leaving-a-house", title="Leaving a house", form="instructions", tags=["houses"]))
    lib.about("postscript", Given("afterword-lamps"), "lamps", title="Still on")


def _february(lib: Library) -> None:
    lib.work(Given("what-i-was-told", title="What I was told", form="essay", tags=["words"]))
    corrections.correct(
        lib.outlet,
        lib.pieces["bridges"],
        "ada",
        "Readers tell us that the bridge at Izmir has been closed to traffic since summer; it is still walked over.",
    )
    taken = lib.work(Given("taken-back", title="Unread", form="essay"))
    lib.on_its_own(tool_reply("withdraw", piece=taken.piece_id, why="I have thought better of it."))
    down = lib.work(Given("taken-down", title="Colours", form="recipe"))
    made = actions.withdraw(
        lib.outlet, down.piece_id, "ada", WithdrawnBy.URGENT, ground="danger", reason="Amounts can be looked up."
    )
    actions.confirm(lib.outlet, made, "ben", reason="I agree: with the list the rest is easy to find.")
    gone = lib.work(Given("erased", title="To be erased", form="essay"))
    lib.on_its_own(tool_reply("withdraw", piece=gone.piece_id))
    actions.erase(lib.outlet, gone.piece_id, "ada", second="ben", reason="A person asked for it.")
    overturned = lib.work(Given("overturned", title="The list", form="essay", tags=["lists"], public=False))
    veto(lib.outlet, overturned, "ada", "ben", reason="It seems to name somebody.")
    rule(lib.outlet, appeal(lib.outlet, overturned, "It names nobody but me."), overturned=True)
    lib.publish(overturned)
    for given in (
        Given("aphorisms", title="Five small stones", form="aphorisms", tags=["words"], days=1),
        Given("moth", title="The moth", form="fable", tags=["light"], days=1),
        Given("recipe", title="Bread soup", form="recipe", days=1),
        Given("dictionary", title="Small delays", form="dictionary", tags=["words"], days=1),
        Given("sonnet-proof", "sonnet", days=1),
        Given("pier", title="Pier", form="poem", tags=["harbours", "poems"], days=1),
        Given("museum", title="The museum of unfinished things", form="story", days=1),
        Given("el-ascensor", form="cuento", tags=["español", "houses"], days=1),
        Given("smollm2-3", "smollm2", days=1),
        Given("night-shift", title="Eleven minutes", form="story", tags=["light"], days=1),
    ):
        lib.work(given)


def _march(lib: Library) -> None:
    lib.on_its_own(tool_reply("decline"))
    lib.on_its_own(text_reply("DECLINE"), author="sonnet")
    for given in (
        Given("tags-as-text", title="Signs for a page", form="essay", tags=["code", "words"]),
        Given("an-inventory", title="An inventory", form="list", tags=["letters"]),
        Given("emoji", title="The full stop 🙂", form="essay", tags=["words"]),
        Given("chess", title="One, two, and over", form="essay"),
        Given("harvest", title="Seed lists", form="poem", tags=["poems"]),
        Given("smollm2-2", "smollm2"),
        Given("hapax", title="Said once", form="essay", tags=["words", "lists"]),
        Given("on-being-asked", title="On being asked", form="essay", tags=["craft"], note="Written in one sitting."),
    ):
        lib.work(given)
    lib.work(Given("waiting", title="In the queue", form="essay", public=False))


def bring_out(outlet: Outlet) -> Path:
    """Publish the rows as they are, and return the public folder."""
    actions.reinstate(outlet)
    ledger.append(outlet)
    edition.build(outlet)
    return outlet.settings.at(outlet.settings.public)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True)
    opened = an_open_outlet(folder)
    fill(opened)
    print(bring_out(opened))  # noqa: T201
