"""Markup of strangers, reduced to plain text: no tag and no invisible character of it goes any further.

The result is text, not HTML: a sign like < in it stands for itself and is escaped where it is shown.
"""

import html
import re

from agent.adapters.charsets import decoded
from agent.unseen import visible

MARKUP = 100_000
"""How many characters of one entry's markup are looked at."""
TAGS = 3_000
"""And how many tags: 20,000 nested ones took the sanitiser 0.9 s, 3,000 take it 0.02 s."""
PAGE_MARKUP, PAGE_TAGS = 400_000, 10_000
"""The same of a page, once its scripts and pictures are taken away."""

BLOCK = "p|br|div|li|ul|ol|dl|dt|dd|tr|td|th|hr|pre|blockquote|h1|h2|h3|h4|h5|h6|section|article|figure"
"""Where one of these stands, words are apart."""
LINES = "br|li|dt|dd|tr"
"""Of these, those that begin a line; the others part paragraphs, but for the cells of a row."""
LOOKS_MARKED_UP = re.compile(r"</[a-z]|<(a|br|p|img|svg|script|style|iframe)\b", re.IGNORECASE)
"""Markup that a feed calls plain text."""
BESIDE = {"script", "style", "template", "noscript", "svg", "math", "iframe", "object"} | {
    *("title", "nav", "footer", "aside", "button", "select", "textarea")
}
"""What stands on a page and is no part of its text."""
CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w-]{1,40})", re.IGNORECASE)


def plain(text: str, kind: str, limit: int) -> str:
    """Reduce HTML, or text that says it is plain, to at most `limit` characters of one line."""
    return reduced(text, kind, limit)[0]


def reduced(text: str, kind: str, limit: int) -> tuple[str, int]:
    """The same, and how many characters that nobody sees were taken out of it."""
    text = text[:MARKUP]
    if kind == "text/plain" and not LOOKS_MARKED_UP.search(text):
        text = html.escape(text)
    elif text.count("<") > TAGS:
        text = "<".join(text.split("<", TAGS)[:TAGS])
    # Only bare tags of blocks are left: a space for each keeps the words around them apart.
    words, hidden = _one_line(html.unescape(re.sub(f"</?({BLOCK})>", " ", _cleaned(text))))
    return short(words, limit), hidden


def page(text: str, kind: str, limit: int) -> tuple[str, int]:
    """Reduce a web page, or a plain text, to at most `limit` characters, with its lines and paragraphs; and say how
    many characters that nobody sees were taken out of it."""
    if kind == "text/plain":
        text = text[: 2 * limit]
    else:
        for name in ("script", "style", "noscript", "template", "svg"):
            text = without(text, rf"<{name}(?=[\s/>])", rf"</{name}[^>]{{0,100}}>")
        text = without(text, "<!--", "-->")[:PAGE_MARKUP]
        text = _cleaned("<".join(text.split("<", PAGE_TAGS)[:PAGE_TAGS]), BESIDE)
        text = re.sub(
            r"<pre>(.*?)</pre>", lambda found: f"<p>{found[1].strip()}</p>".replace("\n", "<br>"), text, flags=re.DOTALL
        )
        text = re.sub(f"</?({LINES})>", "\n", re.sub(r"\s+", " ", text))
        text = html.unescape(re.sub(f"</?({BLOCK})>", "\n\n", re.sub("</?t[dh]>", " ", text)))
    rows = [_one_line(row) for row in text.split("\n")]
    lines = "\n".join(row for row, _ in rows)
    return short(re.sub(r"\n{3,}", "\n\n", lines).strip(), limit), sum(hidden for _, hidden in rows)


def title_of(text: str, limit: int) -> tuple[str, int]:
    """What a web page calls itself, or nothing; and how many characters were taken out of that."""
    found = re.search(r"<title[^>]{0,200}>([^<]{1,2000})", text[:MARKUP], re.IGNORECASE)
    return reduced(found[1], "text/html", limit) if found else ("", 0)


def decoded_page(body: bytes, content_type: str) -> str:
    """A page's bytes as text."""
    meta = CHARSET.search(body[:2_000])
    return decoded(body, content_type, meta[1].decode("ascii", "replace") if meta else "")


def without(text: str, begins: str, ends: str) -> str:
    """A text without what stands between two patterns; what does not end goes as far as the next one
    begins. Its time grows with the length alone, whatever stands in it."""
    first, *others = re.split(begins, text, flags=re.IGNORECASE)
    rests = (re.split(ends, other, maxsplit=1, flags=re.IGNORECASE)[1:] for other in others)
    return " ".join([first, *(rest for found in rests for rest in found)])


def short(words: str, limit: int) -> str:
    """Words, or what fits of them, cut between two."""
    return words if len(words) <= limit else re.split(r"\s(?=\S*$)", words[: limit - 2])[0] + " …"


def _one_line(text: str) -> tuple[str, int]:
    left, hidden = visible(text)
    return " ".join(left.split()), hidden


def _cleaned(text: str, gone: set[str] | None = None) -> str:
    """HTML of which only bare tags of blocks are left. What stands in the tags `gone` goes with them."""
    import nh3

    return nh3.clean(
        text, tags=set(BLOCK.split("|")), clean_content_tags=gone or {"script", "style"}, attributes={}, link_rel=None
    )
