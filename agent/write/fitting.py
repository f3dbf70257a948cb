"""How long a request is, and what is left out of one that would not fit: the oldest first. Pure but for
the measuring, which is handed in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from agent.outlet import Ask, Block
from agent.profiles import Profile
from agent.record import canonical
from agent.tables import Role
from agent.write.sitting import Sitting

LEFT_OUT = "[left out: it no longer fits]"
BYTES_A_TOKEN = 3
"""Our estimate, where the endpoint does not count."""
ROUNDS = 4
SHORT = 200
"""Letters of a tool's argument that are not worth leaving out."""

Place = tuple[int, int]
"""Turn number and block index."""
Measure = Callable[[Ask], tuple[int, bool]]
"""A request -> its tokens, and whether the endpoint counted them."""


@dataclass(frozen=True)
class Fitted:
    """A request that fits. `tokens` is None where it is so short that nobody needed to measure; `fits` is
    False where nothing more could be left out."""

    ask: Ask
    left_out: list[Place] = field(default_factory=list)
    tokens: int | None = None
    counted: bool = False
    fits: bool = True


def estimate(ask: Ask) -> int:
    """How many tokens a request may have, by its bytes."""
    return size(ask) // BYTES_A_TOKEN


def size(ask: Ask) -> int:
    """Bytes of a request. A token is at least one, so this is never less than its tokens."""
    return len(canonical([ask.system, ask.messages, ask.tools]))


def fit(sitting: Sitting, tools: list[dict[str, Any]], profile: Profile, measure: Measure) -> Fitted:
    """The next request of a session: all of it, or without its oldest parts where it would not fit."""
    room = profile.context_tokens - profile.max_output_tokens
    ask = Ask(sitting.invitation.welcome, messages(sitting), tools)
    if size(ask) <= room:
        return Fitted(ask)
    left = _oldest_first(sitting)
    gone: list[Place] = []
    tokens, counted = measure(ask)
    for _ in range(ROUNDS):
        if tokens <= room:
            return Fitted(ask, gone, tokens, counted)
        surplus = (tokens - room) * size(ask) / tokens
        while left and surplus > 0:
            place = left.pop(0)
            saved = len(canonical(_block(sitting, place))) - len(canonical(_without(_block(sitting, place))))
            if saved > 0:
                surplus -= saved
                gone.append(place)
        ask = replace(ask, messages=messages(sitting, gone))
        tokens, counted = measure(ask)
    return Fitted(ask, gone, tokens, counted, fits=tokens <= room)


def messages(sitting: Sitting, left_out: Sequence[Place] = ()) -> list[dict[str, Any]]:
    """The turns as the Messages API takes them: what one side said in several turns is one message. A reply
    that goes on where it was cut off is sent back without the white space at its end."""
    sent: list[dict[str, Any]] = []
    for at, (turn, said) in enumerate(zip(sitting.turns, sitting.said, strict=True)):
        role = "user" if turn.role is Role.OUTLET else "assistant"
        blocks = [
            _without(block) if (turn.number, index) in left_out else block
            for index, block in enumerate(said)
            # An endpoint that calls tools nobody laid out does not take its own calls back.
            if sitting.session.toolbox or block.get("type") != "tool_use"
        ]
        following = sitting.turns[at + 1].role if at + 1 < len(sitting.turns) else Role.AUTHOR
        if turn.role is following is Role.AUTHOR:
            blocks = _trimmed(blocks)
        if sent and sent[-1]["role"] == role:
            sent[-1] = {"role": role, "content": _joined([*sent[-1]["content"], *blocks])}
        else:
            sent.append({"role": role, "content": blocks})
    return sent


def _trimmed(blocks: list[Block]) -> list[Block]:
    """Blocks without the white space at the end of the last text."""
    if not blocks or blocks[-1].get("type") != "text":
        return blocks
    return [*blocks[:-1], blocks[-1] | {"text": blocks[-1]["text"].rstrip()}]


def _joined(blocks: list[Block]) -> list[Block]:
    """Text that came in parts as one block: the endpoint goes on within it."""
    joined: list[Block] = []
    for block in blocks:
        if joined and block.get("type") == joined[-1].get("type") == "text":
            joined[-1] = joined[-1] | {"text": joined[-1]["text"] + block["text"]}
        else:
            joined.append(block)
    return joined


def _oldest_first(sitting: Sitting) -> list[Place]:
    """What may be left out: what lies beside the invitation, then older turns. Never the invitation
    itself, nor the last answer of the author's and what follows it."""
    last = max((turn.number for turn in sitting.turns if turn.role is Role.AUTHOR), default=1)
    beside = len(sitting.said[0]) - 1
    # What has happened since stands first, and is owed to the author: it goes last of what lies beside.
    opening = [(1, index) for index in (*range(1, beside), 0) if index < beside]
    return opening + [
        (turn.number, index)
        for turn, said in zip(sitting.turns, sitting.said, strict=True)
        if 1 < turn.number < last
        for index in range(len(said))
    ]


def _block(sitting: Sitting, place: Place) -> Block:
    return sitting.said[place[0] - 1][place[1]]


def _without(block: Block) -> Block:
    """A block without its words. Calls and their results stay paired."""
    match block.get("type"):
        case "text":
            return block | {"text": LEFT_OUT}
        case "tool_result":
            return block | {"content": LEFT_OUT}
        case "tool_use" if isinstance(block.get("input"), dict):
            short = {
                name: LEFT_OUT if isinstance(value, str) and len(value) > SHORT else value
                for name, value in block["input"].items()
            }
            return block | {"input": short}
        case _:
            return block
