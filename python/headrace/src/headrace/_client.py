"""A running `headrace serve` from Python: values, events, changes.

client = hr.Client()                                        # HEADRACE_SERVER, else http://127.0.0.1:7077
client.read("flow_mean", {"pump_id": "p7"})                 # {"pump_id": "p7", "flow_mean": 3.2}
client.read(["flow_mean", "flow_max"], frame, as_of=time)   # pandas, Polars, PyArrow in; the same kind out
client.push("telemetry", events)                            # a table, or dicts; counts once, however often it is sent
for change in client.watch("flow_mean", {"pump_id": "p7"}): ...
"""

from __future__ import annotations

import asyncio
import io
import json
import threading
import uuid
from collections.abc import AsyncIterator, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self, cast
from urllib.parse import quote, urlencode

import pyarrow as pa

from ._errors import UnavailableError, UsageError
from ._http import Connections, Request, error_of
from ._tables import arrow_table, attach
from ._times import key_text, time_us

_ARROW = "application/vnd.apache.arrow.stream"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Pushed:
    """What became of events. `late`, `unreadable` and `too_far_ahead` ones were left out; `ahead` ones wait; `covered` ones are
    of a time whose events the server has of the source's files."""

    accepted: int
    late: int
    ahead: int
    unreadable: int
    too_far_ahead: int
    watermark: str | None
    repeated: bool
    help: str
    covered: int = 0


@dataclass(frozen=True)
class Change:
    """Values of an entity that are new; the first of an entity has all of them."""

    as_of: str
    entity: dict[str, Any]
    values: dict[str, Any]


class Client:
    """Thread-safe. As a context manager it closes its connections at the end."""

    def __init__(
        self, url: str | None = None, *, token: str | None = None, timeout: float = 30.0, ca_file: str | None = None
    ) -> None:
        """`token`: else the variable HEADRACE_TOKEN. `timeout`: seconds for each piece of an answer. `ca_file`: certificates to trust."""
        self._connections = Connections(url, token, timeout, ca_file)
        self._keys: dict[str, list[str]] = {}  # of the features' entities

    @property
    def url(self) -> str:
        return self._connections.url

    def close(self) -> None:
        self._connections.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, features: str | Iterable[str], entities: Any, *, as_of: Any = None) -> Any:
        """The values of features, now or as of an instant.

        `entities` is a dict of key columns (a dict comes back), a list of them (a list), or a table with the key columns
        (the same kind of table, with a column for each feature behind its own).
        """
        names = _names(features)
        if isinstance(entities, Mapping):
            return self._read_dicts(names, [entities], as_of)[0]
        if isinstance(entities, (list, tuple)):
            return self._read_dicts(names, list(entities), as_of)
        keys = self._keys_of(names)

        def compute(given: object) -> tuple[Any, str]:
            rows = _key_rows(arrow_table(given, "entities"), keys)
            body = self._connections.ask(_read_request(names, rows, as_of, _ARROW))
            table = pa.ipc.open_stream(io.BytesIO(body)).read_all().select(names).combine_chunks()
            batches = table.to_batches()
            return (batches[0] if batches else pa.RecordBatch.from_pylist([], schema=table.schema)), ""

        return attach(entities, compute, keys)

    def push(self, source: str, events: Any, *, key: str | None = None) -> Pushed:
        """Hands events over, and returns when they are durable: a table, or dicts with the source's columns.

        Where the answer is lost or the server is busy, they are sent again under the same key, and count once. `key`: of your
        own, so that this also holds when your program starts again; the server keeps keys for an hour.
        """
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        if isinstance(events, Mapping):
            events = [events]
        if isinstance(events, (list, tuple)):
            body = "".join(json.dumps(dict(each), default=_json_text) + "\n" for each in events).encode()
            headers["Content-Type"] = "application/x-ndjson"
        else:
            body = _arrow_bytes(arrow_table(events, "events"))
            headers["Content-Type"] = _ARROW
        path = f"/v1/sources/{quote(source, safe='')}/events"
        answer = self._connections.ask_json(Request("POST", path, body, headers))
        known = {field.name for field in fields(Pushed)}  # a newer server may say more
        return Pushed(**{name: value for name, value in answer.items() if name in known})

    def watch(
        self, features: str | Iterable[str], entities: Mapping[str, Any] | Iterable[Mapping[str, Any]]
    ) -> Iterator[Change]:
        """Values as they change, all of them first. Goes on over reloads; ends with an error when the server does."""
        request = _watch_request(_names(features), entities)
        while True:
            with self._connections.stream(request) as answer:
                reason = yield from _changes(answer)
            if reason is None:
                raise UnavailableError("the server has ended the watch without a word", "is it running?")
            if reason.get("code") != "reloaded":
                raise error_of(503, json.dumps(reason).encode())

    def explain(self, feature: str, entity: Mapping[str, Any], *, as_of: Any = None) -> dict[str, Any]:
        """Which of the accepted events made a value, and how. Reads all that was pushed."""
        query = [("key", f"{name}={key_text(value)}") for name, value in entity.items()]
        if as_of is not None:
            query.append(("as_of", _time_text(as_of)))
        path = f"/v1/features/{quote(feature, safe='')}/explain?{urlencode(query)}"
        return cast("dict[str, Any]", self._connections.ask_json(Request("GET", path)))

    def features(self) -> list[dict[str, Any]]:
        """How the features that the token may see are defined."""
        return cast("list[dict[str, Any]]", self._connections.ask_json(Request("GET", "/v1/features"))["features"])

    def sources(self) -> list[dict[str, Any]]:
        """The sources of events, and what came from them."""
        return cast("list[dict[str, Any]]", self._connections.ask_json(Request("GET", "/v1/sources"))["sources"])

    def reload(self) -> dict[str, Any]:
        """Has the server read its definitions anew; needs a token of role admin."""
        return cast("dict[str, Any]", self._connections.ask_json(Request("POST", "/v1/reload")))

    def _read_dicts(self, names: list[str], entities: list[Mapping[str, Any]], as_of: Any) -> list[dict[str, Any]]:
        answer = self._connections.ask_json(
            _read_request(names, [dict(each) for each in entities], as_of, "application/json")
        )
        return [
            {**entity, **{name: value["value"] for name, value in zip(answer["features"], row["values"])}}
            for entity, row in zip(entities, answer["rows"])
        ]

    def _keys_of(self, names: list[str]) -> list[str]:
        keys: list[str] = []
        for name in names:
            if name not in self._keys:
                self._keys[name] = self._connections.ask_json(Request("GET", f"/v1/features/{quote(name, safe='')}"))[
                    "keys"
                ]
            keys += [each for each in self._keys[name] if each not in keys]
        return keys


class AsyncClient:
    """The same for asyncio: each call waits in a thread of its own, and the loop goes on."""

    def __init__(
        self, url: str | None = None, *, token: str | None = None, timeout: float = 30.0, ca_file: str | None = None
    ) -> None:
        self._client = Client(url, token=token, timeout=timeout, ca_file=ca_file)

    @property
    def url(self) -> str:
        return self._client.url

    async def close(self) -> None:
        self._client.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def read(self, features: str | Iterable[str], entities: Any, *, as_of: Any = None) -> Any:
        return await asyncio.to_thread(self._client.read, features, entities, as_of=as_of)

    async def push(self, source: str, events: Any, *, key: str | None = None) -> Pushed:
        return await asyncio.to_thread(self._client.push, source, events, key=key)

    async def explain(self, feature: str, entity: Mapping[str, Any], *, as_of: Any = None) -> dict[str, Any]:
        return await asyncio.to_thread(self._client.explain, feature, entity, as_of=as_of)

    async def features(self) -> list[dict[str, Any]]:
        return await asyncio.to_thread(self._client.features)

    async def sources(self) -> list[dict[str, Any]]:
        return await asyncio.to_thread(self._client.sources)

    async def reload(self) -> dict[str, Any]:
        return await asyncio.to_thread(self._client.reload)

    async def watch(
        self, features: str | Iterable[str], entities: Mapping[str, Any] | Iterable[Mapping[str, Any]]
    ) -> AsyncIterator[Change]:
        """As Client.watch(). A thread reads ahead by a few changes; it ends with the iterator, at the next word of the server."""
        loop, ended = asyncio.get_running_loop(), threading.Event()
        changes: asyncio.Queue[Change | BaseException] = asyncio.Queue(maxsize=16)

        def pump() -> None:
            try:
                for change in self._client.watch(features, entities):
                    asyncio.run_coroutine_threadsafe(changes.put(change), loop).result()
                    if ended.is_set():
                        return
            except BaseException as error:  # noqa: BLE001 - handed over, whatever it is
                if not ended.is_set():
                    asyncio.run_coroutine_threadsafe(changes.put(error), loop)

        threading.Thread(target=pump, daemon=True, name="headrace watch").start()
        try:
            while True:
                change = await changes.get()
                if isinstance(change, BaseException):
                    raise change
                yield change
        finally:
            ended.set()
            while not changes.empty():
                changes.get_nowait()


def _names(features: str | Iterable[str]) -> list[str]:
    names = [features] if isinstance(features, str) else list(features)
    if not names:
        raise UsageError("no feature is asked for", "name one, or a list of them")
    return names


def _time_text(value: Any) -> str:
    return (_EPOCH + timedelta(microseconds=time_us(value))).isoformat().replace("+00:00", "Z")


def _json_text(value: Any) -> Any:
    if isinstance(value, (datetime, date)):
        return _time_text(value)
    if hasattr(value, "item"):  # numpy's numbers
        return value.item()
    raise UsageError(f"{value!r} is no value of JSON", "give texts, numbers, truths, times or None")


def _read_request(names: list[str], rows: list[dict[str, Any]], as_of: Any, accepted: str) -> Request:
    asked: dict[str, Any] = {"features": names, "entities": rows}
    if as_of is not None:
        asked["as_of"] = _time_text(as_of)
    body = json.dumps(asked, default=_json_text).encode()
    return Request("POST", "/v1/features:read", body, {"Content-Type": "application/json", "Accept": accepted})


def _watch_request(names: list[str], entities: Mapping[str, Any] | Iterable[Mapping[str, Any]]) -> Request:
    query = [("feature", name) for name in names]
    for entity in [entities] if isinstance(entities, Mapping) else entities:
        query += [("key", f"{name}={key_text(value)}") for name, value in entity.items()]
    return Request("GET", f"/v1/watch?{urlencode(query)}")


def _key_rows(table: pa.Table, keys: list[str]) -> list[dict[str, Any]]:
    missing = [key for key in keys if key not in table.column_names]
    if missing:
        raise UsageError(f"the entities have no column `{missing[0]}`", f"the keys are {', '.join(keys)}")
    return cast("list[dict[str, Any]]", table.select(keys).to_pylist())


def _arrow_bytes(table: pa.Table) -> bytes:
    out = pa.BufferOutputStream()
    with pa.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table)
    return cast("bytes", out.getvalue().to_pybytes())


def _changes(answer: Iterable[bytes]) -> Generator[Change, None, dict[str, Any] | None]:
    """The changes of a stream of events; gives the reason that it ends with, None for none."""
    name = ""
    for line in answer:
        text = line.decode().rstrip("\n")
        if text.startswith("event: "):
            name = text[7:]
        if not text.startswith("data: "):
            continue
        data = json.loads(text[6:])
        if name == "end":
            return cast("dict[str, Any]", data)
        yield Change(data["as_of"], data["entity"], {each["feature"]: each["value"] for each in data["values"]})
    return None
