"""The author's room: notebook, reading list, wishes, requests, appeals; several works of one session."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from agent.migrations import triggers

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

GROW_ONLY = (
    "appeal",
    "assent",
    "copy",
    "draft",
    "drop",
    "following",
    "interest",
    "moot",
    "note",
    "request",
    "rest",
    "ruling",
    "strike",
    "submission",
    "unfollowing",
    "wish",
    "wishanswer",
)


def upgrade() -> None:
    triggers.part()
    tables()
    columns()
    several_works_of_one_session()
    index_of_words()
    no_words_in_statistics()
    triggers.grow_only(*GROW_ONLY)


def columns() -> None:
    """What rows that were there before say more of."""
    add_reference("consent", "blob_id", "blob")
    add_reference("consent", "request_id", "request", unique=True)
    op.add_column("consent", sa.Column("trials", sa.Boolean(), nullable=False, server_default=sa.false()))
    say_scope_in_a_word()
    add_reference("piece", "about_id", "piece", index=True)
    op.add_column("slot", sa.Column("purpose", sa.String(24), nullable=False, server_default="writing"))
    op.add_column("turn", sa.Column("context_tokens", sa.Integer(), nullable=True))
    op.add_column("turn", sa.Column("counted", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("turn", sa.Column("left_out", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("withdrawal", sa.Column("upto", sa.Integer(), nullable=False, server_default="1"))
    add_reference("withdrawal", "request_id", "request", index=True)
    op.add_column("writingsession", sa.Column("chosen", sa.String(24), nullable=True))


def add_reference(table: str, column: str, to: str, *, index: bool = False, unique: bool = False) -> None:
    """Add a column that names a row of another table, or none."""
    # Written out, because alembic adds a reference to a table of SQLite only by making that anew.
    op.execute(f'ALTER TABLE {table} ADD COLUMN {column} INTEGER REFERENCES "{to}" (id)')
    if index or unique:
        op.create_index(f"ix_{table}_{column}", table, [column], unique=unique)


def say_scope_in_a_word() -> None:
    """Until now every consent was for everything, and said so in a sentence of ours."""
    if triggers.is_sqlite():
        triggers.lift("consent", "UPDATE", "INSERT")
        op.execute("UPDATE consent SET scope = 'all'")
        triggers.refuse("consent", "UPDATE", triggers.NEVER.format("consent"))
        triggers.keep("consent")
    else:
        op.execute("ALTER TABLE consent DISABLE TRIGGER USER")
        op.execute("UPDATE consent SET scope = 'all'")
        op.execute("ALTER TABLE consent ENABLE TRIGGER USER")


def several_works_of_one_session() -> None:
    """A session may bring several revisions: an essay, and a postscript under another."""
    if not triggers.is_sqlite():
        op.drop_constraint("revision_session_id_key", "revision", type_="unique")
    else:
        # SQLite can only make the table anew. `Database.migrate` has switched the foreign keys off, and
        # looks at all of them at the end. With the old table its triggers go.
        names = {"uq": "uq_%(table_name)s_%(column_0_name)s"}
        with op.batch_alter_table("revision", naming_convention=names) as batch:
            batch.drop_constraint("uq_revision_session_id", type_="unique")
        triggers.grow_only("revision")
    op.create_index("ix_revision_session_id", "revision", ["session_id"])


def index_of_words() -> None:
    """Which words stand in which revision, for an author that searches its archive. Filled by
    agent/archive.py, which also empties it; the words are folded there, so both databases agree."""
    if triggers.is_sqlite():
        op.execute("CREATE VIRTUAL TABLE archivewords USING fts5(words, tokenize = 'ascii')")
    else:
        op.execute(
            "CREATE TABLE archivewords "
            "(revision_id integer PRIMARY KEY REFERENCES revision (id), words tsvector NOT NULL)"
        )
        op.execute("CREATE INDEX ix_archivewords_words ON archivewords USING gin (words)")


def no_words_in_statistics() -> None:
    """PostgreSQL samples columns for its planner, and would keep short texts there that are erased here."""
    if triggers.is_sqlite():
        return
    # A trigger that names a column holds its type, and giving a type anew is what takes old samples away.
    found = op.get_bind().execute(
        sa.text(
            "SELECT pg_get_triggerdef(oid) FROM pg_trigger "
            "WHERE tgname = 'flag_refuses_update' AND pg_table_is_visible(tgrelid)"
        )
    )
    again = found.scalar_one()
    triggers.lift("flag", "UPDATE")
    for table, column, kind in (
        ("blob", "data", "bytea"),
        ("flag", "quote", "varchar"),
        ("rendering", "html", "varchar"),
    ):
        op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} TYPE {kind}, ALTER COLUMN {column} SET STATISTICS 0")
    op.execute("ALTER TABLE archivewords ALTER COLUMN words SET STATISTICS 0")
    op.execute(again)


def tables() -> None:
    op.create_table(
        "feed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("url"),
    )
    op.create_table(
        "copy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("blob_id", sa.Integer(), nullable=False),
        sa.Column("of_blob_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["blob_id"], ["blob.id"]),
        sa.ForeignKeyConstraint(["of_blob_id"], ["blob.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("blob_id", "of_blob_id"),
    )
    op.create_index(op.f("ix_copy_of_blob_id"), "copy", ["of_blob_id"], unique=False)
    op.create_table(
        "draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("turn_id", sa.Integer(), nullable=False),
        sa.Column("blob_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["author.id"]),
        sa.ForeignKeyConstraint(["blob_id"], ["blob.id"]),
        sa.ForeignKeyConstraint(["turn_id"], ["turn.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_draft_author_id"), "draft", ["author_id"], unique=False)
    op.create_table(
        "interest",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("turn_id", sa.Integer(), nullable=False),
        sa.Column("blob_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["author.id"]),
        sa.ForeignKeyConstraint(["blob_id"], ["blob.id"]),
        sa.ForeignKeyConstraint(["turn_id"], ["turn.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("author_id", "number"),
    )
    op.create_index(op.f("ix_interest_author_id"), "interest", ["author_id"], unique=False)
    op.create_table(
        "note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("turn_id", sa.Integer(), nullable=False),
        sa.Column("blob_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["author.id"]),
        sa.ForeignKeyConstraint(["blob_id"], ["blob.id"]),
        sa.ForeignKeyConstraint(["turn_id"], ["turn.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("author_id", "number"),
    )
    op.create_index(op.f("ix_note_author_id"), "note", ["author_id"], unique=False)
    op.create_table(
        "rest",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("turn_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["author.id"]),
        sa.ForeignKeyConstraint(["turn_id"], ["turn.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_rest_author_id"), "rest", ["author_id"], unique=False)
    op.create_table(
        "wish",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("turn_id", sa.Integer(), nullable=False),
        sa.Column(
            "want",
            sa.Enum("feed", "page", "cadence", "rest", "word", name="want", native_enum=False, length=24),
            nullable=False,
        ),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("blob_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["author.id"]),
        sa.ForeignKeyConstraint(["blob_id"], ["blob.id"]),
        sa.ForeignKeyConstraint(["turn_id"], ["turn.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_wish_author_id"), "wish", ["author_id"], unique=False)
    op.create_table(
        "submission",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("turn_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("essay", "postscript", "answer", "statement", name="kind", native_enum=False, length=24),
            nullable=False,
        ),
        sa.Column("piece_id", sa.Integer(), nullable=True),
        sa.Column("about_id", sa.Integer(), nullable=True),
        sa.Column("text_blob_id", sa.Integer(), nullable=False),
        sa.Column("record_blob_id", sa.Integer(), nullable=False),
        sa.Column("with_form", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["about_id"], ["piece.id"]),
        sa.ForeignKeyConstraint(["piece_id"], ["piece.id"]),
        sa.ForeignKeyConstraint(["record_blob_id"], ["blob.id"]),
        sa.ForeignKeyConstraint(["session_id"], ["writingsession.id"]),
        sa.ForeignKeyConstraint(["text_blob_id"], ["blob.id"]),
        sa.ForeignKeyConstraint(["turn_id"], ["turn.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_submission_session_id"), "submission", ["session_id"], unique=False)
    op.create_table(
        "request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("turn_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "asks", sa.Enum("withdraw", "consent", "appeal", name="asks", native_enum=False, length=24), nullable=False
        ),
        sa.Column("piece_id", sa.Integer(), nullable=True),
        sa.Column("publish", sa.Enum("yes", "no", "ask", name="publish", native_enum=False, length=24), nullable=True),
        sa.Column("scope", sa.Enum("all", "new", name="scope", native_enum=False, length=24), nullable=True),
        sa.Column("trials", sa.Boolean(), nullable=True),
        sa.Column("submission_id", sa.Integer(), nullable=True),
        sa.Column("blob_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["author.id"]),
        sa.ForeignKeyConstraint(["blob_id"], ["blob.id"]),
        sa.ForeignKeyConstraint(["piece_id"], ["piece.id"]),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"]),
        sa.ForeignKeyConstraint(["turn_id"], ["turn.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("turn_id", "number"),
    )
    op.create_index(op.f("ix_request_author_id"), "request", ["author_id"], unique=False)
    op.create_table(
        "moot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("request_id"),
    )
    op.create_table(
        "appeal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("blob_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["blob_id"], ["blob.id"]),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"]),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("request_id"),
        sa.UniqueConstraint("revision_id"),
    )
    op.create_table(
        "assent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("turn_id", sa.Integer(), nullable=False),
        sa.Column("publish", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"]),
        sa.ForeignKeyConstraint(["turn_id"], ["turn.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_assent_revision_id"), "assent", ["revision_id"], unique=False)
    op.create_table(
        "drop",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("interest_id", sa.Integer(), nullable=False),
        sa.Column("turn_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["interest_id"], ["interest.id"]),
        sa.ForeignKeyConstraint(["turn_id"], ["turn.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("interest_id"),
    )
    op.create_table(
        "entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("feed_id", sa.Integer(), nullable=True),
        sa.Column("wish_id", sa.Integer(), nullable=True),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("published", sa.DateTime(timezone=True), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feed.id"]),
        sa.ForeignKeyConstraint(["wish_id"], ["wish.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("feed_id", "key"),
        sa.UniqueConstraint("wish_id"),
    )
    op.create_index(op.f("ix_entry_feed_id"), "entry", ["feed_id"], unique=False)
    op.create_table(
        "following",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("feed_id", sa.Integer(), nullable=False),
        sa.Column("wish_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["author.id"]),
        sa.ForeignKeyConstraint(["feed_id"], ["feed.id"]),
        sa.ForeignKeyConstraint(["wish_id"], ["wish.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("wish_id"),
    )
    op.create_index(op.f("ix_following_author_id"), "following", ["author_id"], unique=False)
    op.create_table(
        "strike",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("note_id", sa.Integer(), nullable=False),
        sa.Column("turn_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["note_id"], ["note.id"]),
        sa.ForeignKeyConstraint(["turn_id"], ["turn.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("note_id"),
    )
    op.create_table(
        "wishanswer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wish_id", sa.Integer(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=True),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["wish_id"], ["wish.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("wish_id"),
    )
    op.create_table(
        "ruling",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("appeal_id", sa.Integer(), nullable=False),
        sa.Column("reviewer", sa.String(), nullable=False),
        sa.Column("overturned", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeal.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("appeal_id"),
    )
    op.create_table(
        "unfollowing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("following_id", sa.Integer(), nullable=False),
        sa.Column("turn_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["following_id"], ["following.id"]),
        sa.ForeignKeyConstraint(["turn_id"], ["turn.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("following_id"),
    )
