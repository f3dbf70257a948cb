"""Every family of tools, and which of them are laid out for whom."""

import json
from collections.abc import Collection
from functools import cache

from sqlmodel import Session

from agent.prompts import body_of
from agent.tables import Family, PromptVersion, WritingSession
from agent.write import archive, drafting, notebook, reading, standing, wishes
from agent.write.toolbox import Function, Toolbox

FAMILIES: dict[Family, tuple[Function, ...]] = {
    Family.DRAFTING: drafting.TOOLS,
    Family.NOTEBOOK: notebook.TOOLS,
    Family.ARCHIVE: archive.TOOLS,
    Family.READING: reading.TOOLS,
    Family.WISHES: wishes.TOOLS,
    Family.STANDING: standing.TOOLS,
}
ALWAYS = frozenset({Family.DRAFTING, Family.WISHES, Family.STANDING})
"""Whoever is invited can submit, ask and answer."""


def laid_out(families: Collection[Family]) -> Toolbox:
    """The tools of these families, and of those that always are."""
    return _box(tuple(tool for family, tools in FAMILIES.items() if family in {*families, *ALWAYS} for tool in tools))


def toolbox_of(db: Session, session: WritingSession) -> Toolbox:
    """The tools that were laid out when a session began; none for an author without."""
    if not session.toolbox:
        return _box(())
    if (box := _KNOWN.get(session.toolbox)) is None:
        shown = {tool["name"] for tool in json.loads(body_of(db.get_one(PromptVersion, session.toolbox).body))}
        box = _box(tuple(tool for tools in FAMILIES.values() for tool in tools if tool.__name__ in shown))
        _KNOWN[session.toolbox] = box
    return box


_KNOWN: dict[str, Toolbox] = {}
"""By the SHA-256 of the version they were shown in, which never changes: it is asked for in every turn."""


@cache
def _box(functions: tuple[Function, ...]) -> Toolbox:
    return Toolbox(functions)
