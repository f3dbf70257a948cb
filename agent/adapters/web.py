"""Web servers of this process (only `uvicorn`)."""

import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.errors import PortInUse

if TYPE_CHECKING:
    import uvicorn

    from agent.adapters.site import Files

STOP_SECONDS = 15.0


class Server:
    """One ASGI application on one port. The port is taken at once, so that a taken one is said early.

    Port 0 takes any free one. `setting` names the setting to change when the port is in use. Where it is `proxied`, a
    proxy on this machine says who asks, and whether over https; otherwise anybody here could say so.
    """

    def __init__(self, application: Any, *, host: str, port: int, setting: str, proxied: bool = False) -> None:
        self._application = application
        self._proxied = proxied
        self._socket = _listen(host, port, setting)
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{self._socket.getsockname()[1]}/"

    def start(self) -> None:
        """Serve from a thread of its own."""
        self._server = self._prepare()
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Answer what is being asked, and close."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(STOP_SECONDS)
        self._socket.close()

    def run(self) -> None:
        """Serve in this thread until it is interrupted."""
        try:
            self._prepare().run(sockets=[self._socket])
        except KeyboardInterrupt:
            return

    def _prepare(self) -> "uvicorn.Server":
        import uvicorn

        config = uvicorn.Config(
            self._application,
            log_level="warning",
            access_log=False,
            lifespan="off",
            server_header=False,
            proxy_headers=self._proxied,
            timeout_graceful_shutdown=5,
        )
        return uvicorn.Server(config)


def preview(folder: Path) -> Any:
    """The built site as an ASGI application."""
    from agent.adapters.site import Files

    return application(Files(folder))


def application(files: "Files") -> Any:
    """The ASGI application of a folder's files."""
    from starlette.applications import Starlette

    return Starlette(routes=files.routes())


def _listen(host: str, port: int, setting: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named in full: only then does asyncio send what it has at once (TCP_NODELAY), and not 40 ms later.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(128)
    except OSError:
        listening.close()
        raise PortInUse(host=host, port=port, setting=setting) from None
    return listening
