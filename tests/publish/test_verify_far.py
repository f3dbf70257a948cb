"""A published site is verified where readers find it: at an address, over real sockets of this machine."""

import gzip
import json
import shutil
import threading
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from agent import app
from agent.adapters import site_at
from agent.adapters.site_at import SiteAt
from agent.errors import Refused
from agent.publish.verify import Verified, verify
from tests.cli.a_terminal import Terminal
from tests.hostile_hosts import a_free_port
from tests.publish.a_web_host import Answer, Host, a_web_host, answer
from tests.publish.composing import compose
from tests.publish.forging import put

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def composed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compose(tmp_path_factory.mktemp("composed"))


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(tmp_path, monkeypatch, capsys)


def visited(host: Host) -> Verified:
    with SiteAt(host.url) as place:
        return verify(place)


def test_an_address_verifies_as_its_folder_does_but_what_else_is_there_cannot_be_seen(composed: Path) -> None:
    with a_web_host(composed) as host:
        found = visited(host)
    near = verify(composed)
    assert near.problems == []
    near.all_seen = False
    assert found == near


def test_each_file_is_asked_for_once_by_its_exact_path_and_few_at_a_time(composed: Path) -> None:
    with a_web_host(composed) as host:
        visited(host)
    files = {path.relative_to(composed).as_posix() for path in composed.rglob("*") if path.is_file()}
    often = {"manifest.json", "pieces/3.md"}  # It is looked at again at the end; an afterword stands on two pages.
    assert host.asked == dict.fromkeys(files - often, 1) | dict.fromkeys(often, 2)
    assert "index.html" in host.asked
    assert 1 <= host.busiest <= site_at.AT_ONCE


@pytest.mark.parametrize("end", ["", "/", "/index.html", "/manifest.json", "/?from=here#top"])
def test_an_address_may_be_given_as_a_reader_has_it(composed: Path, end: str) -> None:
    with a_web_host(composed, below="/my/pages/") as host, SiteAt(host.url.rstrip("/") + end) as place:
        assert verify(place).problems == []


def test_a_file_that_is_another_one_or_that_is_missing_is_named(composed: Path, tmp_path: Path) -> None:
    site = shutil.copytree(composed, tmp_path / "site")
    put(site, "pieces/2.md", "It never shone.\n")
    (site / "pieces/3.html").unlink()
    put(site, "never-published.html", "x")
    with a_web_host(site) as host:
        found = visited(host)
    assert found.problems == [
        "pieces/2.md: is not the file that was published; at least one byte differs",
        "pieces/3.html: is missing",
        "pieces/2.md: is not the text in the ledger",
    ]
    assert not found.all_seen


def cut_short(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "9")
    handler.end_headers()
    handler.wfile.write(b"x")
    handler.close_connection = True


def no_http(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"What?\r\n\r\n")
    handler.close_connection = True


def drip(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    handler.close_connection = True
    for _ in range(12):
        handler.wfile.write(b"x")
        time.sleep(0.05)


ODD: dict[str, tuple[Answer, str]] = {
    "a redirect": (
        lambda h: answer(h, 308, Location="https://elsewhere.example/style"),
        "is not there: the host leads elsewhere (HTTP 308 to https://elsewhere.example/style), and that",
    ),
    "a refusal": (lambda h: answer(h, 403), "was not given (HTTP 403)"),
    "a fault": (lambda h: answer(h, 500), "was not given (HTTP 500)"),
    "less than was said": (
        cut_short,
        "cannot be read (the connection broke off",
    ),
    "no HTTP": (no_http, "cannot be read (the connection broke off"),
    "more than anybody reads": (lambda h: answer(h, 200, b"x" * 2_000), "is larger than 1,000 bytes"),
    "too slow an answer": (drip, "came too slowly, so it was not read to its end"),
    "no answer": (lambda h: time.sleep(0.6), "cannot be read (it did not answer in time)"),
}


@pytest.mark.parametrize("what", ODD)
def test_whatever_a_host_answers_is_named(composed: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    how, said = ODD[what]
    monkeypatch.setattr(site_at, "MOST", 1_000)
    with a_web_host(composed, {"assets/style.css": how}) as host, SiteAt(host.url, seconds=0.25) as place:
        [seen] = place.see(["assets/style.css"], keep=False)
    assert seen.wrong.startswith(said), seen


def test_what_a_host_packs_is_unpacked(composed: Path) -> None:
    packed = gzip.compress((composed / "index.html").read_bytes())
    with a_web_host(composed, {"index.html": lambda h: answer(h, 200, packed, Content_Encoding="gzip")}) as host:
        assert visited(host).problems == []


def test_a_host_that_is_busy_is_asked_once_more(composed: Path) -> None:
    times = []

    def busy(handler: BaseHTTPRequestHandler) -> None:
        times.append(1)
        if len(times) == 1:
            answer(handler, 429, Retry_After="0")
        else:
            answer(handler, 200, (composed / "index.html").read_bytes())

    with a_web_host(composed, {"index.html": busy}) as host:
        assert visited(host).problems == []
    assert len(times) == 2


def test_a_page_that_is_gone_is_read_with_its_410_and_the_page_for_what_is_missing_with_its_404(
    composed: Path, tmp_path: Path
) -> None:
    gone = (composed / "pieces/4.html").read_bytes()
    with (
        a_web_host(composed, {n: lambda h: answer(h, 410, gone) for n in ("pieces/4.html", "pieces/1.md")}) as host,
        SiteAt(host.url) as place,
    ):
        assert verify(place).problems == [
            "pieces/1.md: is not the file that was published; at least one byte differs",
            "pieces/1.md: is not the text in the ledger",
        ]
    with (
        a_web_host(tmp_path, {n: lambda h: answer(h, 404, b"No.") for n in ("404.html", "a.html")}) as host,
        SiteAt(host.url) as place,
    ):
        page, other = place.see(["404.html", "a.html"])
    assert (page.data, page.wrong, other.wrong) == (b"No.", "", "is missing")


def test_a_host_that_falls_silent_is_not_asked_for_every_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site_at, "SILENT", 3)
    with SiteAt(f"http://127.0.0.1:{a_free_port('127.0.0.1')}") as place:
        seen = [one.wrong for one in place.see(f"{n}.html" for n in range(200))]
    assert seen[0].startswith("cannot be read (no connection could be made: ")
    assert seen.count("was not asked for any more, since the host no longer answers") > 150


def test_many_files_come_back_in_order_and_are_not_all_held_at_once(tmp_path: Path) -> None:
    for number in range(120):
        put(tmp_path, f"{number}.html", str(number))
    begun: list[str] = []

    def paths() -> object:
        for number in range(120):
            begun.append(f"{number}.html")
            yield f"{number}.html"

    with a_web_host(tmp_path) as host, SiteAt(host.url) as place:
        ahead = []
        for number, seen in enumerate(place.see(paths())):
            assert (seen.path, seen.data) == (f"{number}.html", str(number).encode())
            ahead.append(len(begun) - number)
    assert max(ahead) <= site_at.AHEAD


@pytest.mark.parametrize("url", ["http://", "https:///x", "http://[::1", "http://x:99999999/"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(Refused, match="no address that can be read"):
        app.site_at(url)


def test_the_command_reads_an_address_and_says_what_it_proves(composed: Path, terminal: Terminal) -> None:
    with a_web_host(composed) as host:
        assert terminal("verify", host.url) == 0
        said = " ".join(terminal.said.split())
        assert "what else lies at this address cannot be seen from here" in said
        assert "3 pieces: text and record are" in said
        assert "1 piece more taken down: no text is there, and a notice stays" in said
        assert "It cannot prove that the staff were honest before receipt" in said
        assert "name the key that you trust with --key" in said
        kept = json.loads((composed / "manifest.json").read_bytes())
        assert terminal("verify", host.url, "--key", kept["public_key"], "--head", kept["ledger"]["head"]) == 0
        said = " ".join(terminal.said.split())
        assert "the key that you named" in said
        assert "1 head that you kept: this ledger goes on from there" in said
        assert terminal("verify", host.url, "--head", "0" * 63 + "1") == 1
        assert "an older edition is shown" in terminal.said
        assert terminal("verify", host.url, "--key", "00" * 32) == 1
        assert "signed with another key" in terminal.said
        found = terminal.json("verify", host.url)
    assert (found["problems"], found["lines"], found["all_seen"]) == ([], 424, False)


HINT = "Where an edition comes out at this moment"


def test_a_changed_file_is_excused_by_a_new_edition_at_an_address_alone(
    composed: Path, tmp_path: Path, terminal: Terminal
) -> None:
    site = shutil.copytree(composed, tmp_path / "site")
    put(site, "index.html", "x")
    assert terminal("verify", str(site)) == 1
    assert "index.html: is not the file that was published" in terminal.said
    assert HINT not in terminal.said
    assert "1 thing does not verify in" in terminal.error
    with a_web_host(site) as host:
        assert terminal("verify", host.url) == 1
    assert HINT in terminal.said
    put(site, "assets/style.css", "x")
    assert terminal("verify", str(site)) == 1
    assert "2 things do not verify in" in terminal.error


def test_the_command_says_that_nobody_answers(terminal: Terminal) -> None:
    assert terminal("verify", f"http://127.0.0.1:{a_free_port('127.0.0.1')}/") == 1
    assert "manifest.json: cannot be read (no connection could be made" in terminal.said


def test_proxies_in_the_environment_are_not_asked_for_this_machine(
    composed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{a_free_port('127.0.0.1')}")
    monkeypatch.setenv("NO_PROXY", "")
    with a_web_host(composed) as host:
        assert visited(host).problems == []


def test_leaving_early_leaves_no_thread(composed: Path) -> None:
    with a_web_host(composed) as host:
        with SiteAt(host.url) as place:
            next(place.see(["index.html", "key.txt"]))
        until = time.monotonic() + 10
        while any(t.name.startswith("site") for t in threading.enumerate()) and time.monotonic() < until:
            time.sleep(0.01)
    assert not [t.name for t in threading.enumerate() if t.name.startswith("site")]
