"""Every error a person may meet, in one tree.

The docstring of a class is its message: what is wrong, where, and what to do. Facts are
filled in by name. `permanent` tells the engine whether trying again could help.
"""

import inspect
import traceback
from pathlib import Path
from typing import ClassVar

from agent.mishaps import in_words


class AfterwordError(Exception):
    """{reason}"""

    permanent: ClassVar[bool] = True

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        super().__init__(" ".join(inspect.cleandoc(type(self).__doc__ or "").split()).format(**facts))


def in_short(fault: Exception) -> str:
    """A fault in words that may be kept: our own message, what ails the database, or where another one arose.
    Another's own words may quote a text or a secret."""
    if isinstance(fault, AfterwordError):
        return str(fault)
    if ailing := in_words(fault):
        return ailing
    where = traceback.extract_tb(fault.__traceback__)
    place = f" at {Path(where[-1].filename).name}:{where[-1].lineno}" if where else ""
    return f"{type(fault).__name__}{place}"


# Settings and files


class BadSettings(AfterwordError):
    """{file}: {problems}"""


class NoPublication(AfterwordError):
    """There is no afterword.toml in {folder}. Run `afterword init DIR` to begin a publication,
    or name its folder with --dir."""


class AlreadyThere(AfterwordError):
    """{path} exists already; nothing was changed. Choose another folder."""


class UnknownAuthor(AfterwordError):
    """No author is called "{author}". Known are: {known}."""


class NoTheme(AfterwordError):
    """The theme {path} is no folder. Mend `theme` in afterword.toml, or take it away."""


class MissingPrompt(AfterwordError):
    """The prompt {path} is missing. Put it back; `afterword init DIR` writes all of them into a new folder."""


class BadPrompt(AfterwordError):
    """The prompt {path} cannot be used: {reason}"""


class BadWords(AfterwordError):
    """The words of the site in {path} cannot be used: {reason}"""


class BadTemplate(AfterwordError):
    """{place}: {reason}. Mend this template; nothing is lost, and until then no new edition comes out."""

    permanent = False


class UnknownPrompt(AfterwordError):
    """No invitation is called "{name}". There are: {known}."""


class PortInUse(AfterwordError):
    """Port {port} on {host} is taken by another program. Stop that program, or set {setting} to a free port."""


class EngineHeld(AfterwordError):
    """Another process is already running this publication's engine (lock: {path}).
    Stop it first, or let it do the work: it takes up what other commands leave."""


class EngineLost(AfterwordError):
    """The database was away for a moment, and with it the lock that lets one process run this publication's engine.
    This one has ended, so that no two do the same work. Nothing is lost: start it again."""


class Waits(AfterwordError):
    """Slot {slot} waits: {reason}. Nothing is lost: `afterword up` takes it up when it may."""

    permanent = False


class DemoFailed(AfterwordError):
    """The demonstration stopped at a fault that is not the author's: {why}. It is in the ledger;
    mend it, and run the demonstration again."""


class DemoFellShort(AfterwordError):
    """The demonstration wanted {wanted} pieces: {submitted} were submitted in at most {tries} invitations and
    {published} published. Everything that happened is in the ledger; run it again for more."""


class BadDatabase(AfterwordError):
    """The database {url} cannot be used: {reason}"""


class BadKey(AfterwordError):
    """The signing key {path} cannot be read: {reason}. Restore it from a backup: a new key
    cannot continue an old ledger."""


class KeyNotMade(AfterwordError):
    """No key was made at {path}, and nothing was changed: {reason}."""


# The author's endpoint


class LlmError(AfterwordError):
    """{reason}"""

    possibly_paid: ClassVar[bool] = False
    pauses: ClassVar[bool] = False
    """An operator mends it, and nobody in the sitting can: the author is paused, the invitation unspent."""

    def __init__(self, *, retry_after: float | None = None, **facts: object) -> None:
        self.retry_after = retry_after
        super().__init__(**facts)


class NoApiKey(LlmError):
    """No API key for {author}: the variable {variable} is not set. Set it, or point the author at
    another endpoint in afterword.toml."""

    permanent = False


class WrongApiKey(LlmError):
    """{endpoint} refused the API key of {author} (HTTP {status}): {reason}. Check the variable {variable}, then
    `afterword resume {author}`."""

    pauses = True


class NoCredit(LlmError):
    """{endpoint} asks for money before it answers {author} (HTTP {status}): {reason}. Add credit there, or lift what
    limits it, then `afterword resume {author}`."""

    pauses = True
    SAYS: ClassVar[str] = "asks for money before it answers"
    """What every such fault says: so a pause is known by its reason, whatever the status was."""


class BadEndpoint(LlmError):
    """{reason} Mend it, then `afterword resume {author}`."""

    pauses = True


class NoSuchLlm(LlmError):
    """{endpoint} does not know {model_id} (HTTP 404): the model is retired there, or this key has no
    access to it. Ask for access, or name another endpoint; the author is paused until then."""

    pauses = True


class RequestRefused(LlmError):
    """{endpoint} refused the request (HTTP {status}): {reason}. Compare the author's profile in afterword.toml
    with what is taken there."""


class TooLarge(RequestRefused):
    """{endpoint} refused the request as too large (HTTP {status}): {reason}. Lower context_tokens in the author's
    profile, so that older parts are left out sooner."""


class Throttled(LlmError):
    """{endpoint} does not answer for now (HTTP {status}): {reason}"""

    permanent = False


class Unreachable(LlmError):
    """{endpoint} could not be reached: {reason}"""

    permanent = False


class GaveUp(LlmError):
    """{endpoint} gave up waiting for the reply (HTTP {status}): {reason}. It may have been paid."""

    permanent = False
    possibly_paid = True


class BrokenReply(LlmError):
    """The reply of {endpoint} broke off: {reason}. It may have been paid."""

    permanent = False
    possibly_paid = True


class LocalModelError(LlmError):
    """{reason}"""


# Feeds


class FeedError(AfterwordError):
    """{url}: {reason}"""

    permanent = False

    def __init__(self, *, retry_after: float | None = None, **facts: object) -> None:
        self.retry_after = retry_after
        super().__init__(**facts)


class FeedGone(FeedError):
    """{url}: it says that it is gone for good (HTTP 410), and is not asked any more"""

    permanent = True


class BadOpml(AfterwordError):
    """{file} cannot be used as a list of feeds: {reason}. Nothing was stored."""


# Review


class Refused(AfterwordError):
    """{reason}"""


class UnknownUser(AfterwordError):
    """Nobody called "{user}" may do that. Who may: {known}."""


class ChannelError(AfterwordError):
    """{channel}: {reason}."""

    permanent = False

    def __init__(
        self, *, permanent: bool = False, of_all: bool = True, retry_after: float | None = None, **facts: object
    ) -> None:
        # Not the class's alone: the same server says "later" and "never".
        self.permanent = permanent  # type: ignore[misc]
        self.of_all = of_all
        """It stands in the way of whatever goes that way, and not of this message alone."""
        self.retry_after = retry_after
        """It asks to be left alone for so many seconds."""
        super().__init__(**facts)


class DirectoryError(AfterwordError):
    """{directory}: {reason}."""

    permanent = False


# The checks


class BadLabel(AfterwordError):
    """{place}: {reason}. Mend it there; nothing was scored."""


# The proof


class Unfaithful(AfterwordError):
    """Revision {revision} cannot be published: {reason}. The stored bytes and their hash disagree;
    restore the database from a backup."""


class NotAFolder(AfterwordError):
    """{path} is no folder, and the site is to lie in {public}. Move it away, or name another folder as `public` in
    afterword.toml."""

    permanent = False


class NotBuilt(AfterwordError):
    """The site was not built: {reason}. Nothing is lost; build it again."""

    permanent = False


class OtherKey(AfterwordError):
    """The key in {file} is not the one that signed the ledger until now ({key}). A reader could not tell such an
    edition from a forged one, so nothing was built. Put the old key back."""


class NotTheSame(AfterwordError):
    """{count} file(s) of the edition that was made step by step are not what making it at once gives: {files}. The
    public folder holds the right ones now. This is a defect of ours: please report it, with the log."""


class TargetError(AfterwordError):
    """Target {target}: {reason}. {to_do}"""

    permanent = False


class NotDelivered(AfterwordError):
    """The public folder holds the edition, but some targets do not. {reasons} `afterword up` tries again by itself."""

    permanent = False


class NotVerified(AfterwordError):
    """{what} in {place}"""

    def __init__(self, count: int, place: object) -> None:
        what = "1 thing does not verify" if count == 1 else f"{count:,} things do not verify"
        super().__init__(what=what, place=place)
