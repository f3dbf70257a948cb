"""The edition comes to each target, and staff know where it has not."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from filelock import FileLock
from sqlmodel import col, select

from agent.errors import TargetError
from agent.notices import notices
from agent.outlet import Brought, Outlet
from agent.publish import delivery
from agent.tables import AuditEvent, Delivery, Edition
from agent.testing import NOON, MovableClock


@dataclass
class Mirror:
    """A place in the world that takes the manifest, or refuses it."""

    name: str = "cdn"
    place: str = "s3://site"
    refuses: str = ""
    holds: list[str] = field(default_factory=list)

    def check(self) -> None: ...

    def look(self) -> str:
        return "reached"

    def bring(self, folder: Path) -> Brought:
        if self.refuses:
            raise TargetError(target=self.name, reason=self.refuses, to_do="Mend it.")
        self.holds.append(sha256((folder / "manifest.json").read_bytes()).hexdigest())
        return Brought(self.holds[-1], 3, 1)


def with_targets(outlet: Outlet, *targets: Mirror) -> Outlet:
    return replace(outlet, targets=targets)


def an_edition(outlet: Outlet, words: str) -> str:
    """What a build leaves: a manifest in the public folder, and a row."""
    folder = outlet.settings.at(outlet.settings.public)
    folder.mkdir(exist_ok=True)
    (folder / "manifest.json").write_text(words)
    digest = sha256(words.encode()).hexdigest()
    with outlet.database.write() as db:
        db.add(Edition(state=words, manifest_sha256=digest, files=1, written=1, removed=0, at=outlet.now()))
    return digest


def asked(outlet: Outlet, question: Any) -> Any:
    with outlet.database.read() as db:
        return question(outlet, db)


def rows(outlet: Outlet, table: type) -> list[Any]:
    with outlet.database.read() as db:
        return list(db.exec(select(table).order_by(col(table.id))))  # type: ignore[attr-defined]


def forward(outlet: Outlet, **much: float) -> None:
    assert isinstance(outlet.now, MovableClock)
    outlet.now.forward(**much)


def test_without_an_edition_or_a_target_nothing_lacks_anything(outlet: Outlet) -> None:
    assert asked(with_targets(outlet, Mirror()), delivery.undelivered) == []
    an_edition(outlet, "one")
    assert asked(outlet, delivery.undelivered) == []
    assert delivery.deliver(outlet, "any") == {}


def test_an_edition_is_brought_to_each_target_once(both: Outlet) -> None:
    cdn, web = Mirror(), Mirror("web", "/srv/site")
    outlet = with_targets(both, cdn, web)
    first = an_edition(outlet, "one")
    assert asked(outlet, delivery.undelivered) == list(asked(outlet, delivery.due)) == ["cdn", "web"]
    assert delivery.deliver(outlet, first) == {}
    assert delivery.deliver(outlet, first) == {}
    assert cdn.holds == web.holds == [first]
    assert asked(outlet, delivery.undelivered) == []
    found = [(row.target, row.manifest_sha256, row.written, row.removed, row.at) for row in rows(outlet, Delivery)]
    assert found == [("cdn (s3://site)", first, 3, 1, NOON), ("web (/srv/site)", first, 3, 1, NOON)]
    second = an_edition(outlet, "two")
    assert asked(outlet, delivery.undelivered) == ["cdn", "web"]
    delivery.deliver(outlet, second)
    assert cdn.holds == [first, second]


def test_a_target_that_fails_holds_up_no_other_and_is_told_to_staff(both: Outlet) -> None:
    outlet = with_targets(both, Mirror(refuses="the disk is full"), web := Mirror("web", "/srv/site"))
    edition = an_edition(outlet, "one")
    assert delivery.deliver(outlet, edition) == {"cdn": "Target cdn: the disk is full. Mend it."}
    assert web.holds == [edition]
    assert asked(outlet, delivery.undelivered) == ["cdn"]
    [event] = rows(outlet, AuditEvent)
    assert (event.actor, event.action, event.subject) == ("outlet", "delivery_failed", "cdn (s3://site)")
    [notice] = asked(outlet, notices)
    assert (notice.kind, notice.subject, notice.since, notice.waits) == ("delivery", "target cdn", NOON, False)
    assert notice.words == "lacks the newest edition: the disk is full. Mend it"
    assert notice.to_do == "It is tried again at 2026-11-01 12:01Z; at once with `afterword build`"


def test_patience_grows_to_a_quarter_of_an_hour(outlet: Outlet) -> None:
    outlet = with_targets(outlet, cdn := Mirror(refuses="nobody answers"))
    edition = an_edition(outlet, "one")
    waits = []
    for _ in range(7):
        delivery.deliver(outlet, edition)
        [trouble] = asked(outlet, delivery.troubles)
        waits.append((trouble.again_at - outlet.now()) / timedelta(minutes=1))
        forward(outlet, minutes=waits[-1] - 0.1)
        assert asked(outlet, delivery.due) == {}
        forward(outlet, minutes=0.1)
        assert asked(outlet, delivery.due) == {"cdn": len(waits)}
    assert waits == [1, 2, 4, 8, 15, 15, 15]
    assert "(tried 7 times)" in asked(outlet, notices)[0].words
    cdn.refuses = ""
    delivery.deliver(outlet, edition)
    assert asked(outlet, notices) == []
    forward(outlet, minutes=1)
    cdn.refuses = "nobody answers"
    delivery.deliver(outlet, an_edition(outlet, "two"))
    [trouble] = asked(outlet, delivery.troubles)
    assert (trouble.times, trouble.again_at) == (1, outlet.now() + timedelta(minutes=1))


def test_a_target_that_moved_is_another_one(outlet: Outlet) -> None:
    edition = an_edition(outlet, "one")
    delivery.deliver(with_targets(outlet, Mirror()), edition)
    moved = with_targets(outlet, Mirror(place="s3://another"))
    assert asked(moved, delivery.undelivered) == ["cdn"]


def test_what_the_folder_holds_meanwhile_is_what_is_written_down(outlet: Outlet) -> None:
    outlet = with_targets(outlet, Mirror())
    first, second = an_edition(outlet, "one"), an_edition(outlet, "two")
    delivery.deliver(outlet, first)
    assert [row.manifest_sha256 for row in rows(outlet, Delivery)] == [second]
    assert asked(outlet, delivery.undelivered) == []


def test_a_newer_edition_in_the_folder_is_brought_at_once(outlet: Outlet) -> None:
    class Overtaken(Mirror):
        def bring(self, folder: Path) -> Brought:
            if (folder / "manifest.json").read_text() == "one":
                an_edition(outlet, "two")
                self.refuses = "the folder came to hold a newer edition meanwhile"
            else:
                self.refuses = ""
            return super().bring(folder)

    overtaken = with_targets(outlet, Overtaken())
    assert delivery.deliver(overtaken, an_edition(outlet, "one")) == {}
    assert asked(overtaken, delivery.undelivered) == []


def test_a_target_that_another_process_is_at_is_left_to_it(outlet: Outlet) -> None:
    outlet = with_targets(outlet, cdn := Mirror(), Mirror("web", "/srv"))
    edition = an_edition(outlet, "one")
    (outlet.settings.folder / "targets").mkdir()
    with FileLock(outlet.settings.folder / "targets" / "cdn.lock"):
        assert delivery.deliver(outlet, edition) == {}
    assert cdn.holds == []
    assert asked(outlet, delivery.undelivered) == ["cdn"]


def test_only_those_that_are_named_are_brought_it(outlet: Outlet) -> None:
    outlet = with_targets(outlet, cdn := Mirror(), web := Mirror("web", "/srv"))
    edition = an_edition(outlet, "one")
    delivery.deliver(outlet, edition, names=["web"])
    assert (cdn.holds, web.holds) == ([], [edition])


def test_a_folder_that_cannot_be_read_is_no_delivery(outlet: Outlet) -> None:
    outlet = with_targets(outlet, Mirror())
    edition = an_edition(outlet, "one")
    (outlet.settings.at(outlet.settings.public) / "manifest.json").rename(outlet.settings.folder / "gone")
    (outlet.settings.at(outlet.settings.public) / "manifest.json").mkdir()
    assert "IsADirectoryError" in delivery.deliver(outlet, edition)["cdn"]
    assert rows(outlet, Delivery) == []
