"""An ASGI application on a loopback port for as long as a `with` block lasts."""

import asyncio
import logging
import socket
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress

import uvicorn
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp

_STOP_WITHIN = 5  # seconds for open requests to end
_GLANCE = 0.005  # seconds between two looks at whether they have


class _Server(uvicorn.Server):
    """uvicorn that says when it is up, and leaves the signals to whoever opened it."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()
        self.ended = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def main_loop(self) -> None:
        """Until the end is asked for."""
        await self.ended.wait()

    def abandon(self) -> None:
        """Cut every open request off: whoever asked has given up, by an error or by Ctrl-C."""
        for task in self.server_state.tasks:
            task.cancel()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's own but without its pauses, since tests open and close many servers."""
        del sockets  # whoever opened them closes them
        for server in self.servers:
            server.close()
        open_ones = self.server_state.connections
        for connection in [*open_ones]:
            connection.shutdown()
        with suppress(TimeoutError):
            async with asyncio.timeout(_STOP_WITHIN):
                while open_ones or self.server_state.tasks:  # noqa: ASYNC110 - uvicorn's own sets
                    await asyncio.sleep(_GLANCE)
        await self.lifespan.shutdown()


def _is_news(record: logging.LogRecord) -> bool:
    """Whether it is more than a request cut off: at the end, by its caller, or as a fault wants."""
    expected = (asyncio.CancelledError, ConnectionAbortedError, ClientDisconnect)
    return not (record.exc_info and isinstance(record.exc_info[1], expected))


@asynccontextmanager
async def serving(app: ASGIApp, port: int = 0) -> AsyncGenerator[str]:
    """Serve `app` on 127.0.0.1 and give its base URL; port 0 takes a free one.

    Raises `OSError`, which names the port, if it is taken.
    """
    # asyncio sends at once (TCP_NODELAY) only on sockets that say that they are TCP; without that
    # every answer waits 40 ms for an acknowledgement.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError as error:
            raise OSError(error.errno, f"port {port}: {error.strerror}") from error
        # The applications set Date from the virtual clock themselves.
        server = _Server(
            uvicorn.Config(
                app,
                log_level="warning",
                access_log=False,
                date_header=False,
                server_header=False,
            )
        )
        logging.getLogger("uvicorn.error").addFilter(_is_news)
        running = asyncio.create_task(server.serve(sockets=[listener]))
        up = asyncio.create_task(server.up.wait())
        try:
            await asyncio.wait({running, up}, return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                await running
                raise RuntimeError("the server ended before it had started")
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        except BaseException:
            server.abandon()
            raise
        finally:
            up.cancel()
            server.ended.set()
            await asyncio.wait({running}, timeout=2 * _STOP_WITHIN)
            running.cancel()
