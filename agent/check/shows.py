"""What an author was shown, as staff are told of it."""

from agent.check.frame import Shown

NAME = 120
"""So many letters of a title or an address are said."""


def named(shown: Shown) -> str:
    """What it was, in words."""
    name = shown.name[:NAME]
    match shown.kind:
        case "entry":
            words = f'"{name}"' if name else "an entry"
        case "invitation":
            words = "its invitation"
        case "prompt":
            return "the outlet's own words"
        case _:
            words = f'its own piece "{name}"' if shown.own else f'the piece "{name}"'
    return f"{words} ({shown.where[:NAME]})" if shown.where and shown.where.lower() != name.lower() else words
