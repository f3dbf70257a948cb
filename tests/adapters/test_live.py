"""A draft of the site over HTTP: a page hears when it was made anew, and may do nothing else more than in public."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from agent.adapters.live import Live
from agent.adapters.web import Server, application

pytestmark = pytest.mark.slow

POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'"
PAGE = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}"><body>A page with </body> in it.</body>'


@pytest.fixture
def live(tmp_path: Path) -> Live:
    (tmp_path / "index.html").write_text(PAGE)
    (tmp_path / "bare.html").write_text("No policy.</body>")
    (tmp_path / "feed.atom").write_text("<feed/>")
    return Live(tmp_path)


@pytest.fixture
def client(live: Live) -> Iterator[httpx2.Client]:
    server = Server(application(live), host="127.0.0.1", port=0, setting="site_port")
    server.start()
    with httpx2.Client(base_url=server.url, timeout=20) as asking:
        yield asking
    live.end()
    server.stop()


def script_of(page: str) -> str:
    [script] = re.findall(r"<script>(.*)</script>", page, re.DOTALL)
    return str(script)


def test_a_page_carries_one_script_and_its_policy_allows_that_one_by_its_hash(client: httpx2.Client) -> None:
    answer = client.get("/")
    script = script_of(answer.text)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    rules = f"default-src 'none'; script-src 'self' 'sha256-{digest}'; style-src 'self'; connect-src 'self'"
    assert f'content="{rules}"' in answer.text
    assert answer.headers["content-security-policy"] == f"{rules}; frame-ancestors 'none'"
    assert answer.text.endswith("</script></body>")
    assert "<script>" not in client.get("/feed.atom").text


def test_the_news_are_each_new_version_and_what_went_wrong(client: httpx2.Client, live: Live) -> None:
    made = re.search(r'made = "(\w+)"', client.get("/").text)
    assert made is not None
    with client.stream("GET", "/.live") as news:
        assert news.headers["content-type"].startswith("text/event-stream")
        lines = (line for line in news.iter_lines() if line.startswith("data: "))
        first = json.loads(next(lines).removeprefix("data: "))
        assert first == {"version": made[1], "fault": ""}
        live.failed("pages/how.html:3: unexpected end")
        assert json.loads(next(lines).removeprefix("data: ")) == first | {"fault": "pages/how.html:3: unexpected end"}
        live.is_new()
        last = json.loads(next(lines).removeprefix("data: "))
        assert last["fault"] == ""
        assert last["version"] != first["version"]
    assert f'made = "{last["version"]}"' in client.get("/").text
