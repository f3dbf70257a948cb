"""A text without its code: what stands there is shown to readers and meant by nobody as prose or as a link."""

import re
from collections.abc import Iterator

LINE = re.compile(r"[^\n]*\n?")
FENCE = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?(`{3,}(?=[^`\n]*$)|~{3,})", re.MULTILINE)
TICKS = re.compile(r"\\`|`+")
SIGN = re.compile(r"[^\n]")


def without_code(text: str) -> str:
    """The same text, as long as it was, with spaces where code stands: between fences, and between backticks."""
    parts: list[str] = []
    block: list[str] = []
    for line, is_code in _lines(text):
        if is_code or not line.strip():
            parts += [_unticked("".join(block)), SIGN.sub(" ", line) if is_code else line]
            block = []
        else:
            block.append(line)
    return "".join([*parts, _unticked("".join(block))])


def _lines(text: str) -> Iterator[tuple[str, bool]]:
    """Each line, and whether it belongs to code between fences; a fence that is never closed holds all the rest."""
    fence = ""
    for match in LINE.finditer(text):
        line = match[0]
        if fence:
            yield line, True
            ends = line.strip(" \t>\r\n")
            if ends.startswith(fence) and not ends.strip(fence[0]):
                fence = ""
            continue
        found = FENCE.match(line)
        fence = found[1] if found else ""
        yield line, bool(fence)


def _unticked(block: str) -> str:
    """One paragraph, with spaces where code stands within its lines."""
    if "`" not in block:
        return block
    runs = [run for run in TICKS.finditer(block) if not run[0].startswith("\\")]
    # Each run is closed by the next that is as long: looked up from the end, so that nothing is searched for twice.
    closes: dict[int, int] = {}
    latest: dict[int, int] = {}
    for at in range(len(runs) - 1, -1, -1):
        length = len(runs[at][0])
        if length in latest:
            closes[at] = latest[length]
        latest[length] = at
    parts: list[str] = []
    done = at = 0
    while at < len(runs):
        if at in closes:
            start, end = runs[at].start(), runs[closes[at]].end()
            parts += [block[done:start], SIGN.sub(" ", block[start:end])]
            done, at = end, closes[at]
        at += 1
    return "".join([*parts, block[done:]])
