"""The outside world: how feeds are asked, what was shown in a turn, calls in tokens, sessions that are cancelled."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from agent.migrations import tallies, triggers

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

GROW_ONLY = ("cancellation", "showing")


def upgrade() -> None:
    tables()
    columns()
    count_the_tokens_of_settled_calls()
    tallies.keep()
    triggers.grow_only(*GROW_ONLY)


def tables() -> None:
    op.create_table(
        "cancellation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["writingsession.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("session_id"),
    )
    op.create_table(
        "showing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("turn_id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"]),
        sa.ForeignKeyConstraint(["turn_id"], ["turn.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("turn_id", "entry_id"),
    )
    op.create_index(op.f("ix_showing_entry_id"), "showing", ["entry_id"], unique=False)
    op.create_table(
        "tally",
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.Column("tokens", sa.BigInteger(), nullable=False),
        sa.Column("unsized", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["author.id"]),
        sa.PrimaryKeyConstraint("day", "author_id"),
    )


def columns() -> None:
    for name in ("moved_to", "etag", "last_modified", "fault"):
        op.add_column("feed", sa.Column(name, sa.String(), nullable=False, server_default=""))
    for name in ("read_at", "next_at", "gone_at"):
        op.add_column("feed", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column("feed", sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))
    op.create_index(op.f("ix_feed_next_at"), "feed", ["next_at"], unique=False)
    # Written out, because alembic adds a reference to a table of SQLite only by making that anew.
    op.execute('ALTER TABLE contextblock ADD COLUMN entry_id INTEGER REFERENCES "entry" (id)')
    op.add_column("entry", sa.Column("hidden", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("following", sa.Column("actor", sa.String(), nullable=False, server_default=""))
    for name in ("actor", "reason"):
        op.add_column("unfollowing", sa.Column(name, sa.String(), nullable=False, server_default=""))
    op.add_column("call", sa.Column("reserved_tokens", sa.Integer(), nullable=True))
    for name in ("input_tokens", "output_tokens"):
        op.add_column("call", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.add_column("call", sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True))


def count_the_tokens_of_settled_calls() -> None:
    """They stood in the turns alone."""
    for name in ("input_tokens", "output_tokens"):
        op.execute(
            f"UPDATE call SET {name} = (SELECT turn.{name} FROM turn WHERE turn.session_id = call.session_id "
            "AND turn.number = call.turn_number) WHERE paid = 'settled' AND EXISTS (SELECT 1 FROM turn WHERE "
            "turn.session_id = call.session_id AND turn.number = call.turn_number)"
        )
