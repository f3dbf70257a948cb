"""A stanza that is set in by four spaces: CommonMark calls it code, and who writes a poem means an indent."""

import re

from agent.render.blocks import Block
from agent.render.lines import FITS, keep_lines

CODE = re.compile(r"[{}\[\]<>=|\\/`$@#%^+~_]|&&|;[ ]*$|\w\(|\w\.\w|(?:^|[ ])--?\w|^[ ]*(?:[-*>•][ ]|\d)")
"""What stands in a line of code, and hardly ever in one of a poem."""
PAUSES = re.compile(r"\w[,.;:!?…—–][”’\"']?[ ]*$")
"""How a line of a poem may end, and a command does not."""
STOPS = (".", "!", "?")


def stanzas(blocks: list[Block]) -> list[Block]:
    """Return the blocks of a text with "verse" for what is code by its indent alone and a stanza by all else."""
    if all(block.kind != "code" for block in blocks):
        return blocks
    shown: list[Block] = []
    for before, block, after in zip([None, *blocks], blocks, [*blocks[1:], None], strict=False):
        if block.kind == "code" and _may_be_verse(block) and _is_within_a_poem(before, block, after):
            shown += _set_in(block)
        elif shown and shown[-1].kind == "verse" and block.begins == shown[-1].ends + 1 and _is_short(block):
            shown[-1].lines += block.lines  # No blank line between: the same stanza, less far in.
            shown[-1].ends = block.ends
        else:
            shown.append(block)
    return shown


def _may_be_verse(block: Block) -> bool:
    lines = [line for line in block.lines if line.strip(" ")]
    if not any(" " in line.strip(" ") or PAUSES.search(line) for line in lines):
        return False
    return all(len(line) <= FITS and not CODE.search(line) for line in lines)


def _is_within_a_poem(before: Block | None, block: Block, after: Block | None) -> bool:
    """Whether all about it is short, and lines that are kept stand beside it, or a sentence that goes on in it."""
    beside = [near for near in (before, after) if near and near.kind not in ("heading", "rule")]
    if not all(_is_short(near) for near in beside):
        return False
    ends = before.lines[-1].rstrip(" ”’\"'*_") if before and before in beside else "."
    if ends.endswith(":"):
        return False
    if any(len(near.lines) > 1 for near in beside):
        return True
    return not ends.endswith(STOPS) and any(PAUSES.search(line) for line in block.lines)


def _is_short(block: Block) -> bool:
    """Whether it is a paragraph that keeps its lines, or has only one that fits."""
    if block.kind != "paragraph":
        return False
    return keep_lines("\n".join(block.lines))[1] if len(block.lines) > 1 else len(block.lines[0]) <= FITS


def _set_in(block: Block) -> list[Block]:
    """Return each stanza, with the indent that made it code."""
    made: list[Block] = []
    for at, line in enumerate(block.lines, block.begins):
        if not line.strip(" "):
            continue
        if not made or made[-1].ends < at - 1:
            made.append(Block("verse", at, at))
        made[-1].lines.append(" " * 4 + line)
        made[-1].ends = at
    return made
