"""What the renderer kept from readers: raw HTML, pictures, links that lead where none should."""

from agent.check.frame import Finding, Subject
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
VERSION = "2"
ABOUT = (
    "What the renderer keeps from readers: raw HTML, pictures, links that lead nowhere, formulas that cannot be read. "
    "It leaves alone what readers get as its author meant it. "
    "See in the text whether a reader misses something; nobody mends it but the author."
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
HARMLESS = {*WHY, "an ftp: link", "a tel: link", "a sms: link"} - {LAYOUT}
"""What an author may well write in good faith: it asks for no answer."""


def check(subject: Subject) -> list[Finding]:
    """One finding for each thing that was kept out; about the whole text where it cannot be located."""
    findings = []
    for removed in subject.rendered.removed:
        start = subject.text.find(removed.quote) if removed.quote else -1
        span = (start, start + len(removed.quote)) if start >= 0 else (0, len(subject.text))
        level = Level.NOTE if removed.what in HARMLESS else Level.LOOK
        why = WHY.get(removed.what, f"Readers do not get what stands here in the text: {removed.what}.")
        findings.append(Finding(level, NAME, *span, why))
    return findings
