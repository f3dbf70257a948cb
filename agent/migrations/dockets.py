"""What is open at the desk: kept by triggers, so that it is true whoever writes a row that decides."""

from alembic import op

from agent.migrations.triggers import is_sqlite

COLUMNS = "revision_id, piece_id, author_id, kind, resolution_id, worst, reviews, at"
GRAVITY = "CASE {0}.level WHEN 'stop' THEN 3 WHEN 'look' THEN 2 ELSE 1 END"
OPEN = (
    f"INSERT INTO docket ({COLUMNS}) SELECT revision.id, revision.piece_id, piece.author_id, piece.kind, NULL, "
    f"coalesce((SELECT max({GRAVITY.format('flag')}) FROM flag WHERE flag.revision_id = revision.id), 0), "
    "(SELECT count(*) FROM review WHERE review.revision_id = revision.id "
    "AND NOT EXISTS (SELECT 1 FROM undo WHERE undo.review_id = review.id)), "
    "revision.at FROM revision JOIN piece ON piece.id = revision.piece_id "
    "JOIN blob AS words ON words.id = revision.text_blob_id JOIN blob AS facts ON facts.id = revision.record_blob_id "
    "WHERE words.data IS NOT NULL AND facts.data IS NOT NULL "
    "AND revision.number = (SELECT max(number) FROM revision AS other WHERE other.piece_id = revision.piece_id) "
    "AND NOT EXISTS (SELECT 1 FROM publication WHERE publication.revision_id = revision.id) "
    "AND NOT EXISTS (SELECT 1 FROM withdrawal WHERE withdrawal.piece_id = revision.piece_id "
    "AND withdrawal.\"by\" = 'author' AND withdrawal.upto >= revision.number)"
)
"""Opens each revision to which the rest of a statement leads, if nothing stands against it."""
UNHELD = (
    " AND NOT EXISTS (SELECT 1 FROM veto WHERE veto.revision_id = revision.id AND NOT EXISTS "
    "(SELECT 1 FROM appeal JOIN ruling ON ruling.appeal_id = appeal.id "
    "WHERE appeal.revision_id = veto.revision_id AND ruling.overturned))"
)
CLOSE = "DELETE FROM docket WHERE revision_id = NEW.revision_id;"
ON = {
    "revision": f"DELETE FROM docket WHERE piece_id = NEW.piece_id; {OPEN} AND revision.id = NEW.id;",
    "publication": CLOSE,
    "veto": CLOSE,
    "flag": f"UPDATE docket SET worst = {GRAVITY.format('NEW')} WHERE revision_id = NEW.revision_id "
    f"AND worst < {GRAVITY.format('NEW')}; "
    # What one reviewer decided takes two from then on, so people are asked again.
    "UPDATE docket SET resolution_id = NULL WHERE NEW.level = 'stop' AND revision_id = NEW.revision_id "
    "AND resolution_id IN (SELECT id FROM resolution WHERE verdict = 'publish') "
    "AND (SELECT count(DISTINCT reviewer) FROM review WHERE review.revision_id = NEW.revision_id "
    "AND review.verdict = 'publish' AND NOT EXISTS (SELECT 1 FROM undo WHERE undo.review_id = review.id)) < 2;",
    "review": "UPDATE docket SET reviews = reviews + 1 WHERE revision_id = NEW.revision_id;",
    "resolution": "UPDATE docket SET resolution_id = NEW.id WHERE revision_id = NEW.revision_id;",
    "undo": "UPDATE docket SET resolution_id = NULL "
    "WHERE resolution_id = (SELECT id FROM resolution WHERE review_id = NEW.review_id); "
    "UPDATE docket SET reviews = reviews - 1 "
    "WHERE revision_id = (SELECT revision_id FROM review WHERE id = NEW.review_id);",
    "ruling": f"{OPEN} AND NEW.overturned AND revision.id = "
    "(SELECT revision_id FROM appeal WHERE appeal.id = NEW.appeal_id);",
    "withdrawal": "DELETE FROM docket WHERE NEW.\"by\" = 'author' AND piece_id = NEW.piece_id AND revision_id IN "
    "(SELECT id FROM revision WHERE piece_id = NEW.piece_id AND number <= NEW.upto);",
    "erasure": "DELETE FROM docket WHERE revision_id IN (SELECT docket.revision_id FROM docket "
    "JOIN revision ON revision.id = docket.revision_id "
    "WHERE NEW.blob_id IN (revision.text_blob_id, revision.record_blob_id));",
}
"""Table -> what a new row of it does to the docket."""


LEFT = (
    "INSERT INTO openslot (slot_id) SELECT slot.id FROM slot WHERE NOT EXISTS (SELECT 1 FROM writingsession "
    "JOIN invitation ON invitation.id = writingsession.invitation_id "
    "WHERE invitation.slot_id = slot.id AND writingsession.outcome IS NOT NULL)"
)
OVER = (
    "DELETE FROM openslot WHERE NEW.outcome IS NOT NULL "
    "AND slot_id = (SELECT slot_id FROM invitation WHERE id = NEW.invitation_id);"
)
SLOTS = {
    "slot_opens": ("INSERT ON slot", "INSERT INTO openslot (slot_id) VALUES (NEW.id);"),
    "session_begins_over": ("INSERT ON writingsession", OVER),
    "session_is_over": ("UPDATE OF outcome ON writingsession", OVER),
}
"""Name -> upon what, and what it does to the slots whose sitting is not over."""


def keep() -> None:
    """Open what is open now, and from now on follow each row that opens or closes something."""
    op.execute(OPEN + UNHELD)
    op.execute(LEFT)
    for table, body in ON.items():
        _follow(f"{table}_keeps_docket", f"INSERT ON {table}", body)
    for name, (upon, body) in SLOTS.items():
        _follow(name, upon, body)


COUNTS = (
    "NOT EXISTS (SELECT 1 FROM checkrun AS later WHERE later.revision_id = flag.revision_id "
    'AND later."check" = flag."check" AND later.id > flag.run_id AND later.fault = \'\' AND NOT later.shadow) '
    'AND flag."check" NOT IN (SELECT shadowed."check" FROM shadowed)'
)
"""What a check found counts until it has looked again or runs in shadow: `agent.queries.stale` says the same of a
flag."""
ALL_FLAGS, THOSE_THAT_COUNT = "flag.revision_id = revision.id", f"flag.revision_id = revision.id AND {COUNTS}"
WORST = (
    f"UPDATE docket SET worst = coalesce((SELECT max({GRAVITY.format('flag')}) FROM flag "
    f"WHERE flag.revision_id = docket.revision_id AND {COUNTS}), 0)"
)
"""Makes the gravest flag of each revision true, or of those that the rest of the statement leaves."""
ALONE = (
    "resolution_id IN (SELECT id FROM resolution WHERE verdict = 'publish') "
    "AND (SELECT count(*) FROM review WHERE review.revision_id = docket.revision_id AND review.verdict = 'publish' "
    "AND review.id = (SELECT max(own.id) FROM review AS own WHERE own.revision_id = review.revision_id "
    "AND own.reviewer = review.reviewer AND NOT EXISTS (SELECT 1 FROM undo WHERE undo.review_id = own.id))) < 2"
)
"""Of a revision in the docket: that it is to go out, and that only one reviewer says so."""
UNSHADED = 'NEW."check" NOT IN (SELECT shadowed."check" FROM shadowed)'
ANEW = {
    **{table: ON[table].replace(ALL_FLAGS, THOSE_THAT_COUNT) for table in ("revision", "ruling")},
    "flag": f"UPDATE docket SET worst = {GRAVITY.format('NEW')} WHERE revision_id = NEW.revision_id "
    f"AND worst < {GRAVITY.format('NEW')} AND {UNSHADED}; "
    # What one reviewer decided takes two from then on, so people are asked again.
    "UPDATE docket SET resolution_id = NULL WHERE NEW.level = 'stop' AND revision_id = NEW.revision_id "
    f"AND {UNSHADED} AND {ALONE};",
}
"""Table -> what a new row of it does to the docket since checks look again."""


def follow_runs() -> None:
    """From now on a check that looks again takes the place of what it found before, and what is in shadow rests."""
    for table, body in ANEW.items():
        _leave(f"{table}_keeps_docket", table)
        _follow(f"{table}_keeps_docket", f"INSERT ON {table}", body)
    _follow("checkrun_keeps_docket", "INSERT ON checkrun", f"{WORST} WHERE revision_id = NEW.revision_id;")
    flagged = 'WHERE revision_id IN (SELECT flag.revision_id FROM flag WHERE flag."check" = {}."check")'
    _follow("shadowed_rests", "INSERT ON shadowed", f"{WORST} {flagged.format('NEW')};")
    stopped = f"UPDATE docket SET resolution_id = NULL {flagged.format('OLD')} AND worst = 3 AND {ALONE};"
    _follow("shadowed_counts", "DELETE ON shadowed", f"{WORST} {flagged.format('OLD')}; {stopped}")
    op.execute(WORST)


def _leave(name: str, table: str) -> None:
    if is_sqlite():
        op.execute(f"DROP TRIGGER {name}")
        return
    op.execute(f"DROP TRIGGER {name} ON {table}")
    op.execute(f"DROP FUNCTION afterword_{name}()")


def _follow(name: str, upon: str, body: str) -> None:
    if is_sqlite():
        op.execute(f"CREATE TRIGGER {name} AFTER {upon} BEGIN {body} END")
        return
    op.execute(
        f"CREATE FUNCTION afterword_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} AFTER {upon} FOR EACH ROW EXECUTE FUNCTION afterword_{name}()")
