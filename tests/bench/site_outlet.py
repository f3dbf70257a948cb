"""An outlet of as many published essays as one likes, with every row that a real one would have left.

The first essay of each author goes the real way: invited, written with tools, rendered, checked, reviewed, published.
The others are put in at once, after that pattern, with words, hashes, salts and moments of their own. Beside a third
of the invitations lie entries of a feed, beside another third earlier pieces; and for every ten essays one is declined.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from pathlib import Path

import sqlalchemy as sa
from sqlmodel import func, select

from agent import app
from agent.cli.publication import begin
from agent.outlet import Outlet
from agent.publish import ledger
from agent.review import actions
from agent.settings import load
from agent.tables import Publication, Rendering, Verdict
from agent.testing import MovableClock, a_piece
from tests.bench.site_corpus import AUTHORS, LAST, SPAN, Essay, essays
from tests.bench.site_rows import WRITTEN, Pattern, Rows, pattern_of, renderings, table_of

SETTINGS = """
title = "Afterword"
address = "https://afterword.example.org"
reviewers = ["ada", "ben"]
undo_minutes = 0
max_sessions_per_day = 1000
max_cost_per_month = 1000.0
site_port = 0
desk_port = 0
""" + "".join(
    f"""
[[author]]
name = "{name}"
byline = "Claude {name.removeprefix("claude-").title()}"
model_id = "{name}"
profile = "claude-3-opus"
consent = {{ publish = "yes", words = "Declared for a bench." }}
"""
    for name in AUTHORS
)
AT_ONCE = 2_000
"""So many essays are put in, and told to the ledger, at a time."""


def an_outlet_of(folder: Path, count: int = 40, seed: int = 1) -> Outlet:
    """A new outlet in a folder, with so many public essays, all of them in its ledger, and no edition yet. Its clock
    stands at the last of them."""
    outlet = begun(folder)
    grow(outlet, 1, count, of=count, seed=seed)
    return outlet


def begun(folder: Path) -> Outlet:
    """A new outlet in a folder, with nothing in it but its authors."""
    begin(folder, SETTINGS)
    # Everybody agreed before the first essay.
    outlet = replace(app.build(load(folder)), now=MovableClock(LAST - SPAN - timedelta(days=30)))
    app.open_up(outlet)
    return outlet


def opened(folder: Path) -> Outlet:
    """The outlet that is in a folder; its clock stands at the newest publication."""
    outlet = app.build(load(folder))
    with outlet.database.read() as db:
        newest = db.exec(select(func.max(Publication.at))).one()
    return replace(outlet, now=MovableClock(max(newest or LAST, LAST)))


def grow(outlet: Outlet, first: int, last: int, *, of: int, seed: int = 1, told: bool = True) -> None:
    """Publish the essays from number `first` to `last` of a corpus, and tell the ledger."""
    corpus = essays(first, last, of=of, seed=seed)
    patterns: dict[str, Pattern | None] = {}
    while some := list(islice(corpus, AT_ONCE)):
        rest = []
        for essay in some:
            if patterns.get(essay.author) is None:
                patterns[essay.author] = pattern_of(outlet, essay.author)
            if patterns[essay.author] is None:
                _publish(outlet, essay)
            else:
                rest.append(essay)
        _put_in(outlet, [(essay, pattern) for essay in rest if (pattern := patterns[essay.author])])
        _clock(outlet).at = max(LAST, some[-1].at)
        if told:
            ledger.append(outlet)


def tell(outlet: Outlet) -> None:
    """Tell the ledger everything."""
    ledger.append(outlet)


def forget_renderings(outlet: Outlet) -> None:
    """Empty the render store, as a new version of the renderer finds it."""
    with outlet.database.write() as db:
        db.connection().execute(sa.delete(table_of(Rendering)))


def _clock(outlet: Outlet) -> MovableClock:
    assert isinstance(outlet.now, MovableClock)
    return outlet.now


def _publish(outlet: Outlet, essay: Essay) -> None:
    """One essay through the real verbs."""
    _clock(outlet).at = essay.at - WRITTEN
    revision = a_piece(outlet, essay.text, author=essay.author, title=essay.title, tags=essay.tags)
    _clock(outlet).at = essay.at
    actions.review(outlet, revision.id, "ada", Verdict.PUBLISH, record_sha256=revision.record_sha256)


def _put_in(outlet: Outlet, wanted: Sequence[tuple[Essay, Pattern]]) -> None:
    """Add the rows of these essays, in one transaction."""
    drawn = list(renderings([essay.text for essay, _ in wanted]))
    with outlet.database.write() as db:
        rows = Rows(db)
        for (essay, pattern), rendering in zip(wanted, drawn, strict=True):
            rows.essay(essay, pattern)
            rows.add(Rendering, rendering, at=essay.at - WRITTEN)
            if essay.number % 10 == 0:
                rows.declined(essay, pattern)
        rows.store()
