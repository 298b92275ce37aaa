"""Reads sources from Kafka and Pub/Sub: messages are JSON objects, one for each event.

Arrival is the partition and the offset (Kafka) or the source's own column. A message that does not fit its types stops the
job.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

import apache_beam as beam
from apache_beam.transforms.window import TimestampedValue
from apache_beam.utils.timestamp import Timestamp

from headrace_runtime.cells import from_json, object_of
from headrace_runtime.histories import Key, Source
from headrace_runtime.messages import Message

PUBSUB_LANES = 16


def to_message(source: Source, text: bytes, lane: str, number: int) -> Message:
    """An event of a source from a JSON object."""
    names = [*source.key, source.event_time, *([source.arrival] if source.arrival else [])]
    try:
        record = object_of(text, [*names, *(name for name, _ in source.columns)])
    except ValueError as error:
        raise ValueError(f"{source.name}: a message {error}") from None
    key = Key(from_json(record.get(name), kind, None) for name, kind in zip(source.key, source.key_types, strict=True))
    time = from_json(record.get(source.event_time), "timestamp", source.unit)
    if time is None or None in key:
        raise ValueError(f"{source.name}: a message has no key or no time")
    arrival = (lane, number)
    if source.arrival:
        number = from_json(record.get(source.arrival), "int64", None)
        if number is None:
            raise ValueError(f"{source.name}: a message has no `{source.arrival}`")
        arrival = ("", number)
    values = {name: from_json(record.get(name), kind, source.unit) for name, kind in source.columns}
    return Message(source.name, lane, key, time, arrival, values)


class ParseMessages(beam.DoFn):
    """Events with their own times as Beam's timestamps.

    A partition is a lane. Pub/Sub has none: its messages are dealt at random, so that each lane sees a sample of all keys.
    """

    def __init__(self, source: Source) -> None:
        self.source = source

    def process(self, element: Any) -> Iterator[TimestampedValue]:
        if isinstance(element, bytes):
            message = to_message(self.source, element, f"{zlib.crc32(element) % PUBSUB_LANES:02d}", 0)
        else:  # a Kafka record with its metadata
            message = to_message(self.source, element.value, f"{element.partition:08d}", element.offset)
        yield TimestampedValue(message, Timestamp(micros=message.time))


class ReadStream(beam.PTransform):
    """All events of a source, unbounded."""

    def __init__(self, source: Source, expansion_service: str | None, pubsub_time_attribute: str | None) -> None:
        super().__init__()
        self.source, self.expansion_service = source, expansion_service
        self.pubsub_time_attribute = pubsub_time_attribute

    def expand(self, begin: Any) -> Any:
        name, options = self.source.name, dict(self.source.stream)
        kind = options.get("kind")
        if kind == "kafka":
            from apache_beam.io.kafka import ReadFromKafka

            config = {"bootstrap.servers": options["brokers"], "auto.offset.reset": "earliest"}
            if "group" in options:
                config["group.id"] = options["group"]
            read: Any = ReadFromKafka(
                consumer_config=config,
                topics=[options["topic"]],
                with_metadata=True,
                timestamp_policy=ReadFromKafka.create_time_policy,
                expansion_service=self.expansion_service,
            )
        elif kind == "pubsub":
            from apache_beam.io.gcp.pubsub import ReadFromPubSub

            subscription = options["subscription"]
            if "/" not in subscription:
                subscription = f"projects/{options['project']}/subscriptions/{subscription}"
            read = ReadFromPubSub(subscription=subscription, timestamp_attribute=self.pubsub_time_attribute)
        else:
            raise ValueError(f"source `{name}` has no Kafka or Pub/Sub stream")
        return (
            begin
            | f"{name}: messages" >> read
            | f"{name}: parse" >> beam.ParDo(ParseMessages(self.source)).with_output_types(Message)
        )
