"""Elements to HTML, in the very form in which the allow-list writes it: what it leaves as it is, is safe."""

from xml.etree.ElementTree import Element

VOID = frozenset({"br", "hr", "img"})
INLINE = frozenset({"a", "code", "del", "em", "img", "math", "strong", "sup"})

REL = "nofollow noopener"
"""A link from an author's text vouches for nothing."""


def written(root: Element) -> str:
    """Return what stands in the root, each block on a line of its own."""
    parts: list[str] = []
    _fill(root, parts)
    return "".join(parts).strip("\n")


def _write(element: Element, parts: list[str]) -> None:
    tag = element.tag
    parts.append(f"<{tag}{_attributes(element)}>" if element.attrib else f"<{tag}>")
    if tag in VOID:
        return
    if tag == "math":
        _write_formula(element, parts)
    else:
        _fill(element, parts)
    parts.append(f"</{tag}>")


def _fill(element: Element, parts: list[str]) -> None:
    if element.text:
        parts.append(escaped(element.text))
    children = len(element)
    if not children:
        return
    block = False
    for child in element:
        block = child.tag not in INLINE
        if child.tag == "br":
            _write(child, parts)
            parts.append("\n")
        elif block and element.tag != "pre":
            if parts and not parts[-1].endswith("\n"):
                parts.append("\n")
            _write(child, parts)
            parts.append("\n")
        else:
            _write(child, parts)
        if child.tail:
            parts.append(escaped(child.tail.lstrip("\n") if child.tag == "br" else child.tail))


def _write_formula(element: Element, parts: list[str]) -> None:
    parts.append(escaped(element.text or ""))
    for child in element:
        parts.append(f"<{child.tag}{_attributes(child)}>")
        _write_formula(child, parts)
        parts.append(f"</{child.tag}>")


def _attributes(element: Element) -> str:
    shown = "".join([f' {name}="{_quoted(value)}"' for name, value in element.items()])
    return f'{shown} rel="{REL}"' if element.tag == "a" else shown


def escaped(text: str) -> str:
    if "&" in text:
        text = text.replace("&", "&amp;")
    if "<" in text or ">" in text:
        text = text.replace("<", "&lt;").replace(">", "&gt;")
    return text.replace("\u00a0", "&nbsp;") if "\u00a0" in text else text


def _quoted(text: str) -> str:
    return escaped(text).replace('"', "&quot;")
