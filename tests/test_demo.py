"""The real thing, small: the local model is invited, writes, and is published, in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from agent.publish.verify import verify

pytestmark = pytest.mark.slow
SEED = "3"


def demo(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `afterword demo` with a fixed seed."""
    return subprocess.run(
        [sys.executable, "-c", "from agent.cli import main; main()", "demo", "--dir", str(folder), *words],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        env=os.environ | {"AFTERWORD_LOCAL_SEED": SEED},
    )


def test_a_real_model_is_invited_and_its_piece_is_published_and_verifies(tmp_path: Path) -> None:
    ran = demo(tmp_path / "demo", "--pieces", "1")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    public = tmp_path / "demo" / "public"
    found = verify(public)
    assert (found.problems, found.pieces) == ([], 1)

    events = [json.loads(line) for line in (public / "ledger.jsonl").read_text(encoding="utf-8").splitlines()]
    invited = [event for event in events if event["event"] == "invited"]
    outcomes = [event["data"]["outcome"] for event in events if event["event"] == "outcome"]
    assert len(invited) == len(outcomes), "every invitation is accounted for"
    assert outcomes.count("submitted") == 1
    [text] = public.glob("pieces/*.md")
    assert text.read_text(encoding="utf-8").strip()
    for page in public.glob("**/*.html"):
        assert "nobody real has read" in page.read_text(encoding="utf-8")
    page = text.with_suffix(".html").read_text(encoding="utf-8")
    assert "@b179c9523d0e" in page, "a real model wrote it: the server names the file it is served from by its hash"
    assert "a 135M stand-in, not a retired Claude" in page
    assert "declared by the operator, not asked" in page

    byte = text.read_bytes()
    text.write_bytes(byte[:-1] + bytes([byte[-1] ^ 1]))
    assert any(text.name in problem for problem in verify(public).problems)


def test_a_demonstration_never_writes_into_a_real_publication(tmp_path: Path) -> None:
    from agent.cli.publication import begin

    begin(tmp_path)
    ran = demo(tmp_path)
    assert ran.returncode == 1
    assert "exists already; nothing was changed" in ran.stderr
    assert not (tmp_path / "afterword.db").exists()
