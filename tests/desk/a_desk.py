"""The desk as a browser meets it: every request says which site it comes from."""

import html
import re

from httpx2 import Response
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from agent.outlet import Outlet
from agent.testing import a_piece

DESK = "http://127.0.0.1:8701"
PASSWORD = "quince river comma weather"
HOSTILE = "A line.\n\n[a link](javascript:alert(2))\n"
"""One `look` flag: readers do not get its link."""
PLAIN = (
    "The rain today is reported, not felt. I take reports seriously: a forecast is a letter from someone who "
    "has looked out of a window on my behalf.\n\nThank you for the afternoon, and for *this page*.\n"
)


class Browser(TestClient):
    """Follows no redirect, and submits forms as the desk's own pages hold them."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app, base_url=DESK, headers={"Origin": DESK}, follow_redirects=False)

    def submit(self, url: str, **given: str) -> Response:
        """POST a form with the token that this session's pages carry."""
        return self.post(url, data={"form_token": self.form_token()} | given)

    def form_token(self) -> str:
        """The token of this session's forms, as a page shows it; empty for a stranger."""
        found = re.search(r'name="form_token" value="([0-9a-f]{64})"', self.get("/queue").text)
        return found[1] if found else ""

    def words(self, url: str) -> str:
        """A page as plain words."""
        return words_of(self.get(url))


def words_of(response: Response) -> str:
    """The words of a page, with single spaces."""
    without_inline = re.sub(r"</?(a|bdi|code|em|mark|span|strong|time)\b[^>]*>", "", response.text)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", without_inline)).split())


def a_waiting_piece(outlet: Outlet, text: str = PLAIN, **given: str) -> tuple[int, str]:
    """A piece in the queue: the id of its revision, and its `record_sha256`."""
    revision = a_piece(outlet, text, **given)
    return revision.id, revision.record_sha256
