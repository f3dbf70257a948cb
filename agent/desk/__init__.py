"""The desk: a reading room where staff review. Routes are nouns, one file a noun: they parse, call
one function of a verb, and render. No rule lives here, and nothing here takes an author's text.

    app.py        create_app(outlet): everything below, wired
    guard.py      what holds for every request: who may ask, what a browser is told, faults
                  own.py the desk's own names; cookies.py; limits.py how often one may ask
    login.py      sign-in and sign-out, and the dependency that keeps every other route closed
    links.py      coming in by a link, once              sign_on.py  by a company's directory
    users.py      the staff, for administrators          you.py      one's own page
    api/          the same for programs: JSON under /api
    pages.py      templates, and how moments and counts are said
    queue.py      what waits
    revisions.py  one revision: its text, then what is said of it
                  sheet.py, case.py  what its page shows; received.py  its text letter for letter
    text.py       the text alone, in a frame that can do nothing; marked.py, parts.py and
                  passages.py set flags into it without touching it
    reviews.py    verdicts, and taking them back         given.py    what their forms give
    beside.py     what stands beside a text, each panel a page: panels.py, laid.py (sources),
                  twins.py (near-duplicates), versions.py and changes.py (its revisions compared)
    sessions.py   transcripts, masked; uncovering one    sittings.py, said.py  what they show
    pieces.py     what is or was public; withdrawals      shelf.py    what its pages show
    erasures.py   proposed by one, agreed to by a second
    authors.py    in their own words; pauses             portrait.py what its page shows
    appeals.py    and rulings on them                    hearing.py  what one sees who rules
    wishes.py     and the answers of the staff
    flags.py      what reviewers say of them             looks.py     second looks, blind
    record.py     what was done, to read and take along
    calibration.py  how far reviewers agree              charts.py, plots.py  its plots and tables
"""

from agent.desk.app import create_app

__all__ = ["create_app"]
