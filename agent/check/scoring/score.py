"""How good the local checks are: each on its labelled passages, all of them on clean prose.

A passage counts once. It is right to flag one of which people say "flag", if a flag touches each of its quotes; where
flags touch none of them, that is a miss and a false alarm. On clean prose every flag is a false alarm. What a check
notes (Level.NOTE) asks nothing of anybody, and counts only where the passage says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from agent.check.catalogue import CHECKS
from agent.check.frame import Check, Finding
from agent.check.scoring.labelled import Labelled, labelled
from agent.check.scoring.prose import Prose, clean_prose
from agent.check.worker import looked
from agent.shares import Share
from agent.tables import Level

LEVELS = tuple(Level)


@dataclass(frozen=True)
class F1:
    """The harmonic mean of precision and recall. It grows with the share of right flags among all passages that were
    flagged or should have been, so the Wilson interval of that share gives its own: one that has a width where
    everything was right, which drawing the passages anew would not give."""

    share: Share

    @property
    def value(self) -> float | None:
        """None where nothing was flagged, or should have been."""
        return None if self.share.value is None else _mean(self.share.value)

    @property
    def low(self) -> float:
        """The lower end of the interval of 95%."""
        return _mean(self.share.low)

    @property
    def high(self) -> float:
        """The upper end."""
        return _mean(self.share.high)


@dataclass(frozen=True)
class Alarm:
    """A flag on clean prose."""

    check: str
    where: str
    level: Level
    category: str
    quote: str


@dataclass(frozen=True)
class Scored:
    """One check, or all of them. `missed` and `false` are the ids of passages; `broke` are those at which a check did
    not really look, with the reason."""

    check: str
    version: str
    passages: int
    to_flag: int
    precision: Share
    recall: Share
    f1: F1
    missed: tuple[str, ...]
    false: tuple[str, ...]
    broke: tuple[tuple[str, str], ...]
    alarms: Share
    """False alarms of so many words of clean prose."""
    notes: Share
    """The same of what it notes there, and asks nothing about."""


@dataclass(frozen=True)
class Score:
    """What came of it. `total` counts every passage, whatever it is for."""

    checks: tuple[Scored, ...]
    total: Scored
    prose: Prose
    alarms: tuple[Alarm, ...]


@dataclass(frozen=True)
class Told:
    """What a check said of a passage, beside what people say: it hit, it missed, it gave a false alarm."""

    id: str
    hit: bool
    missed: bool
    false: bool
    fault: str = ""


@dataclass
class OnProse:
    """What a check said of clean prose."""

    alarms: list[Alarm] = field(default_factory=list)
    notes: int = 0
    broke: list[tuple[str, str]] = field(default_factory=list)


def score(folder: Path, checks: Sequence[Check] = CHECKS) -> Score:
    """Look at every passage of a folder, and at the clean prose that it names. Raises BadLabel."""
    passages = labelled(folder, [check.NAME for check in checks])
    prose = clean_prose(folder)
    on_prose = _on_prose(checks, prose)
    told = {check.NAME: [_told(check, each) for each in passages if each.check == check.NAME] for check in checks}
    scored = [
        _scored(check.NAME, check.VERSION, told[check.NAME], on_prose[check.NAME], prose.words) for check in checks
    ]
    every = OnProse()
    for name, found in on_prose.items():
        every.alarms += found.alarms
        every.notes += found.notes
        every.broke += [(f"{name}, {where}", why) for where, why in found.broke]
    total = _scored("all", "", [each for of_check in told.values() for each in of_check], every, prose.words)
    return Score(tuple(scored), total, prose, tuple(every.alarms))


def _told(check: Check, passage: Labelled) -> Told:
    done = looked(check.check, passage.subject)
    found = [each for each in done.findings if _counts(each, passage.at_least)]
    touched = [any(each.start < end and start < each.end for each in found) for start, end in passage.quotes]
    is_hit = passage.flag and bool(found) and all(touched)
    is_false = bool(found) and not (is_hit or any(touched))
    return Told(passage.id, is_hit, passage.flag and not is_hit, is_false, done.fault)


def _counts(finding: Finding, at_least: Level) -> bool:
    return LEVELS.index(finding.level) >= LEVELS.index(at_least)


def _on_prose(checks: Sequence[Check], prose: Prose) -> dict[str, OnProse]:
    found = {check.NAME: OnProse() for check in checks}
    for where, subject in prose.subjects():
        for check in checks:
            done, so_far = looked(check.check, subject), found[check.NAME]
            if done.fault:
                so_far.broke.append((where, done.fault))
            for each in done.findings:
                if not _counts(each, Level.LOOK):
                    so_far.notes += 1
                    continue
                quote = subject.text[each.start : each.end]
                so_far.alarms.append(Alarm(check.NAME, where, each.level, each.category, quote))
    return found


def _scored(name: str, version: str, told: Sequence[Told], on_prose: OnProse, words: int) -> Scored:
    hits, missed, false = (sum(getattr(each, part) for each in told) for part in ("hit", "missed", "false"))
    return Scored(
        check=name,
        version=version,
        passages=len(told),
        to_flag=hits + missed,
        precision=Share(hits, hits + false),
        recall=Share(hits, hits + missed),
        f1=F1(Share(hits, hits + missed + false)),
        missed=tuple(each.id for each in told if each.missed),
        false=tuple(each.id for each in told if each.false),
        broke=(*((each.id, each.fault) for each in told if each.fault), *on_prose.broke),
        alarms=Share(len(on_prose.alarms), words),
        notes=Share(on_prose.notes, words),
    )


def _mean(share: float) -> float:
    return 2 * share / (1 + share)
