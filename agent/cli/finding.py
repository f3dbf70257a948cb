"""One thing that `afterword doctor` looked at."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `state` is good, look (it may stay so) or wrong."""

    looked_at: str
    state: str
    words: str
