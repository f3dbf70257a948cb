"""Bytes of strangers as text, whatever they say of themselves."""

import codecs
import re

MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""Byte order marks; the mark of UTF-32 begins like that of UTF-16."""
SAID = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
CHARSETS = re.compile(
    r"utf-(8|16(-[bl]e)?)|ascii|iso8859-\d+|cp(125\d|437|8\d\d|932|949|950)|koi8-[ru]|mac-roman|"
    r"shift_jis|euc_(jp|kr)|iso2022_jp|gb(2312|k|18030)|big5(hkscs)?"
)
"""The codecs that are texts of the web: Python knows others, which a page does not choose."""
MEANT = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
}
"""Who says the one means the other, as browsers take it."""
ONE_BYTE = {"cp1252", "iso8859-15"}
"""What servers say of texts that they know nothing about."""


def decoded(body: bytes, content_type: str, declared: str = "") -> str:
    """Text by its mark; or as UTF-8, if it is that; or else by what the server says (`content_type`) or the text
    itself (`declared`), whichever fits. What fits nothing is replaced, never refused."""
    for mark, name in MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    if body[1:4:2] == b"\0\0" or body[0:3:2] == b"\0\0":
        return body.decode("utf-16-le" if body[1] == 0 else "utf-16-be", "replace")
    said = SAID.search(content_type)
    codec_names = [known for name in (said[1] if said else "", declared) if (known := _known(name))]
    # A server's Latin-1 is often no more than its default, and fits any bytes: what the text says goes first.
    codec_names.sort(key=lambda name: name in ONE_BYTE)
    # No text of another charset is UTF-8 by chance, but for those that write everything in seven bits.
    if "iso2022_jp" in codec_names and b"\x1b" in body:
        return body.decode("iso2022_jp", "replace")
    others = [name for name in codec_names if name != "utf-8"]
    for name in ("utf-8", *others):
        try:
            return body.decode(name)
        except UnicodeDecodeError:
            continue
    if others:
        return body.decode(others[0], "replace")
    # Said to be UTF-8, and mostly that: cut in the middle of a character, perhaps. Otherwise it is Latin-1.
    text = body.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    good = len(text) - bad - len(text.encode("ascii", "ignore"))
    return text if good > bad else body.decode("cp1252", "replace")


def _known(name: str) -> str:
    """The codec that is meant by a name, or nothing."""
    try:
        codec = codecs.lookup(name.lower().removeprefix("x-")).name if name else ""
    except (LookupError, ValueError):
        return ""
    return MEANT.get(codec, codec) if CHARSETS.fullmatch(codec) else ""
