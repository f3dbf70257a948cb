"""Many texts are rendered by all cores, to the same end as by one."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.render import many, render, render_many

TEXTS = [f"# Piece {number}\n\n*Words* of[^1] it.\n\n[^1]: A note." for number in range(40)]


def test_few_texts_are_rendered_here_and_in_order() -> None:
    assert list(render_many(TEXTS)) == [render(text) for text in TEXTS]
    assert list(render_many([])) == []


def test_texts_are_read_as_they_are_needed() -> None:
    read: list[str] = []

    def texts() -> Iterator[str]:
        for text in TEXTS:
            read.append(text)
            yield text

    assert next(render_many(texts(), cores=1)) == render(TEXTS[0])
    assert len(read) == len(TEXTS)


@pytest.mark.slow
def test_many_texts_are_rendered_by_other_processes_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "FEW", 4)
    monkeypatch.setattr(many, "AHEAD", 16)
    assert list(render_many(iter(TEXTS), cores=2)) == [render(text) for text in TEXTS]


@pytest.mark.slow
def test_where_no_process_can_start_it_is_done_in_this_one(tmp_path: Path) -> None:
    code = "from agent.render import many, render, render_many; many.FEW = 4; T = [str(n) for n in range(20)]\n"
    code += "print(list(render_many(T, cores=2)) == [render(t) for t in T])"
    told = subprocess.run([sys.executable, "-"], input=code, capture_output=True, text=True, timeout=60, check=True)
    assert told.stdout == "True\n"


WAITING = """
import sys
from agent.render import many, render_many
if __name__ == "__main__":
    many.FEW, many.AHEAD = 4, 8
    rendered = render_many((str(n) for n in range(1_000)), cores=2)
    next(rendered)
    import multiprocessing
    print(*[child.pid for child in multiprocessing.active_children()], flush=True)
    sys.stdin.read()
"""


@pytest.mark.slow
def test_no_process_outlives_the_one_that_was_killed(tmp_path: Path) -> None:
    (tmp_path / "waiting.py").write_text(WAITING)
    given = os.environ | {"PYTHONPATH": os.getcwd()}
    waiting = subprocess.Popen(
        [sys.executable, tmp_path / "waiting.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=given
    )
    assert waiting.stdout is not None
    children = [int(pid) for pid in waiting.stdout.readline().split()]
    assert children
    waiting.send_signal(signal.SIGKILL)
    waiting.wait()
    until = time.monotonic() + 30
    while any(_runs(pid) for pid in children) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(_runs(pid) for pid in children)


def _runs(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False
