"""The sitting: ask, store the turn, run its tools, repeat."""

from agent.write.session import fail, open_session, take_turn

__all__ = ["fail", "open_session", "take_turn"]
