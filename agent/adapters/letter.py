"""A message as an e-mail: plain words, and headers that no word of a stranger's can bend."""

import hashlib
import re
import textwrap
from collections.abc import Iterator
from datetime import UTC
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from agent.outlet import Message

POLICY = SMTP.clone(max_line_length=240)
"""No head of ours is so long that it has to be folded, which not every reader's program undoes. One beyond ASCII is:
an encoded word has at most 75 letters."""
WIDTH = 72
SIGNATURE = "-- "
SUBJECT_AT_MOST = 150
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
"""What ends a line or turns its direction round."""


def letter(message: Message, to: str, *, title: str, sender: str, address: str) -> bytes:
    """The mail of a message to one address, as it travels. `title` is the outlet's, `address` its site's.

    The same message to the same address has the same Message-ID however often it is sent, so that a mail box that
    already holds it can tell.
    """
    mailbox, _, domain = sender.partition("@")
    mail = EmailMessage(policy=POLICY if (title + message.subject).isascii() else SMTP)
    mail["From"] = Address(one_line(title), mailbox, domain)
    mail["To"] = to
    mail["Subject"] = one_line(f"[{title}] {message.subject}")
    if message.at is not None:
        mail["Date"] = format_datetime(message.at.astimezone(UTC))
    mail["Message-ID"] = message_id(message.key, to, domain, address)
    # RFC 2919: by this, and not by words of the subject, a reader's program sorts them.
    mail["List-Id"] = f"<notices.{domain}>"
    # RFC 3834: no holiday answer comes back.
    mail["Auto-Submitted"] = "auto-generated"
    body = "\n".join(folded(message.words.rstrip())) + "\n" + (f"\n{message.link}\n" if message.link else "")
    plain = body.isascii()
    mail.set_content(body, charset="us-ascii" if plain else "utf-8", cte="7bit" if plain else "quoted-printable")
    return mail.as_bytes()


def message_id(key: str, to: str, domain: str, address: str) -> str:
    """The Message-ID of what a key names, for one receiver of one outlet."""
    digest = hashlib.sha256("\n".join((address, key, to)).encode()).hexdigest()[:32]
    return f"<{re.sub(r'[^a-z0-9-]+', '.', key.lower()).strip('.')[:60]}.{digest}@{domain}>"


def folded(words: str) -> Iterator[str]:
    """Lines that can be read in a narrow window; an address stays whole."""
    for line in words.split("\n"):
        margin = "  " if line.startswith("- ") else ""
        if line == SIGNATURE or not line.strip():
            yield line
        else:
            yield from textwrap.wrap(
                line, WIDTH, subsequent_indent=margin, break_long_words=False, break_on_hyphens=False
            )


def one_line(words: str) -> str:
    """Words that may stand in a header: on one line, and not without end."""
    line = " ".join(CONTROLS.sub(" ", words).split())
    return line if len(line) <= SUBJECT_AT_MOST else line[: SUBJECT_AT_MOST - 1].rstrip() + "…"
