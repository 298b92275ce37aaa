"""Requests to a running server over connections that are kept."""

from __future__ import annotations

import http.client
import json
import os
import queue
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from ._errors import ConflictError, DataError, HeadraceError, NotFoundError, UnavailableError, UsageError

DEFAULT_URL = "http://127.0.0.1:7077"
TRIES = 4  # of a request that may be repeated
_LONGEST_WAIT = 30.0  # seconds, whatever Retry-After says
_ERRORS: dict[int, type[HeadraceError]] = {
    400: UsageError,
    401: UsageError,
    403: UsageError,
    404: NotFoundError,
    409: ConflictError,
    410: NotFoundError,
    413: UsageError,
    415: UsageError,
    422: DataError,
}


@dataclass
class Request:
    method: str
    path: str
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    is_repeatable: bool = True


class Connections:
    """Thread-safe: each request has a connection of its own."""

    def __init__(self, url: str | None, token: str | None, timeout: float, ca_file: str | None) -> None:
        self.url = url or os.environ.get("HEADRACE_SERVER") or DEFAULT_URL
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/"):
            raise UsageError(f"{self.url!r} is no address of a server", f"write it as {DEFAULT_URL}")
        self._host, self._port, self._timeout = parts.hostname, parts.port, timeout
        self._tls = ssl.create_default_context(cafile=ca_file) if parts.scheme == "https" else None
        token = token or os.environ.get("HEADRACE_TOKEN")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._idle: queue.LifoQueue[http.client.HTTPConnection] = queue.LifoQueue()

    def close(self) -> None:
        while True:
            try:
                self._idle.get_nowait().close()
            except queue.Empty:
                return

    def open(self) -> http.client.HTTPConnection:
        if self._tls is not None:
            return http.client.HTTPSConnection(self._host, self._port, timeout=self._timeout, context=self._tls)
        return http.client.HTTPConnection(self._host, self._port, timeout=self._timeout)

    def send(self, connection: http.client.HTTPConnection, request: Request) -> http.client.HTTPResponse:
        connection.request(request.method, request.path, request.body, {**self._headers, **request.headers})
        return connection.getresponse()

    def ask(self, request: Request) -> bytes:
        """The body of a good answer. What may be repeated is, where nobody answers or the server asks for it."""
        for left in range(TRIES - 1, -1, -1):
            try:
                status, headers, body = self._once(request)
            except (OSError, http.client.HTTPException) as error:
                if left == 0 or not request.is_repeatable:
                    raise self.unreachable(error) from error
                continue
            if status < 300:
                return body
            if status not in (429, 503) or left == 0:
                raise error_of(status, body)
            threading.Event().wait(min(float(headers.get("retry-after") or 1), _LONGEST_WAIT))
        raise AssertionError

    def ask_json(self, request: Request) -> Any:
        return json.loads(self.ask(request))

    @contextmanager
    def stream(self, request: Request) -> Iterator[http.client.HTTPResponse]:
        """An answer that goes on; a connection of its own."""
        connection = self.open()
        try:
            answer = self.send(connection, request)
            if answer.status >= 300:
                raise error_of(answer.status, answer.read())
            yield answer
        except HeadraceError:
            raise
        except (OSError, http.client.HTTPException) as error:
            raise self.unreachable(error) from error
        finally:
            connection.close()

    def unreachable(self, error: Exception) -> UnavailableError:
        return UnavailableError(
            f"the server at {self.url} cannot be reached: {error}", "is it running? `headrace serve` prints its address"
        )

    def _once(self, request: Request) -> tuple[int, Mapping[str, str], bytes]:
        try:
            connection = self._idle.get_nowait()
        except queue.Empty:
            connection = self.open()
        try:
            answer = self.send(connection, request)
            body = answer.read()
        except BaseException:
            connection.close()
            raise
        self._idle.put(connection)
        return answer.status, {name.lower(): value for name, value in answer.headers.items()}, body


def error_of(status: int, body: bytes) -> HeadraceError:
    try:
        told = json.loads(body)
        message, remedy = str(told["message"]), str(told.get("help") or "")
    except (ValueError, KeyError, TypeError):
        message, remedy = f"it answers with status {status}", ""
    kind = _ERRORS.get(status, UnavailableError)
    return kind(f"the server says: {message}", remedy)
