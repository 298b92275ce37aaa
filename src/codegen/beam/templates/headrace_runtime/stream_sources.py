"""Reads sources from Kafka and Pub/Sub: messages are JSON objects, one for each event.

Arrival is the partition and the offset (Kafka) or the source's own column. A message that does not fit its types stops the
job.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import apache_beam as beam
from apache_beam.transforms.window import TimestampedValue
from apache_beam.utils.timestamp import Timestamp

from headrace_runtime.cells import from_json, object_of
from headrace_runtime.histories import Key, Source
from headrace_runtime.windows import Event


def to_event(source: Source, message: bytes, arrival: tuple[str, int]) -> tuple[Key, Event]:
    """The key and the event of a message."""
    names = [*source.key, source.event_time, *([source.arrival] if source.arrival else [])]
    try:
        record = object_of(message, [*names, *(name for name, _ in source.columns)])
    except ValueError as error:
        raise ValueError(f"{source.name}: a message {error}") from None
    key = Key(from_json(record.get(name), kind, None) for name, kind in zip(source.key, source.key_types, strict=True))
    time = from_json(record.get(source.event_time), "timestamp", source.unit)
    if time is None or None in key:
        raise ValueError(f"{source.name}: a message has no key or no time")
    if source.arrival:
        number = from_json(record.get(source.arrival), "int64", None)
        if number is None:
            raise ValueError(f"{source.name}: a message has no `{source.arrival}`")
        arrival = ("", number)
    values = tuple(from_json(record.get(name), kind, source.unit) for name, kind in source.columns)
    return key, Event(time, arrival, source.name, values)


class ParseMessages(beam.DoFn):
    """Events with their own times as Beam's timestamps."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def process(self, element: Any) -> Iterator[TimestampedValue]:
        if isinstance(element, bytes):
            event = to_event(self.source, element, ("", 0))
        else:  # a Kafka record with its metadata
            event = to_event(self.source, element.value, (f"{element.partition:08d}", element.offset))
        yield TimestampedValue(event, Timestamp(micros=event[1].time))


class ReadStream(beam.PTransform):
    """All events of a source as (key, event), unbounded."""

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
            | f"{name}: parse" >> beam.ParDo(ParseMessages(self.source)).with_output_types(tuple[Key, Event])
        )
