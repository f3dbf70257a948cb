"""The sitting: ask, store the turn, run its tools, repeat."""

from agent.write.calling import Held
from agent.write.hindrance import hindrance
from agent.write.session import OVER, Then, cancel, fail, open_session, take_turn

__all__ = ["OVER", "Held", "Then", "cancel", "fail", "hindrance", "open_session", "take_turn"]
