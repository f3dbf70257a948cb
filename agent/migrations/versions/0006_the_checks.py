"""Checks that inform: what a flag rests on, runs in shadow and runs anew, fingerprints, and a judge."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from agent.migrations import dockets, triggers

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

GROW_ONLY = ()
FLAG_KEEPS = ("id", "run_id", "revision_id", "check", "level", "category", "start", "end", "why", "ground")
MAY_UNQUOTE = "NEW.quote = '' AND CAST(NEW.evidence AS TEXT) = '{}' AND " + " AND ".join(
    f'NEW."{column}" = OLD."{column}"' for column in FLAG_KEEPS
)
SAYS_THE_SAME = " AND coalesce(NEW.said, '') = coalesce(OLD.said, '')"
ONLY_THE_QUOTE = "a flag may lose its quote and its evidence, and nothing else"


def upgrade() -> None:
    columns()
    runs_of_one_version()
    tables()
    dockets.follow_runs()
    if not triggers.is_sqlite():
        for table in ("fingerprint", "shadowflag", "flag"):
            no_samples(table)
    triggers.lift("flag", "UPDATE")
    triggers.refuse("flag", "UPDATE", ONLY_THE_QUOTE, f"NOT ({MAY_UNQUOTE}{SAYS_THE_SAME})")
    triggers.refuse("shadowflag", "DELETE", "a flag is never deleted")
    triggers.refuse("shadowflag", "UPDATE", ONLY_THE_QUOTE, f"NOT ({MAY_UNQUOTE})")
    triggers.refuse("judgement", "DELETE", "a judgement is never deleted")
    triggers.refuse("judgement", "UPDATE", "a judgement ends once", "OLD.ended_at IS NOT NULL")
    triggers.keep("shadowflag", "judgement")


def columns() -> None:
    for table, name, kind, default in (
        ("checkrun", "seconds", sa.Float(), "0"),
        ("checkrun", "shadow", sa.Boolean(), sa.false()),
        ("flag", "ground", sa.String(), ""),
        ("flag", "evidence", sa.JSON(), "{}"),
        ("entry", "orders", sa.JSON(), "{}"),
    ):
        op.add_column(table, sa.Column(name, kind, nullable=False, server_default=default))
    op.add_column("flag", sa.Column("said", level(), nullable=True))
    op.create_index(op.f("ix_flag_check"), "flag", ["check"], unique=False)


def runs_of_one_version() -> None:
    """A version of a check may look at a revision again: after a fault, and once it leaves the shadow."""
    if not triggers.is_sqlite():
        op.drop_constraint("checkrun_revision_id_check_version_key", "checkrun", type_="unique")
    else:
        # SQLite can only make the table anew, as in 0002. With the old table its triggers go.
        names = {"uq": "uq_%(table_name)s_%(column_0_name)s"}
        with op.batch_alter_table("checkrun", naming_convention=names) as batch:
            batch.drop_constraint("uq_checkrun_revision_id", type_="unique")
        triggers.grow_only("checkrun")
    op.create_index(op.f("ix_checkrun_at"), "checkrun", ["at"], unique=False)


def tables() -> None:
    op.create_table(
        "shadowflag",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("check", sa.String(), nullable=False),
        sa.Column("level", level(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("quote", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("ground", sa.String(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"]),
        sa.ForeignKeyConstraint(["run_id"], ["checkrun.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("revision_id", "run_id", "check"):
        op.create_index(op.f(f"ix_shadowflag_{column}"), "shadowflag", [column], unique=False)
    op.create_table("shadowed", sa.Column("check", sa.String(), nullable=False), sa.PrimaryKeyConstraint("check"))
    op.create_table(
        "fingerprint",
        sa.Column("hash", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Enum("revision", "entry", name="kept", native_enum=False, length=24), nullable=False),
        sa.Column("of_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("hash", "kind", "of_id"),
        # Some hundred rows a text: so they stand in their index alone.
        sqlite_with_rowid=False,
    )
    op.create_index("ix_fingerprint_of", "fingerprint", ["kind", "of_id"], unique=False)
    op.create_table(
        "judgement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("policy_sha256", sa.String(), nullable=False),
        sa.Column("judge", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("answered_by", sa.String(), nullable=False),
        sa.Column("blob_id", sa.Integer(), nullable=True),
        sa.Column("fault", sa.String(), nullable=False),
        sa.Column("reserved", sa.Integer(), nullable=True),
        sa.Column("cost", sa.Integer(), nullable=True),
        sa.Column("input_tokens", sa.Integer(), nullable=False),
        sa.Column("output_tokens", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["blob_id"], ["blob.id"]),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_judgement_revision_id"), "judgement", ["revision_id"], unique=False)
    op.create_index(op.f("ix_judgement_at"), "judgement", ["at"], unique=False)


def level() -> sa.Enum:
    """How much a flag asks."""
    return sa.Enum("note", "look", "stop", name="level", native_enum=False, length=24)


def no_samples(table: str) -> None:
    """An erasure must reach what is derived from a text: PostgreSQL keeps no samples of it for its planner."""
    for column in {"fingerprint": ("hash",), "flag": ("evidence",), "shadowflag": ("quote", "evidence")}[table]:
        op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS 0")
