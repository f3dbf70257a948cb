"""The public site over HTTP: what is there, what is gone, what never was, and what is said with each."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from agent.adapters.web import Server, preview

pytestmark = pytest.mark.slow

POLICY = "default-src 'none'; style-src 'self'"
PAGE = f'<!doctype html><meta http-equiv="Content-Security-Policy" content="{POLICY}"><title>Home</title>'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("public")
    files = {
        "index.html": PAGE,
        "404.html": "not here",
        "pieces/1.html": PAGE,
        "pieces/1.md": "Ä text",
        "pieces/2.html": "withdrawn",
        "gone.txt": "pieces/2.html\npieces/3.html\n",
        "feed.atom": "<feed/>",
        "feed.json": "{}",
        "ledger.jsonl": "{}\n",
        "assets/mark.svg": "<svg/>",
        "assets/pagefind.js": "1",
        ".index.html.7.part": "half a page",
    }
    for path, words in files.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(words, encoding="utf-8")
    (root.parent / "secret.txt").write_text("a secret")
    (root / "link.txt").symlink_to(root.parent / "secret.txt")
    (root / "inside.md").symlink_to(root / "pieces/1.md")
    (root / "linked").symlink_to(root.parent)
    return root


@pytest.fixture(scope="module")
def site(folder: Path) -> Iterator[httpx2.Client]:
    server = Server(preview(folder), host="127.0.0.1", port=0, setting="site_port")
    server.start()
    with httpx2.Client(base_url=server.url) as client:
        yield client
    server.stop()


def test_the_home_page_is_what_the_address_shows(site: httpx2.Client) -> None:
    answer = site.get("/")
    assert (answer.status_code, answer.text) == (200, PAGE)
    assert site.get("/index.html").text == PAGE


def test_a_page_says_its_own_policy_once_more_and_may_be_in_no_frame(site: httpx2.Client) -> None:
    headers = site.get("/pieces/1.html").headers
    assert headers["content-security-policy"] == f"{POLICY}; frame-ancestors 'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "server" not in headers


@pytest.mark.parametrize("path", ["/assets/mark.svg", "/404.html", "/feed.atom"])
def test_a_document_without_a_policy_may_do_nothing(site: httpx2.Client, path: str) -> None:
    assert site.get(path).headers["content-security-policy"].startswith("default-src 'none'; ")


def test_a_script_is_bound_by_the_page_that_runs_it(site: httpx2.Client) -> None:
    assert "content-security-policy" not in site.get("/assets/pagefind.js").headers


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/pieces/1.md", "text/markdown; charset=utf-8"),
        ("/feed.atom", "application/atom+xml; charset=utf-8"),
        ("/feed.json", "application/feed+json"),
        ("/ledger.jsonl", "application/x-ndjson"),
        ("/assets/mark.svg", "image/svg+xml"),
    ],
)
def test_a_file_says_what_it_is(site: httpx2.Client, path: str, kind: str) -> None:
    assert site.get(path).headers["content-type"] == kind


def test_what_was_withdrawn_is_gone_and_says_why(site: httpx2.Client) -> None:
    answer = site.get("/pieces/2.html")
    assert (answer.status_code, answer.text) == (410, "withdrawn")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("path", ["/pieces/2.md", "/pieces/2.json", "/pieces/2.r1.md"])
def test_what_lay_beside_it_is_gone_too(site: httpx2.Client, path: str) -> None:
    answer = site.get(path)
    assert (answer.status_code, answer.text) == (410, "withdrawn")


def test_gone_is_gone_even_where_no_notice_is_left(site: httpx2.Client) -> None:
    assert (site.get("/pieces/3.html").status_code, site.get("/pieces/3.html").text) == (410, "Not here.\n")


def test_gone_is_read_again_when_it_changes(site: httpx2.Client, folder: Path) -> None:
    before = (folder / "gone.txt").read_text()
    half = folder / ".gone.txt.1.part"
    half.write_text("pieces/1.html\n")
    os.replace(half, folder / "gone.txt")
    assert [site.get(path).status_code for path in ("/pieces/1.html", "/pieces/2.html")] == [410, 200]
    half.write_text(before)
    os.replace(half, folder / "gone.txt")
    assert [site.get(path).status_code for path in ("/pieces/1.html", "/pieces/2.html")] == [200, 410]


@pytest.mark.parametrize("path", ["/nothing.html", "/pieces", "/pieces/", "/assets/", "/pieces/1.html/", "/%00"])
def test_what_is_not_there_is_not_found_and_no_folder_is_listed(site: httpx2.Client, path: str) -> None:
    answer = site.get(path)
    assert (answer.status_code, answer.text) == (404, "not here")


@pytest.mark.parametrize(
    "path", ["/link.txt", "/inside.md", "/linked/secret.txt", "/.index.html.7.part", "/.bringing/x"]
)
def test_no_link_is_followed_and_nothing_half_written_is_shown(site: httpx2.Client, path: str) -> None:
    assert site.get(path).status_code == 404


@pytest.mark.parametrize(
    "path", ["/../secret.txt", "/pieces/../../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt"]
)
def test_no_path_leads_out_of_the_folder(site: httpx2.Client, path: str) -> None:
    with socket.create_connection((site.base_url.host, site.base_url.port or 80), timeout=10) as plain:
        plain.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
        answer = b"".join(iter(lambda: plain.recv(65_536), b""))
    assert b" 404 " in answer.splitlines()[0]
    assert b"a secret" not in answer


def test_what_a_reader_has_is_not_sent_again(site: httpx2.Client) -> None:
    first = site.get("/pieces/1.html").headers
    assert site.get("/pieces/1.html", headers={"If-None-Match": first["etag"]}).status_code == 304
    assert site.get("/pieces/1.html", headers={"If-None-Match": '"another"'}).status_code == 200
    assert site.get("/pieces/1.html", headers={"If-Modified-Since": first["last-modified"]}).status_code == 304
    early = {"If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"}
    assert site.get("/pieces/1.html", headers=early).status_code == 200
    assert site.get("/pieces/1.html", headers={"If-Modified-Since": "soon"}).status_code == 200


def test_a_page_that_changed_within_a_second_is_sent(site: httpx2.Client, folder: Path) -> None:
    known = {"If-None-Match": site.get("/pieces/1.md").headers["etag"]}
    at = (folder / "pieces/1.md").stat().st_mtime_ns
    (folder / "pieces/1.md").write_text("Ö text", encoding="utf-8")
    os.utime(folder / "pieces/1.md", ns=(at, at))
    assert site.get("/pieces/1.md", headers=known).text == "Ö text"


def test_asking_for_the_head_sends_no_body(site: httpx2.Client) -> None:
    answer = site.head("/pieces/1.html")
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) == len(PAGE)
    assert site.head("/pieces/2.html").status_code == 410


def test_nothing_can_be_sent_to_it(site: httpx2.Client) -> None:
    assert site.post("/index.html", content=b"x").status_code == 405
    assert site.put("/index.html", content=b"x").status_code == 405


def test_a_big_file_arrives_whole(site: httpx2.Client, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.adapters.site.WHOLE", 100_000)
    data: Any = bytes(range(256)) * 4_000
    (folder / "everything.zip").write_bytes(data)
    answer = site.get("/everything.zip")
    assert answer.content == data
    assert int(answer.headers["content-length"]) == len(data)
    assert answer.headers["content-type"] == "application/zip"


def test_a_site_that_is_not_built_yet_says_that_nothing_is_here(tmp_path: Path) -> None:
    server = Server(preview(tmp_path / "public"), host="127.0.0.1", port=0, setting="site_port")
    server.start()
    answer = httpx2.get(server.url)
    server.stop()
    assert (answer.status_code, answer.text) == (404, "Not here.\n")


def test_an_answer_is_sent_at_once_and_does_not_wait_for_an_acknowledgement(folder: Path) -> None:
    server = Server(preview(folder), host="127.0.0.1", port=0, setting="site_port")
    try:
        # Without it a page of two parts takes 40 ms on a connection that is used again: asyncio looks at this alone.
        assert server._socket.proto == socket.IPPROTO_TCP
    finally:
        server.stop()
