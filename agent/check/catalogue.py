"""Every check there is, in the order in which staff read of them. A new check is a new file and one line here."""

from collections.abc import Sequence

from agent.check import degeneration, markup
from agent.check.frame import Check

CHECKS: Sequence[Check] = (markup, degeneration)
