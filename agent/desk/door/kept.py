"""What somebody wrote in a form that was not taken: it is given back to them, on whatever page says why."""

from collections.abc import Mapping, Sequence

KEPT = {
    "ground": "The ground",
    "quote": "The passage",
    "reason": "What you wrote",
    "words": "What you wrote",
    "answer": "Your answer",
}
"""The fields with words, and how they are called. Others are chosen again in a moment, and a password is never given
back."""


def written(given: Mapping[str, str]) -> Sequence[tuple[str, str]]:
    """The words among the fields of a form, each with what it is called."""
    named = ((KEPT.get("answer" if name.startswith("answer-") else name, ""), words) for name, words in given.items())
    return [
        (name, words.replace("-", " ").capitalize() if name == KEPT["ground"] else words)
        for name, words in named
        if name and words.strip()
    ]
