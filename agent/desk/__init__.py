"""The desk: a reading room where staff review. Routes are nouns, one file a noun: they parse, call
one function of a verb, and render. No rule lives here, and nothing here takes an author's text.

    app.py        create_app(outlet): everything below, wired
    pages.py      templates, and how moments and counts are said
    door/         who comes in, and what holds for every request
    shown/        what pages show, gathered from the rows and set
    api/          the same for programs: JSON under /api

    queue.py      what waits                             claims.py, views.py, search.py
    revisions.py  one revision: its text, then what is said of it; text.py in a frame that can do nothing
    reviews.py    verdicts, and taking them back         given.py    what their forms give
    beside.py     what stands beside a text, each panel a page
    sessions.py   transcripts, masked; uncovering one
    pieces.py     what is or was public; withdrawals
    erasures.py   proposed by one, agreed to by a second
    authors.py    in their own words; pauses
    appeals.py    and rulings on them
    wishes.py     and the answers of the staff
    flags.py      what reviewers say of them             looks.py     second looks, blind
    record.py     what was done, to read and take along
    calibration.py  how far reviewers agree
    users.py      the staff, for administrators          you.py      one's own page
    health.py     what machines ask                      figures.py  in numbers
"""

from agent.desk.app import create_app

__all__ = ["create_app"]
