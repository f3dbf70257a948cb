"""What checks of before said, once checks look again: the docket of an older database says what counts."""

import pytest
import sqlalchemy as sa

from agent.migrations import running
from tests.at_the_prompt import Prompt, a_prompt
from tests.test_migrations import write_the_first_edition

pytestmark = pytest.mark.slow


def upgraded(url: str, to: str) -> None:
    # As the program does it: a file keeps to no reference while its tables are made anew.
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        running.upgrade(connection, to=to)
    engine.dispose()


def a_run(prompt: Prompt, number: int, revision: int, check: str, version: str, *levels: str, fault: str = "") -> None:
    prompt.run(
        'INSERT INTO checkrun (id, revision_id, "check", version, fault, at) '
        f"VALUES ({number}, {revision}, '{check}', '{version}', '{fault}', '2026-10-01 12:00:00')"
    )
    for level in levels:
        prompt.run(
            'INSERT INTO flag (run_id, revision_id, "check", level, category, start, "end", quote, why) '
            f"VALUES ({number}, {revision}, '{check}', '{level}', 'c', 0, 2, 'It', 'So.')"
        )


def worst(prompt: Prompt) -> dict[int, int]:
    return {row[0]: row[1] for row in prompt.run("SELECT revision_id, worst FROM docket ORDER BY revision_id")}


def test_the_gravest_flag_of_what_waits_is_right_after_the_upgrade(empty_url: str) -> None:
    write_the_first_edition(empty_url)
    upgraded(empty_url, "0005")
    with a_prompt(empty_url) as prompt:
        waits = min(worst(prompt))
        a_run(prompt, 9001, waits, "poetry", "1", "stop")
        a_run(prompt, 9002, waits, "poetry", "2", "look")
        a_run(prompt, 9003, waits, "poetry", "3", fault="it broke")
        assert worst(prompt)[waits] == 3
    upgraded(empty_url, "head")
    with a_prompt(empty_url) as prompt:
        assert worst(prompt)[waits] == 2, "what a check that is no longer there said last still asks for an answer"
        a_run(prompt, 9004, waits, "markup", "9", "stop")
        a_run(prompt, 9005, waits, "markup", "10", "note")
        assert worst(prompt)[waits] == 2
        prompt.run("INSERT INTO shadowed (\"check\") VALUES ('poetry')")
        assert worst(prompt)[waits] == 1
        prompt.run("DELETE FROM shadowed")
        assert worst(prompt)[waits] == 2
