"""Where a stream's rows and late events go: Redis, Kafka, BigQuery, any of them together."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

import apache_beam as beam

from headrace_runtime.big_query import StreamIntoTable, is_table
from headrace_runtime.histories import Source
from headrace_runtime.redis_store import WriteRedis
from headrace_runtime.row_records import LateRecords, RowRecords

KAFKA_CONFIG = {"acks": "all", "enable.idempotence": "true"}


def add_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("sinks of --mode stream, at least one")
    group.add_argument("--redis", metavar="HOST:PORT", help="Feast's layout; a row never replaces a newer one")
    group.add_argument("--redis_project", help="Feast's project; default: this project's name")
    group.add_argument("--redis_view", help="Feast's feature view; default: the entity's name")
    group.add_argument("--redis_ttl_s", type=int, help="seconds after which an entity without rows is forgotten")
    group.add_argument("--kafka", metavar="BROKERS/TOPIC", help="records with keys, for a compacted topic")
    group.add_argument("--bigquery", metavar="bigquery://PROJECT.DATASET", help="a table ENTITY_stream for each entity")
    group.add_argument(
        "--late", metavar="BROKERS/TOPIC", help="where events go that came too late; else they are counted"
    )
    parser.add_argument("--expansion_service", help="stream: HOST:PORT of the service that expands Kafka's transforms")


def check_options(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    if options.mode == "stream" and not (options.redis or options.kafka or options.bigquery):
        parser.error("--mode stream needs a sink: --redis, --kafka or --bigquery")
    for name in ("kafka", "late"):
        brokers, slash, topic = (getattr(options, name) or "b/t").rpartition("/")
        if not (brokers and slash and topic):
            parser.error(f"--{name} is BROKERS/TOPIC, for example localhost:9092/features")
    if options.bigquery and not is_table(options.bigquery, parts=2):
        parser.error("--bigquery is bigquery://PROJECT.DATASET")


def write_to_kafka(target: str, expansion_service: str | None) -> Any:
    from apache_beam.io.kafka import WriteToKafka

    brokers, _, topic = target.rpartition("/")
    config = {"bootstrap.servers": brokers, **KAFKA_CONFIG}
    return WriteToKafka(producer_config=config, topic=topic, expansion_service=expansion_service)


class WriteRows(beam.PTransform):
    """Sends the rows and the late events of one entity to the sinks that the options name.

    Labels are `ENTITY: redis`, `ENTITY: kafka`, ..., and stay.
    """

    def __init__(
        self,
        options: argparse.Namespace,
        project: str,
        entity: str,
        key: Sequence[tuple[str, str | None]],
        features: Sequence[tuple[str, str]],
        versions: Mapping[str, str],
        sources: Sequence[Source],
    ) -> None:
        super().__init__()
        self.options, self.project, self.entity = options, project, entity
        self.key, self.features, self.versions, self.sources = key, features, versions, sources

    def expand(self, streams: Any) -> Any:
        options, entity, names = self.options, self.entity, [name for name, _ in self.key]
        rows, late = streams
        if options.redis:
            feast = options.redis_project or self.project
            view = options.redis_view or entity
            redis = WriteRedis(options.redis, feast, view, names, self.features, options.redis_ttl_s)
            _ = rows | f"{entity}: redis" >> beam.ParDo(redis)
        if options.kafka:
            records = RowRecords(self.project, entity, names, self.features, self.versions)
            _ = (
                rows
                | f"{entity}: records" >> beam.ParDo(records).with_output_types(tuple[bytes, bytes])
                | f"{entity}: kafka" >> write_to_kafka(options.kafka, options.expansion_service)
            )
        if options.bigquery:
            table = f"{options.bigquery}.{entity}_stream"
            _ = rows | f"{entity}: bigquery" >> StreamIntoTable(table, self.key, self.features, self.versions)
        if options.late:
            late_records = LateRecords(self.project, entity, names, self.sources)
            _ = (
                late
                | f"{entity}: late records" >> beam.ParDo(late_records).with_output_types(tuple[bytes, bytes])
                | f"{entity}: late" >> write_to_kafka(options.late, options.expansion_service)
            )
        return rows
