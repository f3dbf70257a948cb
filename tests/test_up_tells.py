"""The running process tells staff, and nothing waits for a mail server that hangs."""

from base64 import b64encode
from pathlib import Path

import pytest

from agent.testing import a_piece, an_outlet
from tests.a_hook import Hook
from tests.a_mail_server import Hanging
from tests.a_publication import SETTINGS, APublication, wait_for
from tests.review.a_desk_of_two import publishes
from tests.telling import kept, lives_at

pytestmark = pytest.mark.slow
SECRET = "whsec_" + b64encode(bytes(range(32))).decode()
TOLD = """
[mail]
host = "127.0.0.1"
port = {port}
security = "none"
sender = "afterword@example.org"
digest = "00:00"

[[webhook]]
name = "ops"
url = "{url}"
secret_env = "HOOK_SECRET"
"""


def test_a_mail_server_that_hangs_holds_up_no_webhook_and_no_edition_and_loses_nothing(tmp_path: Path) -> None:
    with Hanging() as server, Hook() as hook:
        general, author = SETTINGS.split("[[author]]", 1)
        settings = f"{general}[[author]]{author}{TOLD.format(port=server.port, url=hook.url)}"
        publication = APublication(tmp_path / "pub", settings=settings)
        publication.environment["HOOK_SECRET"] = SECRET
        outlet = an_outlet(publication.folder)
        lives_at(outlet, "ada", "ben")
        a_piece(outlet)
        with publication.start("up") as running:
            assert server.met.wait(30), running.printed
            wait_for(lambda: hook.got, 30, lambda: running.printed)
            publishes(outlet, a_piece(outlet, "Snow.\n"))
            running.until("action=edition ")
            assert "action=telling_failed" not in running.printed
            # Ended in the middle, as by a power cut.
        waits = {row.channel: (row.tries, row.sent_at, row.fault) for row in kept(outlet)}
    assert waits["mail:ada"] == (1, None, "")
    assert waits["mail:ben"] == (0, None, "")
    assert waits["ops"][0] == 1
    assert waits["ops"][1] is not None
    assert hook.got[0][0]["webhook-id"].startswith("digest:")
