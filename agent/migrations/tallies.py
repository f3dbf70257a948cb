"""What the calls of a day used, by author: kept by triggers, so that it is true whoever writes a call."""

from alembic import op

from agent.migrations.triggers import is_sqlite

COUNTED = {
    "cost": "CASE WHEN {0}.paid = 'unpaid' THEN 0 ELSE coalesce({0}.cost, {0}.reserved, 0) END",
    "tokens": "CASE WHEN {0}.paid = 'unpaid' THEN 0 WHEN {0}.paid = 'settled' THEN {0}.input_tokens + {0}.output_tokens"
    " ELSE coalesce({0}.reserved_tokens, 0) END",
    "unsized": "CASE WHEN {0}.paid IN ('reserved', 'possibly') AND {0}.reserved_tokens IS NULL THEN 1 ELSE 0 END",
}
"""Column of a tally -> what a call adds to it."""
ACTS = {"INSERT": {"NEW": "+"}, "UPDATE": {"OLD": "-", "NEW": "+"}, "DELETE": {"OLD": "-"}}


def keep() -> None:
    """Tally the calls that are there, and from now on each that is written, changed or deleted."""
    amounts = ", ".join(f"sum({amount.format('call')})" for amount in COUNTED.values())
    op.execute(
        f"INSERT INTO tally (author_id, day, {', '.join(COUNTED)}) SELECT writingsession.author_id, {_day('call')}, "
        f"{amounts} FROM call JOIN writingsession ON writingsession.id = call.session_id GROUP BY 1, 2"
    )
    for act, rows in ACTS.items():
        name, body = f"call_tallies_{act.lower()}", " ".join(_add(row, sign) for row, sign in rows.items())
        if is_sqlite():
            op.execute(f"CREATE TRIGGER {name} AFTER {act} ON call BEGIN {body} END")
        else:
            op.execute(
                f"CREATE FUNCTION afterword_{name}() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN {body} RETURN NULL; END $$"
            )
            op.execute(f"CREATE TRIGGER {name} AFTER {act} ON call FOR EACH ROW EXECUTE FUNCTION afterword_{name}()")


def _add(row: str, sign: str) -> str:
    """A statement that adds a call to the tally of its day, or takes it away."""
    amounts = ", ".join(f"{sign}({amount.format(row)})" for amount in COUNTED.values())
    grown = ", ".join(f"{name} = tally.{name} + excluded.{name}" for name in COUNTED)
    return (
        f"INSERT INTO tally (author_id, day, {', '.join(COUNTED)}) SELECT author_id, {_day(row)}, {amounts} "
        f"FROM writingsession WHERE id = {row}.session_id ON CONFLICT (author_id, day) DO UPDATE SET {grown};"
    )


def _day(row: str) -> str:
    """The day of a call in UTC."""
    return f"substr({row}.at, 1, 10)" if is_sqlite() else f"({row}.at AT TIME ZONE 'UTC')::date"
