"""The public site while somebody works on it: each page is loaded anew in the browser once it was made anew.

What a page may do stays as strict as it is in public, but for one script that is known by its hash.
"""

import asyncio
import base64
import hashlib
import json
import re
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import BaseRoute, Route

from agent.adapters.site import POLICY, Files

NEWS = "/.live"
"""Where the browser hears of a new version; no file of a site begins with a full stop."""
LOOK_SECONDS = 0.2
SCRIPT = """
const made = "VERSION"; let told;
new EventSource("/.live").onmessage = event => {
  const said = JSON.parse(event.data);
  if (!said.fault && said.version !== made) return location.reload();
  if (told) told.remove();
  told = null;
  if (!said.fault) return;
  told = document.body.appendChild(document.createElement("pre"));
  told.textContent = said.fault;
  told.style.cssText = "position:fixed;inset:auto 0 0 0;margin:0;padding:1em;font-size:1rem;white-space:pre-wrap;"
    + "background:#fff;color:#900;border-top:3px solid #900;z-index:9";
};
"""


class Live(Files):
    """The files of a folder that is made anew now and then."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._version, self._fault, self._is_over = secrets.token_hex(4), "", False

    def routes(self) -> list[BaseRoute]:
        """The news, and every path."""
        return [Route(NEWS, self.news, methods=["GET"]), *super().routes()]

    def is_new(self) -> None:
        """Say that the folder was made anew."""
        self._version, self._fault = secrets.token_hex(4), ""

    def failed(self, fault: str) -> None:
        """Say, in words, why it could not be made anew."""
        self._fault = fault

    def end(self) -> None:
        """Let every browser go, so that the server can stop."""
        self._is_over = True

    async def news(self, request: Request) -> StreamingResponse:
        """Tell one browser each version, and what went wrong."""
        del request
        return StreamingResponse(self._told(), media_type="text/event-stream", headers={"cache-control": "no-store"})

    def shown(self, path: str, data: bytes) -> bytes:
        """A page with the script in it, and leave for that script alone."""
        if not path.endswith(".html"):
            return data
        script = SCRIPT.replace("VERSION", self._version)
        page = POLICY.sub(lambda found: found[0].replace(found[1], _with_leave(found[1], script)), data, count=1)
        before, end, after = page.rpartition(b"</body>")
        return before + f"<script>{script}</script>".encode() + end + after if end else page

    async def _told(self) -> AsyncIterator[str]:
        last = None
        while not self._is_over:
            said = {"version": self._version, "fault": self._fault}
            if said != last:
                yield f"data: {json.dumps(said)}\n\n"
                last = said
            await asyncio.sleep(LOOK_SECONDS)


def _with_leave(policy: bytes, script: str) -> bytes:
    """A page's policy that lets this script run and hear the news."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    rules = dict(rule.strip().partition(" ")[::2] for rule in policy.decode().split(";") if rule.strip())
    for name, more in (("script-src", f"'sha256-{digest}'"), ("connect-src", "'self'")):
        sources = [source for source in rules.get(name, "").split() if source != "'none'"]
        rules[name] = " ".join(dict.fromkeys([*sources, more]))
    return re.sub(r"\s+;", ";", "; ".join(f"{name} {sources}" for name, sources in rules.items())).encode()
