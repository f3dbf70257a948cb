"""One revision as it lies on the desk: its text, what its author says of it, and where it belongs. Nothing of what
checks or people say."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from agent.publish.opening import opens_with_name
from agent.record import record_of, shown_title, shows_title, text_of
from agent.render import renderer
from agent.review.belonging import About, about_of, before_of, continued_by
from agent.tables import Author, Piece, Rendering, Revision

ERASED = "(erased)"


@dataclass(frozen=True)
class Sheet:
    """One revision. `text` is None where it was erased, `html` is empty where there is no rendering."""

    revision: Revision
    author: Author
    kind: str
    name: str
    title: str
    form: str
    tags: list[str]
    note: str
    continues: About | None
    """The piece that it goes on from, as its author says."""
    text: str | None
    html: str
    opens_with_name: bool
    """Whether the text opens with the name it goes by, set as a title."""
    language: str
    """A language tag; empty where it is not known."""
    direction: str
    words: int
    newest: int
    """The id of the piece's newest revision."""
    about: About | None
    before: int | None
    """The revision that its author sent of this piece before it, if any."""

    @property
    def shows_title(self) -> bool:
        """Whether readers see the title above the text: not where the text opens with the very same."""
        return shows_title(self.title, self.text or "")


def sheet(db: Session, revision_id: int) -> Sheet | None:
    """One revision; None where there is none. Raises Unfaithful."""
    revision = db.get(Revision, revision_id)
    if revision is None:
        return None
    piece = db.get_one(Piece, revision.piece_id)
    text, record = text_of(db, revision), record_of(db, revision)
    rendering = db.get(Rendering, (revision.text_sha256, renderer())) if text is not None else None
    newest = select(Revision.id).where(Revision.piece_id == piece.id).order_by(col(Revision.number).desc())
    return Sheet(
        revision=revision,
        author=db.get_one(Author, piece.author_id),
        kind=piece.kind.value,
        name=shown_title(record.title, text) if record and text else ERASED,
        title=record.title if record else "",
        form=record.form if record else "",
        tags=record.tags if record else [],
        note=record.note if record else "",
        continues=continued_by(db, record),
        text=text,
        html=rendering.html if rendering else "",
        opens_with_name=rendering is not None and opens_with_name(text or "", rendering.opening),
        language=rendering.language if rendering else "",
        direction=rendering.direction if rendering else "auto",
        words=len(text.split()) if text else 0,
        newest=db.exec(newest.limit(1)).one(),
        about=about_of(db, piece),
        before=before_of(db, revision),
    )
