"""The words that authors were told: every version that was used, and what came of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import yaml
from sqlmodel import Session, col, select

from agent.prompts import FRONT, body_of
from agent.publish.provenance import LaidOut, laid_out
from agent.publish.store import NAMED
from agent.tables import PromptVersion, WritingSession

CONDITION = re.compile(r"\{%|\{\{[^}]* if ")


@dataclass(frozen=True)
class PromptView:
    """One prompt version that was used, with its exact words, and how often each outcome came of it.

    `purpose` is ours, from its front matter; `arms` is what may be laid beside an invitation. A version that
    lays out tools has these besides.
    """

    name: str
    sha256: str
    words: str
    first_used_at: datetime
    outcomes: dict[str, int]
    purpose: str = ""
    arms: list[str] = field(default_factory=list)
    tools: list[LaidOut] = field(default_factory=list)
    named: int = 0
    """So often an operator named this invitation; otherwise it was chosen by chance."""

    @property
    def has_conditions(self) -> bool:
        """Whether some of its words are told only where something is so."""
        return CONDITION.search(self.words) is not None

    @property
    def has_loops(self) -> bool:
        """Whether some of its words are told once for each of several things."""
        return "{% for " in self.words or "{%- for " in self.words


def versions(db: Session, came: Mapping[str, Mapping[str, int]]) -> list[PromptView]:
    """Every version that was used, in the order of its first use. `came` is what was counted of each, by its hash."""
    toolboxes = set(db.exec(select(WritingSession.toolbox).distinct()))
    used = db.exec(select(PromptVersion).order_by(col(PromptVersion.first_used_at), col(PromptVersion.name)))
    return [
        PromptView(
            name=version.name,
            sha256=version.sha256,
            words=body_of(version.body),
            first_used_at=version.first_used_at,
            outcomes={word: number for word, number in counts.items() if word != NAMED},
            purpose=str(front.get("purpose", "")),
            arms=[str(arm) for arm in front.get("arms", ["minimal"])],
            tools=laid_out(version.body) if version.sha256 in toolboxes else [],
            named=counts.get(NAMED, 0),
        )
        for version in used
        for front, counts in [(_front(version.body), came.get(version.sha256, {}))]
    ]


def _front(source: str) -> dict[str, Any]:
    """The front matter of a version, of whatever age: it says what it says, and is not checked again."""
    match = FRONT.match(source)
    try:
        found = yaml.safe_load(match[1]) if match else {}
    except yaml.YAMLError:
        return {}
    return found if isinstance(found, dict) else {}
