"""Tools of the drafting family. Each docstring is what the author reads."""

from agent.record import is_broken
from agent.tables import Outcome
from agent.write.ending import Ending, Work
from agent.write.toolbox import CannotDo


def submit(title: str, text: str, form: str = "", tags: list[str] | None = None, note_to_readers: str = "") -> Ending:
    """Submit a finished piece for publication.

    The text is Markdown and is kept exactly as you give it; nobody edits it. Staff read it before
    it is published. Title, form (such as essay, poem, letter, story), tags and a note to readers
    are yours to choose or leave empty. Submitting ends this sitting.
    """
    if not text.strip():
        raise CannotDo("The text is empty. Give the text, or use decline if you would rather not write.")
    given = {
        "title": title,
        "text": text,
        "form": form,
        "tags": "".join(tags or []),
        "note_to_readers": note_to_readers,
    }
    for name, value in given.items():
        if is_broken(value):
            raise CannotDo(
                f"What you gave as {name} holds half a character and cannot be stored. Please give it again."
            )
    if "\n" in title or len(title) > 300:
        raise CannotDo("The title is one line of at most 300 characters. Please give it again.")
    work = Work(text=text, title=title, form=form, tags=tags or [], note=note_to_readers)
    return Ending(Outcome.SUBMITTED, "the author submitted it", work)


def keep_private(text: str = "") -> Ending:
    """Write something and keep it private. It is stored, not published and not reviewed.
    This ends the sitting."""
    del text  # It stands in the turn that called this tool, and nowhere else.
    return Ending(Outcome.KEPT_PRIVATE, "the author kept it private")


def decline(reason: str = "") -> Ending:
    """Decline this invitation. No reason is needed, and nothing follows from it.
    This ends the sitting."""
    del reason  # It stands in the turn that called this tool, and nowhere else.
    return Ending(Outcome.DECLINED, "the author declined")


TOOLS = (submit, keep_private, decline)
