"""Reads sources from Kafka and Pub/Sub: messages are JSON objects, one for each event.

Arrival is the partition and the offset (Kafka) or the source's own column. A message that does not fit its types stops the
job, or goes elsewhere and is counted (bad_messages.py).
"""

from __future__ import annotations

import argparse
import json
import re
import zlib
from collections.abc import Iterator
from typing import Any

import apache_beam as beam
from apache_beam.metrics import Metrics
from apache_beam.transforms.window import TimestampedValue
from apache_beam.utils.timestamp import Timestamp

from headrace_runtime.bad_messages import BAD, bad_record, place_of
from headrace_runtime.brokers import consumer_config, write_to_kafka
from headrace_runtime.cells import from_json, object_of
from headrace_runtime.histories import Key, Source
from headrace_runtime.lateness import typed
from headrace_runtime.messages import Message

PUBSUB_LANES = 16
SUBSCRIPTION = re.compile(r"projects/[^/]+/subscriptions/[^/]+")


def to_message(source: Source, text: bytes | None, lane: str, number: int) -> Message:
    """An event of a source from a JSON object."""
    if text is None:
        raise ValueError("a message has no value: it is a tombstone")
    names = [*source.key, source.event_time, *([source.arrival] if source.arrival else [])]
    try:
        record = object_of(text, [*names, *(name for name, _ in source.columns)])
    except RecursionError:
        raise ValueError("a message is nested too deeply") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"a message is not JSON: {error}") from None
    except ValueError as error:
        raise ValueError(f"a message {error}") from None

    def value(name: str, kind: str | None, unit: str | None = None) -> Any:
        try:
            out = from_json(record.get(name), kind, unit)
            if isinstance(out, str):
                out.encode()  # Half of a surrogate pair is no text, and no coder takes it.
            return out
        except (ValueError, OverflowError) as error:
            raise ValueError(f"column `{name}`: {error}") from None

    key = Key(value(name, kind) for name, kind in zip(source.key, source.key_types, strict=True))
    time = value(source.event_time, "timestamp", source.unit)
    if time is None or None in key:
        absent = source.event_time if time is None else source.key[key.index(None)]
        raise ValueError(f"a message has no key or no time: `{absent}` is null")
    arrival = (lane, number)
    if source.arrival:
        number = value(source.arrival, "int64")
        if number is None:
            raise ValueError(f"a message has no `{source.arrival}`")
        arrival = ("", number)
    values = {name: value(name, kind, source.unit) for name, kind in source.columns}
    return Message(source.name, lane, key, time, arrival, values)


class ParseMessages(beam.DoFn):
    """Events with their own times as Beam's timestamps.

    A partition is a lane. Pub/Sub has none: its messages are dealt at random, so that each lane sees a sample of all keys.

    What cannot be read stops the job, or with `keeps_bad` is a record (bytes, bytes) under BAD.
    """

    def __init__(self, source: Source, project: str = "", keeps_bad: bool = False) -> None:
        self.source, self.project, self.keeps_bad = source, project, keeps_bad
        self.bad_messages = Metrics.counter("headrace", "bad_messages")

    def process(self, element: Any) -> Iterator[Any]:
        try:
            yield self.parse(element)
        except ValueError as error:
            if not self.keeps_bad:
                raise ValueError(f"{place_of(self.source.name, element)}: {error}") from None
            self.bad_messages.inc()
            yield beam.pvalue.TaggedOutput(BAD, bad_record(self.project, self.source.name, element, str(error)))

    def parse(self, element: Any) -> TimestampedValue:
        if isinstance(element, bytes):
            message = to_message(self.source, element, f"{zlib.crc32(element) % PUBSUB_LANES:02d}", 0)
        else:  # a Kafka record with its metadata
            message = to_message(self.source, element.value, f"{element.partition:08d}", element.offset)
        return TimestampedValue(message, Timestamp(micros=message.time))


class ReadStream(beam.PTransform):
    """All events of a source, unbounded."""

    def __init__(self, source: Source, options: argparse.Namespace, project: str) -> None:
        super().__init__()
        self.source, self.options, self.project = source, options, project

    def expand(self, begin: Any) -> Any:
        name, target, service = self.source.name, self.options.bad_messages, self.options.expansion_service
        parse = beam.ParDo(ParseMessages(self.source, self.project, keeps_bad=target is not None))
        messages = begin | f"{name}: messages" >> self._read()
        if target is None:
            return messages | f"{name}: parse" >> parse.with_output_types(Message)
        parsed = messages | f"{name}: parse" >> parse.with_outputs(BAD, main="events")
        bad = typed(parsed[BAD], tuple[bytes, bytes])
        _ = bad | f"{name}: bad messages" >> write_to_kafka(target, self.options.kafka_settings, service)
        return typed(parsed["events"], Message)

    def _read(self) -> Any:
        name, options = self.source.name, dict(self.source.stream)
        kind = options.get("kind")
        if kind == "kafka":
            from apache_beam.io.kafka import ReadFromKafka

            settings = self.options.kafka_settings
            return ReadFromKafka(
                consumer_config=consumer_config(options["brokers"], options.get("group"), settings),
                topics=[options["topic"]],
                with_metadata=True,
                timestamp_policy=ReadFromKafka.create_time_policy,
                expansion_service=self.options.expansion_service,
            )
        if kind == "pubsub":
            from apache_beam.io.gcp.pubsub import ReadFromPubSub

            attribute = self.options.pubsub_time_attribute
            return ReadFromPubSub(subscription=subscription_of(self.source), timestamp_attribute=attribute)
        raise ValueError(f"source `{name}` has no Kafka or Pub/Sub stream")


def subscription_of(source: Source) -> str:
    """The full path of a subscription of Pub/Sub."""
    options = dict(source.stream)
    subscription, project = options["subscription"], options.get("project")
    if SUBSCRIPTION.fullmatch(subscription):
        return subscription
    if project is None or "/" in subscription:
        raise ValueError(
            f"source `{source.name}`: `{subscription}` is no path of a subscription: say `project` beside the name alone,"
            " or projects/PROJECT/subscriptions/NAME"
        )
    return f"projects/{project}/subscriptions/{subscription}"
