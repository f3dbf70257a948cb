"""Footnotes: their signs, and their list at the end in the order of the signs.

Their ids are their numbers behind a prefix, never the author's words.
"""

from xml.etree.ElementTree import Element, SubElement

BACK = "\u21a9\ufe0e"
BACK_TO = "Back to the place of note {}"


def add_list(root: Element, notes: dict[str, Element]) -> None:
    """Put the notes at the end of the text, so that they are read with it."""
    if notes:
        foot = SubElement(root, "div", {"class": "footnote"})
        SubElement(foot, "hr")
        SubElement(foot, "ol").extend(notes.values())


def number(root: Element, notes: dict[str, Element], prefix: str) -> None:
    """Number signs and notes, once both are read, and link them. What has no sign comes last."""
    if not notes:
        return
    foot = root[-1]
    root.remove(foot)
    signs: dict[str, list[Element]] = {}
    _gather(root, signs)
    order: list[str] = []
    while (name := next((name for name in (*signs, *notes) if name not in order), None)) is not None:
        order.append(name)
        _gather(notes[name], signs)
    for at, name in enumerate(order, start=1):
        note = notes[name]
        note.set("id", f"fn:{prefix}-{at}")
        places = [f"fnref{'' if times == 1 else times}:{prefix}-{at}" for times, _ in enumerate(signs.get(name, []), 1)]
        for place, sign in zip(places, signs.get(name, []), strict=True):
            del sign.attrib["note"]
            sign.set("id", place)
            SubElement(sign, "a", {"class": "footnote-ref", "href": f"#fn:{prefix}-{at}"}).text = str(at)
        if places:
            _lead_back(note, places, at)
    foot[1][:] = [notes[name] for name in order]
    root.append(foot)


def _gather(element: Element, signs: dict[str, list[Element]]) -> None:
    for sign in element.iter("sup"):
        signs.setdefault(sign.get("note", ""), []).append(sign)


def _lead_back(note: Element, places: list[str], number: int) -> None:
    """Put the ways back to the text at the end of a note."""
    last = note[-1] if len(note) and note[-1].tag == "p" else SubElement(note, "p")
    for place in places:
        if len(last):
            last[-1].tail = (last[-1].tail or "") + "\u00a0"
        elif last.text:
            last.text += "\u00a0"
        given = {"class": "footnote-backref", "href": f"#{place}", "title": BACK_TO.format(number)}
        SubElement(last, "a", given).text = BACK
