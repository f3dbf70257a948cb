"""Every ground that a flag may name is on the public list."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import agent.check
from agent import app
from agent.prompts import PolicyFront, PromptShelf

HERE = Path(agent.check.__file__).parent
PLACE = 6
"""Of what a Finding is given, by its place."""


def named(tree: ast.Module) -> Iterator[str]:
    """The strings that a file gives as a ground: by that word, by the place in a Finding, or as what it is by itself;
    a name stands for what the file says it is."""
    constants = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for given in expressions(tree):
        for part in ast.walk(given):
            said: Any = part.value if isinstance(part, ast.Constant) else None
            said = constants.get(part.id) if isinstance(part, ast.Name) else said
            if isinstance(said, str) and said:
                yield said


def expressions(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from (word.value for word in node.keywords if word.arg == "ground")
            if isinstance(node.func, ast.Name) and node.func.id == "Finding":
                yield from node.args[PLACE : PLACE + 1]
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == "ground":
            yield from [node.value] if node.value else []


def test_every_ground_of_a_check_or_a_policy_is_on_the_public_list() -> None:
    shelf = PromptShelf(app.bundled("prompts"))
    known = {ground.name for ground in shelf.grounds()}
    used = {
        (path.relative_to(HERE).as_posix(), ground)
        for path in HERE.rglob("*.py")
        for ground in named(ast.parse(path.read_bytes()))
    }
    used |= {(name, ground) for name in shelf.policies() if (ground := front_of(shelf, name).ground)}
    assert {(where, ground) for where, ground in used if ground not in known} == set()
    assert {"personal-data", "claim", "keys"} <= {ground for _, ground in used}, "it finds some"


def front_of(shelf: PromptShelf, name: str) -> PolicyFront:
    return cast("PolicyFront", shelf.policy(name).front)
