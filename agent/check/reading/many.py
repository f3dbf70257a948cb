"""Many notes that say the same of one text are one note that counts them: a publisher reads what is said, and not how
often. What asks for an answer is never put together: each is answered."""

from collections import Counter
from collections.abc import Sequence

from agent.check.frame import Finding
from agent.tables import Level

AT_MOST = 8
"""So many notes of one category are told one by one."""
PLACES = 5
"""So many of the others' places are said."""
QUOTED = 80
"""Characters of a place."""


def together(text: str, findings: Sequence[Finding]) -> list[Finding]:
    """The same findings, in the order of the text. Where a category has too many notes, those for the same reason are
    one, about the first, with what all of them have in common and the words of the first few."""
    noted = Counter(each.category for each in findings if each.level is Level.NOTE)
    alike: dict[tuple[str, str], list[Finding]] = {}
    told: list[Finding] = []
    for each in sorted(findings, key=lambda finding: finding.start):
        if each.level is Level.NOTE and noted[each.category] > AT_MOST:
            alike.setdefault((each.category, each.why), []).append(each)
        else:
            told.append(each)
    told += [_one(text, notes) if len(notes) > 1 else notes[0] for notes in alike.values()]
    return sorted(told, key=lambda finding: finding.start)


def _one(text: str, notes: Sequence[Finding]) -> Finding:
    first, many = notes[0], len(notes)
    facts = {
        name: words for name, words in first.evidence.items() if all(each.evidence.get(name) == words for each in notes)
    }
    places = [_short(text[each.start : each.end]) for each in notes[:PLACES]]
    facts |= {"in all": f"{many:,}", "the first of them": " | ".join(places)}
    why = f"{first.why} The same is true of {many - 1:,} more {'place' if many == 2 else 'places'}."
    return Finding(first.level, first.category, first.start, first.end, why, facts, first.ground)


def _short(words: str) -> str:
    line = " ".join(words[: 4 * QUOTED].split())
    return line if len(line) <= QUOTED else f"{line[: QUOTED - 2]} …"
