"""Every check there is, in the order in which staff read of them. A new check is a new file and one line here."""

from collections.abc import Sequence

from agent.check import (
    company,
    copying,
    degeneration,
    duplicate,
    injection,
    links,
    markup,
    people,
    personal,
    quotations,
    sameness,
    secrets,
)
from agent.check.frame import Check

CHECKS: Sequence[Check] = (
    markup,
    degeneration,
    copying,
    links,
    quotations,
    injection,
    people,
    company,
    secrets,
    personal,
    duplicate,
    sameness,
)
