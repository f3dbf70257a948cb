"""What rendering gives: the HTML, and the words for what a reader does not get."""

from dataclasses import dataclass

CONTROL = "a control character, shown as \ufffd"
RAW_HTML = "raw HTML, shown as text"
PICTURE = "a picture, shown as a link"
RELATIVE_LINK = "a link without a full address"
BROKEN_LINK = "a link whose address is broken"
UNUSED_ADDRESS = "the address of a link that stands nowhere"
DOUBLE_NOTE = "a footnote of the same name as an earlier one"
INFO = "words at the head of code that name no language"
CELL = "a cell beyond the last column of its table"
FORMULA = "a formula that cannot be read, shown as typed"
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
    """Safe HTML; what was kept out of it, in the order of the text; and what lists, search and feeds show of it.

    `opening` is the first blocks, each its "tag" and its plain "text" on one line, a slash between lines that the
    author broke; `plain` is everything, footnotes included, a line for each block. `language` is a tag ("en"), empty
    where it is not known; `direction` is ltr, rtl, or auto.
    """

    html: str
    removed: tuple[Removed, ...]
    language: str = ""
    direction: str = "auto"
    words: int = 0
    opening: tuple[dict[str, str], ...] = ()
    plain: str = ""
