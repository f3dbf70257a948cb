"""Targets that lack the newest edition, and why."""

from collections.abc import Iterator

from sqlmodel import Session

from agent.notices.notice import Notice
from agent.outlet import Outlet
from agent.publish.delivery import troubles


def deliveries(outlet: Outlet, db: Session) -> Iterator[Notice]:
    """Each target that failed the last time. The edition before stands there meanwhile, with what it shows."""
    for trouble in troubles(outlet, db):
        times = f" (tried {trouble.times:,} times)" if trouble.times > 1 else ""
        # The fault names its target, and so does the subject.
        reason = trouble.reason.removeprefix(f"Target {trouble.target}: ").rstrip(".")
        words = f"lacks the newest edition{times}: {reason}"
        to_do = f"It is tried again at {trouble.again_at:%Y-%m-%d %H:%MZ}; at once with `afterword build`"
        yield Notice("delivery", f"target {trouble.target}", words, trouble.since, to_do)
