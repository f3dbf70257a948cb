"""Functions as tools: the schema comes from the signature, the description from the docstring."""

import inspect
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from agent.outlet import Block
from agent.record import is_broken
from agent.write.ending import Ending
from agent.write.room import CannotDo, Room

Function = Callable[..., Ending | str]


@dataclass(frozen=True)
class Tool:
    """One function that the author may call."""

    name: str
    description: str
    given: type[BaseModel]
    run: Function

    @classmethod
    @cache
    def of(cls, function: Function) -> "Tool":
        """Make a tool of a typed function with a docstring. Its first parameter is the room, which the
        author does not give. Made once a function, and not for every turn anew."""
        _, *parts = inspect.signature(function).parameters.items()
        fields: dict[str, Any] = {
            name: (part.annotation, ... if part.default is inspect.Parameter.empty else part.default)
            for name, part in parts
        }
        given = create_model(function.__name__, __config__=ConfigDict(extra="forbid"), **fields)
        # The source's line breaks are not the author's to read.
        paragraphs = (inspect.getdoc(function) or "").split("\n\n")
        described = "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
        return cls(function.__name__, described, given, function)

    @cached_property
    def schema(self) -> dict[str, Any]:
        """The tool as the Messages API wants it."""
        schema = self.given.model_json_schema()
        schema.pop("title", None)
        return {"name": self.name, "description": self.description, "input_schema": schema}


@dataclass(frozen=True)
class Done:
    """What came of the calls of one turn: blocks to answer with, and the end where one was reached."""

    results: list[Block]
    ending: Ending | None = None


class Toolbox:
    """The tools laid out for one sitting."""

    def __init__(self, functions: Iterable[Function]) -> None:
        self.tools = {tool.name: tool for tool in map(Tool.of, functions)}

    @cached_property
    def schemas(self) -> list[dict[str, Any]]:
        """All tools as the Messages API wants them."""
        return [tool.schema for tool in self.tools.values()]

    @cached_property
    def source(self) -> str:
        """The tools as a prompt file would hold them: front matter, then the schemas as JSON."""
        tools = json.dumps(self.schemas, indent=2, ensure_ascii=False)
        return f"---\nname: toolbox\npurpose: The tools, as an author with tools is shown them.\n---\n{tools}\n"

    def run(self, room: Room, blocks: Sequence[Block], *, cut: bool = False) -> Done:
        """Run the calls of one turn, in order, until one ends the sitting. A call that cannot be done is
        answered in words, and leaves no row behind. Of a turn that was cut off, a last call without any
        argument has lost them."""
        if cut and blocks and blocks[-1].get("type") == "tool_use" and not blocks[-1].get("input"):
            blocks = [*blocks[:-1], blocks[-1] | {"input": None}]
        results: list[Block] = []
        for block in blocks:
            if block.get("type") != "tool_use":
                continue
            try:
                with room.db.begin_nested():
                    said = self._call(room, block)
            except CannotDo as no:
                results.append(result(block, str(no), is_error=True))
                continue
            if isinstance(said, Ending):
                return Done(results, said)
            results.append(result(block, said))
        return Done(results)

    def _call(self, room: Room, block: Block) -> Ending | str:
        tool = self.tools.get(block.get("name", ""))
        if tool is None:
            raise CannotDo(f"There is no tool of that name. There are: {', '.join(self.tools)}.")
        if not isinstance(block.get("input"), dict):
            raise CannotDo(
                "The call arrived broken or cut off and could not be read, so nothing was done. Please make it again. "
                "A text that is too long for one reply can be saved in parts as a draft, and the draft submitted."
            )
        try:
            given = tool.given.model_validate(block["input"])
        except ValidationError as error:
            problems = "; ".join(_plainly(problem) for problem in error.errors())
            known = ", ".join(tool.given.model_fields) or "none"
            raise CannotDo(f"That could not be done: {problems}. The arguments of {tool.name} are: {known}.") from None
        facts = {name: getattr(given, name) for name in type(given).model_fields}
        for name, value in facts.items():
            if is_broken("".join(value) if isinstance(value, list) else str(value)):
                raise CannotDo(
                    f"What you gave as {name} holds half a character and cannot be stored. Please give it again."
                )
            if isinstance(value, int) and abs(value) >= 2**31:  # No column holds it.
                raise CannotDo(f"The number you gave as {name} is too large to stand for anything. Please look again.")
        return tool.run(room, **facts)


WANTED = {
    "missing": "is needed",
    "extra_forbidden": "is no argument of this tool",
    "string_type": "is a text",
    "int_type": "is a whole number",
    "int_parsing": "is a whole number",
    "bool_type": "is true or false",
    "bool_parsing": "is true or false",
    "list_type": 'is a list, like ["sea", "tides"]',
}


def _plainly(problem: Any) -> str:
    """What is wrong with one argument, in words for the author."""
    name = ".".join(map(str, problem["loc"]))
    if problem["type"].startswith("date"):
        return f'"{name}" is a day, like 2027-03-01'
    if problem["type"] == "literal_error":
        return f'"{name}" is one of {problem["ctx"]["expected"]}'
    return f'"{name}" {WANTED.get(problem["type"], problem["msg"])}'


def result(block: Block, words: str, *, is_error: bool = False) -> Block:
    """The block that answers a call."""
    answer: Block = {"type": "tool_result", "tool_use_id": block["id"], "content": words}
    return answer | {"is_error": True} if is_error else answer
