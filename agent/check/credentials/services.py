"""Keys and tokens that are known by how they begin: each service gives its own a mark, so that they are found."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from agent.check.credentials import Secret
from agent.check.credentials.examples import example, is_mixed
from agent.tables import Level


@dataclass(frozen=True)
class Service:
    """How the keys of one service look. `begins` are signs without which none of them stands in a text; the group
    `drawn` of the pattern is what chance made."""

    kind: str
    begins: tuple[str, ...]
    pattern: re.Pattern[str]
    level: Level = Level.STOP
    why: str = "This is shaped like {kind}; whoever reads it could use it, if it is in use."


def _service(kind: str, begins: str, pattern: str, level: Level = Level.STOP, why: str = Service.why) -> Service:
    # No letter or digit before it, so that no word's end is taken for a beginning.
    return Service(kind, tuple(begins.split()), re.compile(rf"(?<![A-Za-z0-9]){pattern}", re.ASCII), level, why)


TRIAL = "This is shaped like {kind}: such a one moves no money, but it may be somebody's."
SERVICES = (
    _service("a key of Anthropic", "sk-ant-", r"sk-ant-(?:[a-z]{2,8}\d{2}-)?(?P<drawn>[\w-]{20,300})"),
    _service("a key of OpenAI", "sk-", r"sk-(?:proj|svcacct|admin|None)-(?P<drawn>[\w-]{20,300})"),
    _service("a key of OpenAI or one like it", "sk-", r"sk-(?:or-v\d-)?(?P<drawn>[A-Za-z0-9]{32,100})(?![\w-])"),
    _service(
        "a token of GitHub", "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_", r"(?:gh[pousr]|github_pat)_(?P<drawn>\w{30,255})"
    ),
    _service("a token of GitLab", "glpat-", r"glpat-(?P<drawn>[\w-]{20,100})"),
    _service("a key of Google", "AIza", r"AIza(?P<drawn>[\w-]{35})(?![\w-])"),
    _service("a secret of Google", "GOCSPX- ya29.", r"(?:GOCSPX-|ya29\.)(?P<drawn>[\w-]{24,300})"),
    _service("a token of Slack", "xox", r"xox[abeoprs]-(?P<drawn>[\w-]{20,250})"),
    _service("a token of Slack", "xapp-", r"xapp-\d-(?P<drawn>[\w-]{30,250})"),
    _service(
        "a way into a Slack channel",
        "hooks.slack.com",
        r"hooks\.slack\.com/services/(?P<drawn>T\w{6,14}/B\w{6,14}/\w{20,40})",
    ),
    _service("a key of Stripe", "_live_", r"[sr]k_live_(?P<drawn>[A-Za-z0-9]{16,250})"),
    _service("a secret of Stripe", "whsec_", r"whsec_(?P<drawn>[A-Za-z0-9+/]{24,100})"),
    _service("a key for tests of Stripe", "_test_", r"[sr]k_test_(?P<drawn>[A-Za-z0-9]{16,250})", Level.NOTE, TRIAL),
    _service("a token of Hugging Face", "hf_", r"hf_(?P<drawn>[A-Za-z0-9]{30,100})"),
    _service("a token of npm", "npm_", r"npm_(?P<drawn>[A-Za-z0-9]{36})(?![A-Za-z0-9])"),
    _service("a token of PyPI", "pypi-", r"pypi-(?P<drawn>[\w-]{60,300})"),
    _service("a key of SendGrid", "SG.", r"SG\.(?P<drawn>[\w-]{16,40}\.[\w-]{30,60})"),
    _service("a token of DigitalOcean", "_v1_", r"do[opr]_v1_(?P<drawn>[0-9a-f]{64})"),
    _service("a key of Groq", "gsk_", r"gsk_(?P<drawn>[A-Za-z0-9]{40,100})"),
    _service("a key of xAI", "xai-", r"xai-(?P<drawn>[A-Za-z0-9]{40,120})"),
    _service("a key of Perplexity", "pplx-", r"pplx-(?P<drawn>[A-Za-z0-9]{40,100})"),
    _service("a token of Replicate", "r8_", r"r8_(?P<drawn>[A-Za-z0-9]{36,60})"),
    _service("a token of Databricks", "dapi", r"dapi(?P<drawn>[0-9a-f]{32})(?![0-9a-f])"),
    _service("a token of a Telegram bot", ":AA", r"\d{8,10}:(?P<drawn>AA[\w-]{33})(?![\w-])"),
    _service("a secret key of age", "AGE-SECRET-KEY-", r"AGE-SECRET-KEY-1(?P<drawn>[0-9A-Z]{58})"),
    _service("a key of Azure storage", "AccountKey=", r"AccountKey=(?P<drawn>[A-Za-z0-9+/]{60,100}={0,2})"),
)

AWS_ID = re.compile(r"(?<![A-Za-z0-9])(?:AKIA|ASIA)(?P<drawn>[A-Z0-9]{16})(?![A-Za-z0-9])")
AWS_SECRET = re.compile(r"(?<![A-Za-z0-9/+])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])")
AWS_NAME = re.compile(r"aws[_ ]?secret[_ ]?(?:access[_ ]?)?key", re.IGNORECASE)
NEAR = 200
"""Characters between the two halves of a key of AWS."""


def keys(text: str) -> Iterator[Secret]:
    """Every key or token that begins as one of a service's does."""
    for service in SERVICES:
        if any(mark in text for mark in service.begins):
            for match in service.pattern.finditer(text):
                why = service.why.format(kind=service.kind)
                yield Secret(service.kind, *match.span(), why, service.level, example(match["drawn"]))
    yield from _aws(text)


def _aws(text: str) -> Iterator[Secret]:
    """The name of an access key, and the secret that goes with it."""
    around = []
    for match in AWS_ID.finditer(text):
        why = "This is shaped like the name of an access key of AWS: half of what opens an account, if it is in use."
        # Chance gives one such name in thirty no digit.
        told = example(match["drawn"], may_be_words=False)
        yield Secret("the name of an access key of AWS", *match.span(), why, Level.STOP, told)
        around.append((match.start() - NEAR, match.end() + NEAR))
    around += [(match.start(), match.end() + NEAR) for match in AWS_NAME.finditer(text)]
    seen = set()
    for start, end in around:
        for match in AWS_SECRET.finditer(text, max(0, start), end):
            drawn = match[0]
            if match.start() in seen or not is_mixed(drawn) or drawn.lower() == drawn or drawn.upper() == drawn:
                continue
            seen.add(match.start())
            why = "This is shaped like a secret access key of AWS; whoever reads it could use it, if it is in use."
            yield Secret("a secret access key of AWS", *match.span(), why, Level.STOP, example(drawn))
