"""Which invitation, and with what laid beside it. Pure: the seed is kept, so anyone can choose again."""

import random
from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeVar

from agent.errors import UnknownPrompt
from agent.prompts import Prompt
from agent.tables import Arm

RECENT = 3
"""How many of the invitations used last are not used again while another is left."""

T = TypeVar("T")


@dataclass(frozen=True)
class History:
    """What a choice may look at. `used` are the names of earlier invitations, newest first; `arms` what can
    be laid beside one today (nothing always can); `small` whether the author needs a form to hold on to."""

    used: tuple[str, ...] = ()
    arms: frozenset[Arm] = frozenset({Arm.MINIMAL})
    small: bool = False


def choose(versions: Sequence[Prompt], history: History, seed: int) -> tuple[Prompt, Arm]:
    """Choose one of the invitations by weight, and one of its arms, among those that fit the author and can be
    served. The order of `versions` does not matter. Raises UnknownPrompt where none is left."""
    fits = {"any", "small" if history.small else "large"}
    able = [
        prompt
        for prompt in sorted(versions, key=lambda prompt: prompt.name)
        if prompt.front.fits in fits and prompt.front.weight > 0 and served(prompt, history)
    ]
    if not able:
        raise UnknownPrompt(name="any that fits", known=", ".join(sorted(prompt.name for prompt in versions)))
    draw = random.Random(seed)  # noqa: S311
    fresh = _fresh(able, history)
    prompt = _drawn(draw, fresh, [prompt.front.weight for prompt in fresh])
    return prompt, _arm(draw, prompt, history)


def choose_arm(prompt: Prompt, history: History, seed: int) -> Arm | None:
    """Choose the arm of an invitation that was asked for by name; None where none of its arms can be served."""
    return _arm(random.Random(seed), prompt, history) if served(prompt, history) else None  # noqa: S311


def served(prompt: Prompt, history: History) -> list[Arm]:
    """The arms of an invitation that can be served today, in a fixed order."""
    return sorted({*prompt.front.arms} & {Arm.MINIMAL, *history.arms})


def _fresh(able: Sequence[Prompt], history: History) -> Sequence[Prompt]:
    """Those that were not used of late; where each of them was, those that were not used last."""
    for recent in range(RECENT, 0, -1):
        if fresh := [prompt for prompt in able if prompt.name not in history.used[:recent]]:
            return fresh
    return able


def _arm(draw: random.Random, prompt: Prompt, history: History) -> Arm:
    arms = served(prompt, history)
    return _drawn(draw, arms, [1] * len(arms))


def _drawn(draw: random.Random, things: Sequence[T], weights: Sequence[float]) -> T:
    # Of all that Python's random numbers offer, only random() is promised to stay the same for a seed.
    upto = list(accumulate(weights))
    return things[bisect(upto, draw.random() * upto[-1], hi=len(things) - 1)]
