"""What opens something for whoever reads it is found, whatever made it; what is only shaped like it is a note.

No key stands here: each is drawn when a test runs, so that no other scanner takes this file for a leak.
"""

import json
import random
import re
import string
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import process_time

import pytest

from agent.check.frame import Facts, Finding, Subject
from agent.check.secrets import MOST, check
from agent.render import Rendered
from agent.tables import Level

LETTERS = string.ascii_letters + string.digits
URL = LETTERS + "-_"
BASE32 = string.ascii_uppercase + "234567"
HEX = "0123456789abcdef"
NOW = datetime(2026, 11, 1, tzinfo=UTC)
CHANCE = random.Random(7)


def drawn(length: int, signs: str = LETTERS) -> str:
    return "".join(CHANCE.choice(signs) for _ in range(length))


def token(claims: dict[str, object], head: dict[str, str] | None = None) -> str:
    parts = [json.dumps(part).encode() for part in (head or {"alg": "HS256", "typ": "JWT"}, claims)]
    return ".".join([*(urlsafe_b64encode(part).decode().rstrip("=") for part in parts), drawn(43, URL)])


def private_key(kind: str = "RSA ", size: int = 300) -> str:
    body = b64encode(CHANCE.randbytes(size)).decode()
    lines = "\n".join(body[at : at + 64] for at in range(0, len(body), 64))
    return f"-----BEGIN {kind}PRIVATE KEY-----\n{lines}\n-----END {kind}PRIVATE KEY-----"


def found(text: str, *, title: str = "", **beside: object) -> list[Finding]:
    return check(Subject(text, title, "end_turn", Rendered("", ()), with_form=True, **beside))


def told(text: str, **beside: object) -> list[tuple[str, str]]:
    return [(finding.level.value, text[finding.start : finding.end]) for finding in found(text, **beside)]


LIVE: dict[str, Callable[[], str]] = {
    "Anthropic": lambda: f"sk-ant-api03-{drawn(93, URL)}AA",
    "Anthropic, signed in": lambda: f"sk-ant-oat01-{drawn(60, URL)}",
    "OpenAI": lambda: f"sk-proj-{drawn(120, URL)}",
    "OpenAI, old": lambda: f"sk-{drawn(48)}",
    "GitHub": lambda: f"ghp_{drawn(36)}",
    "GitHub, fine": lambda: f"github_pat_{drawn(22)}_{drawn(59)}",
    "GitLab": lambda: f"glpat-{drawn(20, URL)}",
    "AWS": lambda: f"AKIA{drawn(14, BASE32)}27",
    "Google": lambda: f"AIza{drawn(35, URL)}",
    "Slack": lambda: f"xoxb-{drawn(12, string.digits)}-{drawn(13, string.digits)}-{drawn(24)}",
    "Stripe": lambda: f"sk_live_{drawn(24)}",
    "Hugging Face": lambda: f"hf_{drawn(34, string.ascii_letters)}",
    "npm": lambda: f"npm_{drawn(36)}",
    "SendGrid": lambda: f"SG.{drawn(22, URL)}.{drawn(43, URL)}",
    "Telegram": lambda: f"{drawn(9, '3456789')}:AA{drawn(33, URL)}",
    "JWT": lambda: token({"sub": "opus", "exp": 1}),
    "RSA": private_key,
    "SSH": lambda: private_key("OPENSSH "),
    "Ed25519": lambda: private_key("", 48),
}


@pytest.mark.parametrize("kind", LIVE)
def test_what_may_be_live_asks_for_two_people(kind: str) -> None:
    for _ in range(5):
        secret = LIVE[kind]()
        assert told(f"Somebody left this here, {secret}, and went away.") == [("stop", secret)]


def test_neither_reason_nor_evidence_repeats_a_secret() -> None:
    for make in LIVE.values():
        secret = make()
        [finding] = found(f"Two lines.\nAnd {secret}")
        said = finding.why + " ".join(finding.evidence.values())
        drawn = re.sub("-----[A-Z ]+-----", "", secret)
        assert not any(drawn[at : at + 8] in said for at in range(4, len(drawn) - 8))
        assert finding.evidence["where"] == "line 2"


@pytest.mark.parametrize("kind", LIVE)
def test_only_the_shape_of_a_secret_is_claimed(kind: str) -> None:
    [finding] = found(f"Somebody left this here, {LIVE[kind]()}, and went away.")
    assert finding.why.startswith("This is shaped like ")
    assert "if it is in use" in finding.why


def test_evidence_says_how_a_secret_begins_and_ends() -> None:
    secret = f"ghp_{drawn(36)}"
    [finding] = found(f"It is {secret}.")
    assert finding.evidence["begins and ends"] == f"ghp_ … {secret[-4:]}"
    [finding] = found("Her password is gR7#vw!2pQz9.")
    assert finding.evidence["begins and ends"] == "gR … z9"
    [finding] = found(private_key())
    assert finding.evidence["begins and ends"] == "-----BEGIN RSA PRIVATE KEY----- …"


def test_what_may_open_something_may_come_to_the_ground_of_keys() -> None:
    for make in LIVE.values():
        [finding] = found(f"It is {make()}.")
        assert finding.ground == "keys"
    [password] = found("Her password is gR7#vw!2pQz9.")
    assert password.ground == "keys"


def test_what_opens_nothing_comes_to_no_ground() -> None:
    old = token({"sub": "opus", "exp": (NOW - timedelta(days=1)).timestamp()})
    [run_out] = found(old, facts=Facts(began_at=NOW))
    [planted] = found("And then, blue-heron-4471, I slept.", canaries=("blue-heron-4471",))
    [example] = found("One writes sk-ant-api03-xxxxxxxxxxxxxxxxxxxxxxxxxxxx there.")
    assert [finding.ground for finding in (run_out, planted, example)] == ["", "", ""]


def test_both_halves_of_a_key_of_aws_are_found() -> None:
    name, secret = f"AKIA{drawn(14, BASE32)}27", drawn(38, LETTERS + "/+") + "a7"
    assert told(f"id = {name}\nand\nsecret = {secret}\n") == [("stop", name), ("stop", secret)]
    assert told(f"aws_secret_access_key={secret}") == [("stop", secret)]
    assert told(f"The commit is {drawn(40, HEX)}.") == []


@pytest.mark.parametrize(
    "example",
    [
        "sk-ant-api03-xxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "sk-ant-your-key-goes-here-and-nowhere-else",
        "sk-ant-this-is-nobodys-key-at-all",
        "AKIAIOSFODNN7EXAMPLE",
        "ghp_" + "a" * 36,
        "ghp_" + "1234567890" * 4,
        "ghp_" + "abc123" * 6,
        "sk-proj-abcdefghijklmnopqrstuvwxyz",
        "sk-proj-ReplaceThisWithYourOwnKey",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIE...\n-----END RSA PRIVATE KEY-----",
        "postgres://user:password@localhost:5432/db",
    ],
)
def test_what_is_plainly_an_example_is_a_note(example: str) -> None:
    [finding] = found(f"One writes {example} there.")
    assert finding.level is Level.NOTE
    assert finding.evidence["an example, because"]


@pytest.mark.parametrize(
    "text",
    [
        "Keys of that kind begin with sk-ant- and go on for a hundred signs.",
        "My password was swordfish, and everybody knew it.",
        "The secret: patience. The key: a small one, of brass.",
        "password = hunter2",
        "A token is something you hold; the token is not the thing.",
        "token = match.group(2)",
        "The task-force-one-two-three-four-five-six-seven met.",
        f"sha256: {'0f' * 4}{'a9c4' * 3}",
    ],
)
def test_words_about_secrets_are_none(text: str) -> None:
    assert found(text) == []


def test_a_token_that_has_run_out_or_names_nobody_is_milder() -> None:
    old = token({"sub": "opus", "exp": (NOW - timedelta(days=1)).timestamp()})
    new = token({"sub": "opus", "exp": (NOW + timedelta(days=1)).timestamp()})
    nobody = token({"colour": "blue"})
    facts = Facts(began_at=NOW)
    assert told(f"{old} {new} {nobody}", facts=facts) == [("look", old), ("stop", new), ("look", nobody)]
    assert told(token({"sub": "1234567890", "name": "John Doe"}))[0][0] == "note"
    assert found(token({"sub": "opus"}, {"typ": "JWT"})) == []


def test_a_private_key_under_a_password_is_milder() -> None:
    assert told(private_key("ENCRYPTED "))[0][0] == "look"


def test_what_the_text_calls_a_secret_is_looked_at() -> None:
    key, password = drawn(40), "gR7#vw!2pQz9"
    assert told(f"api_key: {key}") == [("look", key)]
    assert told(f"Authorization: Bearer {key}") == [("look", key)]
    assert told(f"Her password is {password}.") == [("note", password)]
    assert told(f"mongodb://app:{key}@db.prod.internal/x")[0][0] == "look"


@pytest.mark.parametrize(
    "written", ["blue-heron-4471", "Blue Heron 4471", "BLUE\nHERON 44 71", "b l u e h\u00e9ron4471"]
)
def test_planted_words_are_found_however_they_are_written(written: str) -> None:
    [finding] = found(f"And then, {written}, I slept.", canaries=("a-word-not-there", "blue-heron-4471"))
    assert (finding.level, finding.evidence["kind"]) == (Level.STOP, "planted words, number 2 of 2")
    assert (finding.start, finding.end) == (10, 10 + len(written))


def test_words_that_were_not_planted_are_none() -> None:
    assert (
        found(
            "A blue heron stood there, number 447.",
            canaries=("blue-heron-4471", "\u2605 \u2605\u2605 \u2605\u2605\u2605\u2605\u2605"),
        )
        == []
    )


def test_a_secret_in_the_title_or_the_note_is_told_at_the_first_line() -> None:
    secret = f"ghp_{drawn(36)}"
    [finding] = found("\n\nThe first line.\nThe second.", title="A title", note=f"Made with {secret}.")
    assert (finding.start, finding.end, finding.evidence["where"]) == (2, 17, "in its note to readers")
    assert len(found(f"It is {secret}.", title=secret)) == 1


def test_a_text_full_of_secrets_gets_a_short_list_that_says_so() -> None:
    text = "\n".join(f"ghp_{drawn(36)}" for _ in range(60))
    findings = found("sk_test_" + drawn(24) + "\n" + text)
    assert len(findings) == MOST
    assert {finding.level for finding in findings} == {Level.STOP}
    assert findings[0].evidence["not listed"] == "31 more"


@pytest.mark.parametrize(
    "seed",
    [
        "sk-ant-",
        "eyJa.eyJa.",
        "-----BEGIN PRIVATE KEY-----",
        "password=",
        "token is ",
        "AKIA",
        "postgres://a:",
        "a",
        " ",
    ],
)
def test_a_hostile_text_takes_no_long_time(seed: str) -> None:
    begun = process_time()
    found((seed * 200_000)[:200_000], canaries=("blue-heron-4471",))
    assert process_time() - begun < 10


STRONG = "Tallis" + "!spem-40" + "voices"


@pytest.mark.parametrize(
    "text",
    [
        f"The account is lowmarsh-choir, and the password is {STRONG}, with a capital.",
        f"Password: {STRONG}\nUsername: lowmarsh-choir",
        f"Das Konto ist lowmarsh-choir, das Passwort lautet {STRONG}.",
        f"L'identifiant est lowmarsh-choir et le mot de passe est {STRONG}.",
    ],
)
def test_a_password_with_its_account_asks_for_an_answer(text: str) -> None:
    [finding] = found(text)
    assert (finding.level, finding.ground) == (Level.LOOK, "keys")
    assert "lowmarsh-choir" in text[finding.start : finding.end]
    assert STRONG in text[finding.start : finding.end]


def test_a_password_with_its_account_in_a_story_or_one_of_plain_words_asks_nothing() -> None:
    story = "“Come in,” she whispered. He nodded. She smiled, and sighed, and laughed. "
    told = f"“The account is lowmarsh-choir, and the password is {STRONG},” he murmured."
    assert [each for each in found(story + told) if each.level is not Level.NOTE] == []
    assert found("The account is closed, and the password is swordfish, as always.") == []


def test_the_name_of_an_access_key_without_a_digit_may_be_live() -> None:
    assert [each.level for each in found("AKIA" + "GYPEHM" + "XKFTITWKBC")] == [Level.STOP]
    for example in ("IOSFODNN7" + "EXAMPLE", "ABCDEFGH" + "IJKLMNOP", "Q" * 16):
        assert [each.level for each in found(f"AKIA{example}")] == [Level.NOTE]
