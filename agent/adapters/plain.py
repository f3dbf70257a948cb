"""Markup of strangers, reduced to plain text: no tag and no invisible character of it goes any further.

The result is text, not HTML: a sign like < in it stands for itself and is escaped where it is shown.
"""

import codecs
import html
import re
import unicodedata

MARKUP = 100_000
"""How many characters of one entry's markup are looked at."""
PAGE_MARKUP, PAGE_TAGS = 400_000, 10_000
"""And of a page's, once its scripts and pictures are taken away: the parser is slow with deep nesting."""

BLOCK = "p|br|div|li|ul|ol|dl|dt|dd|tr|td|th|hr|pre|blockquote|h1|h2|h3|h4|h5|h6|section|article|figure"
"""Where one of these stands, words are apart."""
LINES = "br|li|dt|dd|tr"
"""Of these, those that begin a line; the others part paragraphs, but for the cells of a row."""
LOOKS_MARKED_UP = re.compile(r"</[a-z]|<(a|br|p|img|svg|script|style|iframe)\b", re.IGNORECASE)
"""Markup that a feed calls plain text."""
UNSEEN = {"Cc", "Cf", "Cn", "Co", "Cs"}
"""Controls, format characters (zero-width, bidi, tags), unassigned, private, surrogates."""
BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
"""Characters of other categories that show nothing: joiners, fillers, variation selectors."""
BESIDE = {"script", "style", "template", "noscript", "svg", "math", "iframe", "object"} | {
    *("title", "nav", "footer", "aside", "button", "select", "textarea")
}
"""What stands on a page and is no part of its text."""
CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w-]{1,40})", re.IGNORECASE)
CHARSETS = re.compile(
    r"utf-(8|16(-[bl]e)?)|ascii|iso8859-\d+|cp(125\d|437|8\d\d|932|949|950)|koi8-[ru]|mac-roman|"
    r"shift_jis|euc_(jp|kr)|iso2022_jp|gb(2312|k|18030)|big5(hkscs)?"
)
"""The codecs that are texts of the web: Python knows others, which a page does not choose."""


def plain(text: str, kind: str, limit: int) -> str:
    """Reduce HTML, or text that says it is plain, to at most `limit` characters of one line."""
    text = text[:MARKUP]
    if kind == "text/plain" and not LOOKS_MARKED_UP.search(text):
        text = html.escape(text)
    # Only bare tags of blocks are left: a space for each keeps the words around them apart.
    text = html.unescape(re.sub(f"</?({BLOCK})>", " ", _cleaned(text)))
    return short(_one_line(text), limit)


def page(text: str, kind: str, limit: int) -> str:
    """Reduce a web page, or a plain text, to at most `limit` characters, with its lines and paragraphs."""
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
    lines = "\n".join(map(_one_line, text.split("\n")))
    return short(re.sub(r"\n{3,}", "\n\n", lines).strip(), limit)


def title_of(text: str, limit: int) -> str:
    """What a web page calls itself, or nothing."""
    found = re.search(r"<title[^>]{0,200}>([^<]{1,2000})", text[:MARKUP], re.IGNORECASE)
    return plain(found[1], "text/html", limit) if found else ""


def decoded(body: bytes, content_type: str) -> str:
    """A page's bytes as text: by their mark, by what the server says, by what the page says, or as UTF-8."""
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    said = re.search(r"charset\s*=\s*[\"']?\s*([\w-]{1,40})", content_type, re.IGNORECASE)
    meta = CHARSET.search(body[:2_000])
    for name in (said[1] if said else "", meta[1].decode("ascii", "replace") if meta else ""):
        try:
            codec = codecs.lookup(name).name
        except (LookupError, ValueError):
            continue
        if CHARSETS.fullmatch(codec):
            # Who says Latin-1 means what browsers take it for.
            return body.decode("cp1252" if codec == "iso8859-1" else codec, "replace")
    return body.decode("utf-8", "replace")


def without(text: str, begins: str, ends: str) -> str:
    """A text without what stands between two patterns; what does not end goes as far as the next one
    begins. Its time grows with the length alone, whatever stands in it."""
    first, *others = re.split(begins, text, flags=re.IGNORECASE)
    rests = (re.split(ends, other, maxsplit=1, flags=re.IGNORECASE)[1:] for other in others)
    return " ".join([first, *(rest for found in rests for rest in found)])


def short(words: str, limit: int) -> str:
    """Words, or what fits of them, cut between two."""
    return words if len(words) <= limit else re.split(r"\s(?=\S*$)", words[: limit - 2])[0] + " …"


def seen(text: str) -> str:
    """A text without what nobody sees; every kind of space is a plain one."""
    return "".join(map(_seen, BLANK.sub("", text)))


def _one_line(text: str) -> str:
    return " ".join(seen(text).split())


def _seen(character: str) -> str:
    if character.isspace():
        return " "
    return "" if unicodedata.category(character) in UNSEEN else character


def _cleaned(text: str, gone: set[str] | None = None) -> str:
    """HTML of which only bare tags of blocks are left. What stands in the tags `gone` goes with them."""
    import nh3

    return nh3.clean(
        text, tags=set(BLOCK.split("|")), clean_content_tags=gone or {"script", "style"}, attributes={}, link_rel=None
    )
