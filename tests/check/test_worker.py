"""Checks look in a process of their own: whatever becomes of it, each look has an end, and the next one goes well."""

import os
import re
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent.check import worker
from agent.check.frame import Finding, Looked, Looks, Subject
from agent.render import Rendered
from agent.tables import Level

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent.parent
RAIN = "It rained for a week."


def a_subject(text: str = RAIN) -> Subject:
    return Subject(text, "Rain", "end_turn", Rendered("", ()), with_form=True)


def who(subject: Subject) -> list[Finding]:
    """Says in which process it looked, and at what."""
    told = {"process": str(os.getpid()), "text": subject.text[:40]}
    return [Finding(Level.NOTE, "who", 0, len(subject.text), "It looked.", told)]


@dataclass(frozen=True)
class Waits:
    """Writes down its process, and then hangs; where it had done so before, it looks like any other."""

    kept: Path
    always: bool = False

    def __call__(self, subject: Subject) -> list[Finding]:
        if self.kept.exists() and not self.always:
            return who(subject)
        self.kept.with_suffix(".part").write_text(str(os.getpid()))
        self.kept.with_suffix(".part").rename(self.kept)
        time.sleep(60)
        return []

    def process(self) -> int:
        """Which process hangs, once one does."""
        assert soon(self.kept.exists, 30)
        return int(self.kept.read_text())


@dataclass(frozen=True)
class Tangled(Waits):
    """The same, in a search that gives no other thread a turn."""

    def __call__(self, subject: Subject) -> list[Finding]:
        self.kept.with_suffix(".part").write_text(str(os.getpid()))
        self.kept.with_suffix(".part").rename(self.kept)
        re.match(r"(a+)+$", "a" * 60 + "b")
        return []


@dataclass(frozen=True)
class Raises:
    """Raises what a test tells it to."""

    fault: BaseException

    def __call__(self, subject: Subject) -> list[Finding]:
        raise self.fault


class OfItsOwn(BaseException):
    """Nobody else's."""


def leaves(_: Subject) -> list[Finding]:
    sys.exit("It is late.")


def ends(_: Subject) -> list[Finding]:
    os._exit(0)


def kills(_: Subject) -> list[Finding]:
    os.kill(os.getpid(), signal.SIGKILL)
    return []


def hangs(_: Subject) -> list[Finding]:
    time.sleep(60)
    return []


def eats(_: Subject) -> list[Finding]:
    """Takes more and more, where there is little."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + 200 * 1024**2, before[1]))
    eaten = []
    try:
        while True:
            eaten.append(bytearray(1024**2))
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def soon(is_so: Callable[[], bool], seconds: float) -> bool:
    """Whether it becomes so in time."""
    ends_at = time.monotonic() + seconds
    while not (now := is_so()) and time.monotonic() < ends_at:
        time.sleep(0.02)
    return now


def is_gone(process: int) -> bool:
    """Whether a process has ended, also where nobody has asked for its code yet."""
    try:
        os.kill(process, 0)
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (ProcessLookupError, FileNotFoundError):
        return True


def look(*checks: Looks, text: str = RAIN, seconds: float = 20) -> list[Looked]:
    return worker.look(checks, a_subject(text), seconds=seconds)


def process_of(looked: Looked) -> int:
    assert looked.fault == ""
    return int(looked.findings[0].evidence["process"])


@pytest.fixture(autouse=True)
def _no_process_stays() -> Iterator[None]:
    yield
    worker.stop()


def test_a_process_that_is_killed_between_two_looks_is_replaced() -> None:
    [first] = look(who)
    for sign in (signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV):
        os.kill(process_of(first), sign)
        time.sleep(0.3)
        [second] = look(who)
        assert process_of(second) != process_of(first)
        first = second


def test_a_process_that_is_killed_at_the_very_moment_of_a_look_is_replaced() -> None:
    [first] = look(who)
    for _ in range(5):
        os.kill(process_of(first), signal.SIGKILL)
        [first] = look(who)
        assert first.fault == ""


def test_a_process_that_is_killed_while_a_check_looks_loses_nothing(tmp_path: Path) -> None:
    waits = Waits(tmp_path / "process")
    with ThreadPoolExecutor(1) as staff:
        looked = staff.submit(look, who, waits, who)
        os.kill(waits.process(), signal.SIGKILL)
        before, found, after = looked.result()
    assert process_of(before) == waits.process()
    assert process_of(found) == process_of(after) != process_of(before)


def test_a_process_that_takes_nothing_in_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    [first] = look(who)
    os.kill(process_of(first), signal.SIGSTOP)
    monkeypatch.setattr(worker, "BEGINS", 6.0)
    [second] = look(who, text="Rain. " * 200_000)
    assert process_of(second) != process_of(first)
    assert is_gone(process_of(first))


@pytest.mark.parametrize(
    ("bad", "fault"),
    [
        (leaves, "it broke (SystemExit at test_worker.py:"),
        (Raises(KeyboardInterrupt()), "it broke (KeyboardInterrupt at test_worker.py:"),
        (Raises(GeneratorExit()), "it broke (GeneratorExit at test_worker.py:"),
        (Raises(OfItsOwn()), "it broke (OfItsOwn at test_worker.py:"),
        (Raises(MemoryError()), "it broke (MemoryError at test_worker.py:"),
        (eats, "it broke (MemoryError at test_worker.py:"),
        (Raises(BrokenPipeError()), "it broke (BrokenPipeError at test_worker.py:"),
        (Raises(EOFError()), "it broke (EOFError at test_worker.py:"),
    ],
)
def test_whatever_a_check_raises_is_its_own_fault_and_costs_no_process(bad: Looks, fault: str) -> None:
    before, broke, after = look(who, bad, who)
    assert broke.fault.startswith(fault)
    assert process_of(before) == process_of(after)


@pytest.mark.parametrize(
    ("bad", "fault"), [(ends, "its process ended (0)"), (kills, "its process ended (-9)")], ids=["ends", "kills"]
)
def test_a_check_that_ends_its_process_is_named_and_hides_no_other(bad: Looks, fault: str) -> None:
    before, lost, other, after = look(who, bad, bad, who)
    assert lost.fault == other.fault == fault
    assert lost.seconds > 0
    assert process_of(before) != process_of(after)


def test_a_check_that_takes_too_long_is_named_with_the_time_that_it_took() -> None:
    before, late, after = look(who, hangs, who, seconds=1.5)
    assert late.fault == "it took longer than 1.5 seconds"
    assert 1.5 <= late.seconds < 30
    assert process_of(before) != process_of(after)


def test_a_check_that_breaks_is_kept_with_the_time_that_it_took() -> None:
    [broke] = look(Raises(ValueError("a secret of the text")))
    assert broke.seconds > 0
    assert "secret" not in broke.fault


def test_a_check_that_cannot_be_handed_over_keeps_no_other_here() -> None:
    def of_this_place(_: Subject) -> list[Finding]:
        return []

    before, unsent, after = look(who, of_this_place, who)
    assert unsent.fault.startswith("it could not be handed to its process (")
    assert process_of(before) == process_of(after)


def test_many_may_look_at_once_and_each_hears_of_its_own_text() -> None:
    def one(number: int) -> set[str]:
        return {each.findings[0].evidence["text"] for each in look(who, who, text=f"Rain {number}.")}

    with ThreadPoolExecutor(8) as staff:
        assert list(staff.map(one, range(40))) == [{f"Rain {number}."} for number in range(40)]


def test_many_may_look_at_once_while_their_process_is_killed() -> None:
    def one(number: int) -> str:
        [found] = look(who, text=f"Rain {number}.")
        if number % 7 == 0:
            os.kill(process_of(found), signal.SIGKILL)
        return found.fault or found.findings[0].evidence["text"]

    with ThreadPoolExecutor(4) as staff:
        assert list(staff.map(one, range(20))) == [f"Rain {number}." for number in range(20)]


def test_what_stops_it_ends_its_process_and_the_next_look_begins_another() -> None:
    [first] = look(who)
    worker.stop()
    assert is_gone(process_of(first))
    worker.stop()
    [second] = look(who)
    assert process_of(second) != process_of(first)


def test_what_stops_it_waits_for_no_check(tmp_path: Path) -> None:
    waits = Waits(tmp_path / "process", always=True)
    with ThreadPoolExecutor(1) as staff:
        looked = staff.submit(look, waits)
        process = waits.process()
        worker.stop()
        assert [each.fault for each in looked.result(timeout=10)] == ["its process ended (-9)"]
    assert is_gone(process)


def test_ctrl_c_leaves_no_words_for_the_next_look(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    waits = Waits(tmp_path / "process", always=True)

    def interrupt() -> None:
        waits.process()
        os.kill(os.getpid(), signal.SIGINT)

    someone = threading.Thread(target=interrupt)
    try:
        someone.start()
        with pytest.raises(KeyboardInterrupt):
            look(waits, who)
    finally:
        someone.join()
        signal.signal(signal.SIGINT, before)
    assert [each.findings[0].evidence["text"] for each in look(who, who, text="Sun.")] == ["Sun.", "Sun."]


def test_a_fork_has_a_process_of_its_own_though_another_thread_was_looking(tmp_path: Path) -> None:
    [ours] = look(who)
    waits = Waits(tmp_path / "process", always=True)
    with ThreadPoolExecutor(1) as staff:
        looked = staff.submit(look, waits)
        waits.process()
        if (fork := os.fork()) == 0:
            try:
                [theirs] = look(who)
                (tmp_path / "theirs").write_text(f"{theirs.fault}{process_of(theirs)}")
                worker.stop()
            finally:
                os._exit(0)
        os.waitpid(fork, 0)
        assert not is_gone(waits.process()), "it ended its parent's process"
        worker.stop()
        looked.result()
    theirs_was = int((tmp_path / "theirs").read_text())
    assert theirs_was != process_of(ours)
    assert is_gone(theirs_was)


def outlet_alone(words: str) -> subprocess.Popen[str]:
    """Another process, which looks by itself."""
    imports = "from pathlib import Path; from tests.check.test_worker import *"
    return subprocess.Popen([sys.executable, "-c", f"{imports}\n{words}"], cwd=ROOT, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize(("how", "seconds"), [("Waits", 2), ("Tangled", 12)])
def test_a_process_does_not_outlive_an_outlet_that_is_killed(how: str, seconds: float, tmp_path: Path) -> None:
    # Ended by a thread that watches; where a search gives that no turn, by the system, soon after its limit.
    outlet = outlet_alone(f"look({how}(Path({str(tmp_path / 'process')!r}), always=True), seconds=3)")
    process = Waits(tmp_path / "process").process()
    outlet.kill()
    outlet.communicate()
    assert soon(lambda: is_gone(process), seconds)


def test_an_idle_process_does_not_outlive_an_outlet_that_is_killed() -> None:
    outlet = outlet_alone("print(process_of(look(who)[0]), flush=True); time.sleep(60)")
    assert outlet.stdout is not None
    process = int(outlet.stdout.readline())
    assert not is_gone(process)
    outlet.kill()
    outlet.communicate()
    assert soon(lambda: is_gone(process), 2)


@pytest.mark.parametrize("and_then", ["", "os.kill(process, signal.SIGSTOP)"], ids=["idle", "stopped"])
def test_an_outlet_that_leaves_ends_its_process(and_then: str) -> None:
    outlet = outlet_alone(f"process = process_of(look(who)[0]); print(process); {and_then}")
    said, _ = outlet.communicate(timeout=60)
    assert outlet.returncode == 0
    assert soon(lambda: is_gone(int(said)), 2)


def test_in_the_outlets_own_process_ctrl_c_stays_what_it_is() -> None:
    assert worker.looked(leaves, a_subject()).fault.startswith("it broke (SystemExit at test_worker.py:")
    for order in (KeyboardInterrupt(), OfItsOwn()):
        with pytest.raises(type(order)):
            worker.looked(Raises(order), a_subject())
