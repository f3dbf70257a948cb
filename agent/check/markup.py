"""What the renderer kept from readers: raw HTML, pictures, links that lead where none should; and what is hard to lay
out (form/layout.py). What was written and what is read stand beside each other (form/difference.py)."""

from collections.abc import Iterator

from agent.check.form.difference import difference, places
from agent.check.form.layout import layout
from agent.check.frame import Finding, Subject
from agent.check.linked.kept_out import is_link
from agent.check.reading.many import together
from agent.check.reading.uncoded import without_code
from agent.render.removed import (
    BROKEN_LINK,
    CELL,
    CONTROL,
    DOUBLE_NOTE,
    FORMULA,
    INFO,
    LAYOUT,
    PICTURE,
    RAW_HTML,
    RELATIVE_LINK,
    UNUSED_ADDRESS,
)
from agent.tables import Level

NAME = "markup"
VERSION = "3"
ABOUT = (
    "What the renderer keeps from readers, such as raw HTML, pictures and links that lead nowhere, and what is hard to "
    "lay out, such as great lengths, deep lists and broken tables. "
    "It leaves alone what readers get as the author meant it. "
    "Compare what was written with what is read; nobody mends it but the author."
)

WHY = {
    RAW_HTML: "Readers see this HTML as text: pages of this site hold no HTML of an author's.",
    PICTURE: "Readers get a link instead of this picture: loading it would tell its server who reads here.",
    CONTROL: "This character cannot be shown; readers see \ufffd in its place.",
    RELATIVE_LINK: "Readers get these words without the link: it has no full address.",
    BROKEN_LINK: "Readers get these words without the link: its address is broken.",
    UNUSED_ADDRESS: "Readers do not see this address: no link in the text uses it.",
    DOUBLE_NOTE: "Readers do not see this footnote: an earlier one has its name.",
    FORMULA: "Readers see this formula as it was typed: it cannot be read.",
    CELL: "Readers do not see this cell: its table has no column for it.",
    INFO: "Readers do not see these words: the head of code can name its language and nothing else.",
    LAYOUT: "The marks are too tangled to be read, so readers see the text as it was typed.",
}
A_LINK = "Readers get the words without the link: it is {what}, and this site makes none of those."
OTHER = "Readers do not get what stands here in the text: {what}."
HARMLESS = {*WHY, "a ftp: link", "a tel: link", "a sms: link"} - {LAYOUT}
"""What an author may well write in good faith: it asks for no answer."""


def check(subject: Subject) -> list[Finding]:
    """One finding for each thing that was kept out, about the whole text where it cannot be located; and notes on what
    is hard to lay out."""
    return together(subject.text, [*_kept_out(subject), *layout(subject)])


def _kept_out(subject: Subject) -> Iterator[Finding]:
    text, removed = subject.text, subject.rendered.removed
    if not removed:
        return
    # Of a picture whose address leads nowhere there is no link in its place either.
    lost = {each.quote for each in removed if is_link(each) and each.quote}
    removed = tuple(each for each in removed if each.what != PICTURE or each.quote not in lost)
    for each, span in places(without_code(text), removed):
        level = Level.NOTE if each.what in HARMLESS else Level.LOOK
        why = WHY.get(each.what, (A_LINK if is_link(each) else OTHER).format(what=each.what))
        found = span if span is not None else _typed(text, each.quote)
        evidence = difference(text, each, found) if found is not None else {}
        yield Finding(level, NAME, *(found or (0, len(text))), why, evidence)


def _typed(text: str, quote: str) -> tuple[int, int] | None:
    """Where it stands in what was taken for code."""
    start = text.find(quote) if quote else -1
    return (start, start + len(quote)) if start >= 0 else None
