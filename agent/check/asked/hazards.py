"""What the judge is asked: by one policy each, whether a text holds what that names. The policies stand in
prompts/checks/, where everybody can read them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex
from typing import cast

from agent.check import people
from agent.check.asked.hindrance import UNSET
from agent.check.asked.judging import Question, Unanswered, put
from agent.check.asked.verdict import Found
from agent.check.frame import Finding, Looked, Subject
from agent.errors import AfterwordError
from agent.fences import fenced_to_quote
from agent.outlet import Ask, Outlet
from agent.prompts import POLICY, PolicyFront, Prompt
from agent.render import CONTROLS

LAST = "\n## Last\n"
"""What stands in prompts/judge.md below this heading is said after the text."""
UNREADABLE = "its policy cannot be read"
WORDS_AT_MOST = 400
NAMES_AT_MOST = 60


@dataclass(frozen=True)
class Policy:
    """One policy, as the judge is asked by it now: a check like any other, but for who looks. `hazards` says what the
    catalogues in use elsewhere call it."""

    name: str
    version: str
    """Twelve hex digits of its file, six of the words around it, and the judge's id."""
    about: str
    hazards: Mapping[str, Sequence[str]]
    prompt: Prompt | None = None
    frame: Prompt | None = None

    @property
    def NAME(self) -> str:  # noqa: N802
        """The same, as a check."""
        return self.name

    @property
    def VERSION(self) -> str:  # noqa: N802
        """The same, as a check."""
        return self.version

    @property
    def ABOUT(self) -> str:  # noqa: N802
        """The same, as a check."""
        return self.about

    def ask(self, outlet: Outlet, subject: Subject, revision_id: int, anew: datetime | None = None) -> Looked:
        """Ask the judge. Raises Unanswered where it may answer in a moment."""
        if outlet.judge is None:
            return Looked(fault=UNSET)
        if self.prompt is None or self.frame is None:
            return Looked(fault=UNREADABLE)
        front = cast("PolicyFront", self.prompt.front)
        names = list(dict.fromkeys(map(str, people.names(subject.text)))) if front.names else []
        if front.names and not names:
            return Looked()  # There is nobody to ask about.
        began = outlet.now()
        question = asked_of(self.prompt, self.frame, subject, revision_id, names[:NAMES_AT_MOST])
        try:
            verdict = put(outlet, question, anew)
        except Unanswered as fault:
            if fault.seconds is not None:
                raise
            return Looked(fault=fault.fault, seconds=(outlet.now() - began).total_seconds())
        spans: dict[tuple[int, int], Finding] = {}
        for found in verdict.found:
            finding = _finding(front, subject, found)
            spans.setdefault((finding.start, finding.end), finding)
        return Looked(tuple(spans.values()), seconds=(outlet.now() - began).total_seconds())


def policies(outlet: Outlet) -> list[Policy]:
    """Every policy there is, by name, as it stands in its file now. One that cannot be read is there all the same, and
    checks nothing."""
    shelf, judge = outlet.prompts, outlet.settings.judge
    whom = f" {judge.model_id}" if judge is not None else ""
    try:
        frame: Prompt | None = shelf.get("judge")
    except AfterwordError:
        frame = None
    found = []
    for name in shelf.policies():
        try:
            prompt = shelf.policy(name)
        except AfterwordError:
            found.append(Policy(name, f"unreadable{whom}", UNREADABLE, {}))
            continue
        front = cast("PolicyFront", prompt.front)
        words = frame.sha256[:6] if frame is not None else "unreadable"
        version = f"{prompt.sha256[:12]}+{words}{whom}"
        found.append(Policy(name, version, " ".join(front.about.split()), front.hazards, prompt, frame))
    return found


def asked_of(policy: Prompt, frame: Prompt, subject: Subject, revision_id: int, names: Sequence[str] = ()) -> Question:
    """What the judge is told: our words first and last, and between them the text, each line of it marked as data."""
    first, _, last = frame.body.partition(LAST)
    ticket = token_hex(6)
    parts = {"title": subject.title, "text": subject.text, "note": subject.note, "names": "\n".join(names)}
    laid = [fenced_to_quote(name, words) for name, words in parts.items() if words.strip() or name == "text"]
    words = "\n\n".join([f"<ticket>{ticket}</ticket>", *laid, last.strip()])
    return Question(
        policy=policy,
        versions={f"{POLICY}{policy.name}": policy, frame.name: frame},
        revision_id=revision_id,
        ask=Ask(f"{first.strip()}\n\n{policy.body}", [{"role": "user", "content": [{"type": "text", "text": words}]}]),
        ticket=ticket,
        quotable=(subject.text, subject.title, subject.note),
    )


def _finding(front: PolicyFront, subject: Subject, found: Found) -> Finding:
    """A passage that the judge names. What stands in the title or the note is a concern about the whole text."""
    start = subject.text.find(found.quote)
    span = (start, start + len(found.quote)) if start >= 0 else (0, len(subject.text))
    where = "" if start >= 0 else "its title" if found.quote in subject.title else "its note to readers"
    # Its own words may quote the text, so they stand where an erasure reaches them.
    told = {"the judge says": found.why, "about": found.name, "where": where}
    evidence = {name: _short(words) for name, words in told.items() if words.strip()}
    return Finding(front.level, front.name, *span, " ".join(front.why.split()), evidence, front.ground)


def _short(words: str) -> str:
    line = " ".join(CONTROLS.sub("\ufffd", words).split())
    return line if len(line) <= WORDS_AT_MOST else f"{line[:WORDS_AT_MOST].rstrip()}…"
