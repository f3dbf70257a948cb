"""A number that no row can have is refused in words, by every command that takes one."""

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from agent.cli import afterword
from agent.cli.common import ROW


def commands(group: click.Command, *names: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield names, group
    if isinstance(group, click.Group):
        context = click.Context(group)
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            assert command is not None
            yield from commands(command, *names, name)


def test_every_number_of_a_row_is_taken_in_one_way() -> None:
    unbounded = {
        (*names, parameter.name)
        for names, command in commands(afterword)
        for parameter in command.params
        if parameter.type is click.INT or (isinstance(parameter.type, click.IntRange) and parameter.type.max is None)
    }
    assert unbounded == set()
    taken = {names for names, command in commands(afterword) for parameter in command.params if parameter.type is ROW}
    assert {("undo",), ("review",), ("appeal",), ("erase",), ("confirm",), ("sessions", "show")} <= taken


@pytest.mark.parametrize("number", ["0", "-1", "99999999999999999999", "x"])
def test_a_number_that_no_row_has_is_refused_in_words(number: str) -> None:
    answer = CliRunner().invoke(afterword, ["undo", "--", number])
    assert (answer.exit_code, "Traceback" in answer.output) == (2, False)
    assert "Invalid value" in answer.output
