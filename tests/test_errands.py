"""Errands: many hosts at once, each by one request at a time."""

import threading
from collections import Counter
from functools import partial
from typing import Any

import pytest

from agent import errands
from agent.errands import AT_ONCE, Errand, host_of

SOON = 20.0
"""Seconds after which a test gives up; nothing waits so long where all is well."""


def nothing_is_lost(errand: Errand, error: Exception) -> None:
    raise AssertionError(f"{errand.url}: {error}")


run = partial(errands.run, lost=nothing_is_lost)


def an_errand(url: str, ask: Any = None, kept: list[Any] | None = None) -> Errand:
    return Errand(url, ask or (lambda: url), (kept if kept is not None else []).append)


def test_every_answer_is_kept_in_one_thread() -> None:
    kept: list[tuple[str, int]] = []
    urls = [f"https://h{number}.example/" for number in range(50)]
    given = [Errand(url, lambda u=url: u, lambda a: kept.append((a, threading.get_ident()))) for url in urls]  # type: ignore[misc]
    assert run(given) == []
    assert sorted(url for url, _ in kept) == sorted(urls)
    assert {thread for _, thread in kept} == {threading.get_ident()}


def test_nothing_to_do_is_done_at_once() -> None:
    assert run([]) == []


def test_as_many_hosts_as_may_be_are_asked_at_once() -> None:
    together = threading.Barrier(AT_ONCE)
    kept: list[Any] = []
    run(an_errand(f"https://h{n}.example/", lambda: together.wait(SOON), kept) for n in range(AT_ONCE))
    assert sorted(kept) == list(range(AT_ONCE)), "each was there when the last of them came"


def test_a_host_is_asked_one_thing_at_a_time_however_it_is_written() -> None:
    busy: Counter[str] = Counter()
    lock, most = threading.Lock(), Counter[str]()

    def ask(host: str) -> None:
        with lock:
            busy[host] += 1
            most[host] = max(most[host], busy[host])
        threading.Event().wait(0.002)
        with lock:
            busy[host] -= 1

    def of_host(host: str, *urls: str) -> list[Errand]:
        return [an_errand(url, lambda: ask(host)) for url in urls]

    one = [f"https://one.example/{n}" for n in range(8)] + ["http://ONE.example:8080/", "https://u:p@one.example/"]
    run([*of_host("one", *one), *of_host("two", *(f"https://two.example/{n}" for n in range(8)))])
    assert most == {"one": 1, "two": 1}


def test_slow_hosts_hold_up_nobody_else() -> None:
    others = threading.Event()
    kept: list[str] = []
    slow = [
        an_errand(f"https://slow{host}.example/{n}", lambda: others.wait(SOON)) for host in range(3) for n in range(9)
    ]

    def keep(answer: str) -> None:
        kept.append(answer)
        if len(kept) == 100:
            others.set()

    quick = [Errand(f"https://quick{n}.example/", lambda: "quick", keep) for n in range(100)]
    run([*slow, *quick])
    assert others.is_set()
    assert kept == ["quick"] * 100


def test_what_was_not_begun_is_given_back() -> None:
    kept: list[Any] = []
    given = [an_errand(f"https://one.example/{n}", kept=kept) for n in range(5)]
    assert run(given, lambda: len(kept) < 2) == given[2:]
    assert run(given, lambda: False) == given
    assert kept == ["https://one.example/0", "https://one.example/1"]


def test_whatever_goes_wrong_is_the_fault_of_that_errand_alone() -> None:
    kept: list[Any] = []
    bug, cannot = ZeroDivisionError(), ValueError()

    def broken() -> None:
        raise bug

    def keep(answer: Any) -> None:
        if not isinstance(answer, Exception):
            raise cannot
        kept.append(answer)

    run(
        [
            an_errand("a://a", broken, kept),
            Errand("b://b", lambda: "cannot be kept", keep),
            an_errand("http://[", kept=kept),
        ]
    )
    assert {bug, cannot, "http://["} == {*kept}


def test_where_not_even_a_fault_can_be_kept_that_is_told_and_the_others_go_on() -> None:
    full, told, kept = OSError("the disk is full"), list[tuple[Errand, Exception]](), list[Any]()

    def keep(_: Any) -> None:
        raise full

    first = Errand("https://one.example/", lambda: "answer", keep)
    others = [an_errand(f"https://{host}.example/2", kept=kept) for host in ("one", "two")]
    assert run([first, *others], lost=lambda *what: told.append(what)) == []
    assert told == [(first, full)]
    assert sorted(kept) == ["https://one.example/2", "https://two.example/2"]


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://News.Example:8443/a", "news.example"),
        ("http://[2001:DB8::1]/a", "2001:db8::1"),
        ("http://[", "http://["),
        ("nothing", ""),
    ],
)
def test_a_host_goes_by_its_name_alone(url: str, host: str) -> None:
    assert host_of(url) == host
