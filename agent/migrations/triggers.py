"""Triggers that hold against a person at the database's own prompt, in both dialects."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

NEVER = "a row of {} is never changed or deleted"


def is_sqlite() -> bool:
    """Which of the two dialects is being migrated."""
    return op.get_bind().dialect.name == "sqlite"


def define() -> None:
    """On PostgreSQL, the function that the triggers call."""
    if not is_sqlite():
        op.execute(
            "CREATE FUNCTION afterword_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'a row of % is never changed or deleted', TG_TABLE_NAME; END $$"
        )


def grow_only(*tables: str) -> None:
    """Rows of these tables are added, and never changed, deleted or replaced."""
    for table in tables:
        refuse(table, "UPDATE", NEVER.format(table))
        refuse(table, "DELETE", NEVER.format(table))
    keep(*tables)


def keep(*tables: str) -> None:
    """No row of these tables is replaced (SQLite), and none is emptied (PostgreSQL)."""
    for table in tables:
        if is_sqlite():
            refuse(table, "INSERT", "a row is never replaced", _taken(table))
        else:
            op.execute(
                f'CREATE TRIGGER {table}_refuses_truncate BEFORE TRUNCATE ON "{table}" '
                "EXECUTE FUNCTION afterword_refuse()"
            )


def refuse(table: str, act: str, reason: str, when: str = "") -> None:
    """Refuse one act (UPDATE, DELETE or INSERT) on a table, where the condition holds."""
    name, condition = f"{table}_refuses_{act.lower()}", f"WHEN ({when})" if when else ""
    if is_sqlite():
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {act} ON \"{table}\" {condition} BEGIN SELECT RAISE(ABORT, '{reason}'); END"
        )
    else:
        op.execute(
            f'CREATE TRIGGER {name} BEFORE {act} ON "{table}" FOR EACH ROW {condition} '
            "EXECUTE FUNCTION afterword_refuse()"
        )


def lift(table: str, *acts: str) -> None:
    """Take triggers away, for a change of the schema; they are put back after it."""
    for act in acts:
        name = f"{table}_refuses_{act.lower()}"
        op.execute(f"DROP TRIGGER {name}" if is_sqlite() else f'DROP TRIGGER {name} ON "{table}"')


def part() -> None:
    """On PostgreSQL, one trigger for changes and one for deletions, as on SQLite: at first it was one for both."""
    if is_sqlite():
        return
    both = sa.text(
        "SELECT relname, tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
        "WHERE tgname = relname || '_refuses_update_or_delete' AND pg_table_is_visible(tgrelid)"
    )
    for table, name in op.get_bind().execute(both).all():
        op.execute(f'DROP TRIGGER {name} ON "{table}"')
        refuse(table, "UPDATE", NEVER.format(table))
        refuse(table, "DELETE", NEVER.format(table))


def _taken(table: str) -> str:
    """INSERT OR REPLACE would delete the row in its way without a word to the other triggers."""
    inspector = sa.inspect(op.get_bind())
    unique: list[Sequence[str | None]] = [found["column_names"] for found in inspector.get_unique_constraints(table)]
    unique += [found["column_names"] for found in inspector.get_indexes(table) if found["unique"]]
    keys = [inspector.get_pk_constraint(table)["constrained_columns"], *unique]
    same = [" AND ".join(f'"{column}" = NEW."{column}"' for column in columns if column) for columns in keys]
    return f'EXISTS (SELECT 1 FROM "{table}" WHERE {" OR ".join(same)})'
