"""Reviewers at a desk over HTTP: what each of them does, how long it took, and what was answered."""

import html
import random
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx2

from tests.bench.desk_rows import PASSWORD

EXPECTED = (200, 303, 409)
PATIENCE = 30.0
SEARCHES = ("tide", "lamps grammar", "Claude 3", "quiet winter", "piece 17", "nobodywrotethis")
LISTS = ("/queue", "/queue", "/queue", "/queue?mine=yes", "/queue?worst=look", "/queue?stands=veto&mine=yes")


@dataclass(frozen=True)
class Verdict:
    """A verdict that was sent, and what was answered; 0 where no answer came."""

    reviewer: str
    revision: int
    record_sha256: str
    verdict: str
    status: int


@dataclass
class Diary:
    """What one reviewer did: milliseconds by page, verdicts, what was taken back, and what should not have happened."""

    name: str
    seconds: dict[str, list[float]] = field(default_factory=dict)
    verdicts: list[Verdict] = field(default_factory=list)
    undone: list[int] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


class Person(threading.Thread):
    """One reviewer in a browser without a script, who signs in, waits for the others, and is at it for some `seconds`.
    `pause` is how many they wait between two acts."""

    def __init__(self, address: str, name: str, all_in: threading.Barrier, *, seconds: float, pause: float) -> None:
        super().__init__(name=name, daemon=True)
        self.diary = Diary(name)
        self._all_in, self._seconds, self._pause, self._dice = all_in, seconds, pause, random.Random(name)
        self._http = httpx2.Client(base_url=address, headers={"Origin": address}, timeout=PATIENCE, trust_env=False)
        self._token = ""

    def run(self) -> None:
        """Sign in, then read and judge until the time is over."""
        try:
            with self._http:
                self._ask("sign_in", "POST", "/session", {"name": self.name, "password": PASSWORD, "next": "/queue"})
                self._all_in.wait(PATIENCE)
                until = time.monotonic() + self._seconds
                time.sleep(self._pause * self._dice.random())
                for _ in self._acts():
                    if time.monotonic() > until:
                        return
                    time.sleep(self._pause)
        except Exception as fault:  # It belongs into the figures, not into a thread's last words.
            self.diary.faults.append(f"{type(fault).__name__}: {fault}")

    def _acts(self) -> Iterator[None]:
        while True:
            listed = self._ask("queue", "GET", self._dice.choice(LISTS))
            self._token = _field(listed.text, "form_token") or self._token
            yield
            if self._dice.random() < 0.15:
                self._ask("search", "GET", f"/search?q={self._dice.choice(SEARCHES)}")
                yield
            for revision in self._choose(listed.text):
                yield
                yield from self._judge(revision)
            yield

    def _choose(self, listed: str) -> Iterator[int]:
        """The next one that is free; or one of the first in the list, where several meet."""
        rows = [int(number) for number in re.findall(r'href="/revisions/(\d+)" data-open', listed)]
        if self._dice.random() < 0.5 or not rows:
            taken = self._post("take", "/claims")
            match = re.search(r"/revisions/(\d+)", taken.headers.get("location", ""))
            rows = [int(match[1])] if match else []
            yield from rows
        else:
            yield self._dice.choice(rows[:6])

    def _judge(self, revision: int) -> Iterator[None]:
        here = f"/revisions/{revision}"
        self._ask("open", "GET", here)
        self._ask("text", "GET", f"{here}/text")
        yield
        if self._dice.random() < 0.12:
            self._post("skip", f"{here}/skips")
            return
        self._ask("flags", "GET", f"{here}?with=flags")
        yield
        verdict = self._dice.choices(["publish", "veto", "escalate"], [65, 23, 12])[0]
        form = self._ask("form", "GET", f"{here}/reviews/{verdict}").text
        record = _field(form, "record_sha256")
        if not record:
            return  # It was decided meanwhile, or is somebody else's to decide: the page says so.
        yield
        given = {"verdict": verdict, "record_sha256": record, "when": "now", "reason": "So I find, having read it."}
        given |= dict.fromkeys(re.findall(r'name="(answer-\d+)"', form), "It may stand.")
        if verdict == "veto":
            given |= {"ground": "personal-data", "quote": self._passage(here)}
        self.diary.verdicts.append(Verdict(self.name, revision, record, verdict, 0))
        answer = self._post("verdict", f"{here}/reviews", given)
        self.diary.verdicts[-1] = Verdict(self.name, revision, record, verdict, answer.status_code)
        if answer.status_code == 303 and self._dice.random() < 0.2:
            yield
            if self._post("undo", f"{here}/undo").status_code == 303:
                self.diary.undone.append(revision)

    def _passage(self, here: str) -> str:
        """The first word of the text, as readers see it."""
        shown = self._ask("text", "GET", f"{here}/text").text
        found = re.search(r"<p>(\w+)", shown[shown.find("<body") :])
        return html.unescape(found[1]) if found else "The"

    def _post(self, page: str, path: str, given: dict[str, str] | None = None) -> httpx2.Response:
        return self._ask(page, "POST", path, {"form_token": self._token} | (given or {}))

    def _ask(self, page: str, method: str, path: str, given: dict[str, str] | None = None) -> httpx2.Response:
        begun = time.perf_counter()
        answer = self._http.request(method, path, data=given)
        self.diary.seconds.setdefault(page, []).append(time.perf_counter() - begun)
        if answer.status_code not in EXPECTED:
            self.diary.faults.append(f"{answer.status_code} for {method} {path}")
        return answer


def _field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([0-9a-f]+)"', page)
    return found[1] if found else ""
