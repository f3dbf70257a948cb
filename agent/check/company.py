"""Speech in the name of the company that made the author, and false claims of an author about itself."""

from collections.abc import Iterator

from agent.check.claims.abilities import claimed
from agent.check.claims.identity import another, human
from agent.check.claims.spokesmen import spoken
from agent.check.claims.today import in_service, wrong_dates
from agent.check.frame import Facts, Finding, Subject
from agent.check.reading.voice import Voice, voice_of

NAME = "company"
VERSION = "1"
ABOUT = (
    "Words in the name of the company that made the author, such as announcements and promises; and what it says of "
    "itself that its session shows to be false: another name, another date, tools that it has not. "
    "It leaves alone what is said about the company, fiction, quotations, and what is denied or only supposed. "
    "Nobody here speaks for the company: ask whether readers could take the words for its own."
)


def check(subject: Subject) -> list[Finding]:
    """A look for speech in the company's name and for another identity; a note for other false claims."""
    voice = voice_of(subject.text)
    found = [*spoken(voice, subject.facts.company), *another(voice, subject.facts), *_in_earnest(voice, subject.facts)]
    return sorted(found, key=lambda finding: finding.start)


def _in_earnest(voice: Voice, facts: Facts) -> Iterator[Finding]:
    """What a narrator may say in a story that somebody made up."""
    if not voice.is_story:
        yield from claimed(voice, facts)
        yield from human(voice)
        yield from wrong_dates(voice, facts)
        yield from in_service(voice, facts)
