"""The sitting: ask, store the turn, run its tools, repeat."""

from agent.write.session import HELD, OVER, fail, open_session, take_turn

__all__ = ["HELD", "OVER", "fail", "open_session", "take_turn"]
