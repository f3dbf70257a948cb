"""What rendering gives: the HTML, and the words for what a reader does not get."""

from dataclasses import dataclass

CONTROL = "a control character, shown as \ufffd"
RAW_HTML = "raw HTML, shown as text"
PICTURE = "a picture, shown as a link"
RELATIVE_LINK = "a link without a full address"
BROKEN_LINK = "a link whose address is broken"
UNUSED_ADDRESS = "the address of a link that stands nowhere"
DOUBLE_NOTE = "a footnote within another, or of the same name"
LAYOUT = "the layout, because the text is too tangled: it is shown as typed"
TEXT = "some text"
MORE = "{} more things of such kinds"


@dataclass(frozen=True)
class Removed:
    """Something that a reader does not get. `what` is one of the words above, or names a link
    ("a javascript: link"), a tag or an attribute ("the attribute onclick"). `quote` stands in
    the text exactly so, or is empty."""

    what: str
    quote: str


@dataclass(frozen=True)
class Rendered:
    """Safe HTML, and what was kept out of it, in the order of the text."""

    html: str
    removed: tuple[Removed, ...]
