"""What `afterword doctor` says of those who look at texts: the checks, and the judge."""

from collections.abc import Iterator

from agent import app
from agent.check.asked.judging import meaning
from agent.check.every import every, misnamed
from agent.cli.finding import Finding
from agent.errors import LlmError, in_short
from agent.outlet import Outlet

NAME_ONE = "Name an endpoint under [judge] of afterword.toml to have them asked."


def lookers(outlet: Outlet) -> Iterator[Finding]:
    """Whether every check that the settings name is one, and whether the judge can be called."""
    for words in misnamed(outlet):
        yield Finding("checks", "wrong", words)
    yield _judge(outlet)


def _judge(outlet: Outlet) -> Finding:
    number = sum(each.is_judged for each in every(outlet))
    unchecked = f"{number} {'policy is' if number == 1 else 'policies are'} not checked"
    judge = outlet.settings.judge
    if judge is None:
        return Finding("judge", "look", f"no judge is set: {unchecked}. {NAME_ONE}")
    try:
        reached = app.probe_judge(outlet)
    except LlmError as error:
        fault, detail, _ = meaning(error)
        where = f" at {error.facts['endpoint']}" if "endpoint" in error.facts else ""
        asked = f"[judge] names {judge.model_id}{where}; until it answers, {unchecked}."
        return Finding("judge", "wrong", f"{fault}: {detail.rstrip('.')}. {asked}")
    except Exception as error:  # Whatever goes wrong here hides nothing else.
        return Finding("judge", "wrong", f"the judge cannot be called: {in_short(error)}")
    if reached is not None and not reached.is_sure:
        words = f"perhaps lapsed: {reached.words}. Whether it still answers, its first call shows."
        return Finding("judge", "look", words)
    return Finding("judge", "good", f"reachable: {reached.words if reached else judge.model_id}")
