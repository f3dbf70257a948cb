"""A bucket in a cloud as a target: S3 and what speaks like it, Google Cloud Storage, Azure (only `obstore`)."""

import re
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from datetime import timedelta
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

from agent.adapters.bringing import bring, what_stands_there
from agent.adapters.kinds import kind_of
from agent.adapters.source import Source
from agent.errors import TargetError
from agent.outlet import Brought
from agent.places import BucketSettings

T = TypeVar("T")

WHOLE = 8_000_000
"""Up to so many bytes a file is sent in one request; more, in several."""
AT_ONCE = 1_000
"""So many files are removed by one request."""
RETRIES = {
    "max_retries": 4,
    "retry_timeout": timedelta(seconds=60),
    "backoff": {"init_backoff": timedelta(milliseconds=200), "max_backoff": timedelta(seconds=5), "base": 2},
}
"""Of one request. What fails for longer is for the next try of all."""
CODE = re.compile(r"<Code>(\w+)</Code>")
STATUS = re.compile(r"status code: (\d+)")
INSTALL = "Install it with: pip install 'afterword[cloud]'."
LOOK = "Look at its url and options in afterword.toml, and run `afterword doctor`."
KEY = "Look at its secrets in afterword.toml and at the variables that these name: may that key write there?"
HTTP_OPTIONS = {
    "allow_http",
    "allow_invalid_certificates",
    "connect_timeout",
    "default_content_type",
    "http1_only",
    "http2_only",
    "http2_keep_alive_interval",
    "http2_keep_alive_timeout",
    "http2_keep_alive_while_idle",
    "http2_max_frame_size",
    "pool_idle_timeout",
    "pool_max_idle_per_host",
    "proxy_ca_certificate",
    "proxy_excludes",
    "proxy_url",
    "randomize_addresses",
    "read_timeout",
    "timeout",
    "user_agent",
}
"""Names that obstore knows, but not as options of a bucket: it panics where one stands among these."""
PANIC = "PanicException"
"""What it raises then: no Exception, and of a class that cannot be imported."""
NO_BUCKET = {"NoSuchBucket", "ContainerNotFound"}


class Bucket:
    """Keeps the Target protocol for a bucket."""

    def __init__(self, settings: BucketSettings) -> None:
        self._settings = settings
        self.name, self.place = settings.name, settings.place

    def check(self) -> None:
        """Whether it can be used at all, without asking it. Raises TargetError."""
        _ = self._store

    def look(self) -> str:
        """Ask it what it holds, and say so. Raises TargetError."""
        return what_stands_there(self.name, self)

    def bring(self, folder: Path) -> Brought:
        """Make it hold what the folder holds. Raises TargetError."""
        return bring(self.name, Source(self.name, folder), self)

    def read(self, path: str) -> bytes | None:
        """Keep the Holder protocol."""
        found: bytes | None = self._ask(lambda: self._api.get(self._store, path).bytes().to_bytes(), missing=None)
        return found

    def put(self, source: Source, paths: Sequence[str]) -> None:
        """Keep the Holder protocol. Where one file fails, those that have not begun are left."""
        with ThreadPoolExecutor(self._settings.at_once, thread_name_prefix="upload") as workers:
            work = [workers.submit(self._put, source, path) for path in paths]
            wait(work, return_when=FIRST_EXCEPTION)
            workers.shutdown(wait=True, cancel_futures=True)
        for done in work:
            if not done.cancelled():
                done.result()

    def note(self, path: str, data: bytes) -> None:
        """Keep the Holder protocol."""
        self._ask(lambda: self._api.put(self._store, path, data, attributes={"Cache-Control": "no-store"}))

    def remove(self, paths: Sequence[str]) -> None:
        """Keep the Holder protocol."""
        for first in range(0, len(paths), AT_ONCE):
            some = list(paths[first : first + AT_ONCE])
            self._ask(lambda some=some: self._api.delete(self._store, some), missing=None)  # type: ignore[misc]

    def listed(self) -> dict[str, str]:
        """Keep the Holder protocol. What a service calls a file by is the MD5 of its bytes, if it looks like one."""
        found = self._ask(lambda: [item for chunk in self._api.list(self._store) for item in chunk])
        names = {item["path"]: (item["e_tag"] or "").strip('"') for item in found}
        return {path: name if re.fullmatch(r"[0-9a-f]{32}", name) else "" for path, name in names.items()}

    def _put(self, source: Source, path: str) -> None:
        seconds = self._settings.asset_seconds if path.startswith("assets/") else self._settings.page_seconds
        headers = {"Content-Type": kind_of(path), "Cache-Control": f"public, max-age={seconds}"}
        with source.open(path) as file:
            big = file.seek(0, 2) > WHOLE
            file.seek(0)
            data: Any = file if big else file.read()
            self._ask(lambda: self._api.put(self._store, path, data, attributes=headers, use_multipart=big))

    def _ask(self, call: Callable[[], T], **missing: T) -> T:
        """Ask the service something; `missing` is the answer where a file is not there. Raises TargetError."""
        try:
            return call()
        except FileNotFoundError as fault:
            if "missing" in missing and _code(fault) not in NO_BUCKET:
                return missing["missing"]
            raise self._fault(f"{self._settings.url} is not there{_answer(fault)}", LOOK) from None
        except TargetError:
            raise
        except Exception as fault:
            raise self._worded(fault) from None
        except BaseException as fault:
            raise self._panicked(fault) from None

    def _worded(self, fault: Exception) -> TargetError:
        """Its own words may quote a key or an address with one in it."""
        if type(fault).__name__ in {"PermissionDeniedError", "UnauthenticatedError"}:
            return self._fault(f"{self._settings.url} refuses the key{_answer(fault)}", KEY)
        if answer := _answer(fault):
            return self._fault(f"{self._settings.url} did not take a file{answer}", LOOK)
        if "credential" in str(fault).lower():
            return self._fault(f"no key was found for {self._settings.url}, or it cannot be used", KEY)
        return self._fault(f"{self.place} could not be reached", "Look at its endpoint and at this machine's network.")

    @property
    def _api(self) -> Any:
        import obstore

        return obstore

    @cached_property
    def _store(self) -> Any:
        if find_spec("obstore") is None:
            raise self._fault("the library obstore is missing", INSTALL)
        from obstore import store

        from_url: Any = store.from_url
        plain_http = any(str(value).startswith("http://") for value in self._settings.options.values())
        try:
            config = self._settings.options | self._settings.held()
            if wrong := [name for name in config if name.lower().removeprefix("aws_") in HTTP_OPTIONS]:
                raise self._fault(f"there is no option {wrong[0]}", LOOK)
            return from_url(
                self._settings.url,
                config=config,
                client_options={"allow_http": plain_http, "timeout": "120s", "connect_timeout": "10s"},
                retry_config=RETRIES,
            )
        except TargetError:
            raise
        except ValueError as fault:
            raise self._fault(str(fault), "Set it, or take it out of the target's secrets in afterword.toml.") from None
        except Exception as fault:
            unknown = re.search(r"Configuration key: '(\w+)'", str(fault))
            reason = (
                f"there is no option {unknown[1]}" if unknown else f"{self._settings.url} cannot be used as it is set"
            )
            raise self._fault(reason, LOOK) from None
        except BaseException as fault:
            raise self._panicked(fault) from None

    def _panicked(self, fault: BaseException) -> BaseException:
        """What it breaks down with, as a fault; Ctrl-C and the like stay what they are."""
        if type(fault).__name__ != PANIC:
            return fault
        return self._fault("the library obstore broke down over it", LOOK)

    def _fault(self, reason: str, to_do: str) -> TargetError:
        return TargetError(target=self.name, reason=reason, to_do=to_do)


def _code(fault: Exception) -> str:
    found = CODE.search(str(fault))
    return found[1] if found else ""


def _answer(fault: Exception) -> str:
    """What the service answered, in brackets: " (HTTP 403 AccessDenied)"."""
    status = STATUS.search(str(fault))
    words: Iterable[str] = filter(None, [status[1] if status else "", _code(fault)])
    return f" (HTTP {' '.join(words)})" if status else ""
