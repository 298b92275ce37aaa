"""Where a stream's rows and late events go: Redis, Kafka, BigQuery, any of them together."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import apache_beam as beam
from apache_beam.io.filesystem import BeamIOError
from apache_beam.io.filesystems import FileSystems

from headrace_runtime.big_query import LateIntoTable, StreamIntoTable, is_table
from headrace_runtime.brokers import is_topic, settings_of_file, write_to_kafka
from headrace_runtime.histories import Source
from headrace_runtime.redis_store import WriteRedis, feast_project, server_of
from headrace_runtime.row_records import LateRecords, RowRecords


def add_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("sinks of --mode stream, at least one")
    group.add_argument(
        "--redis",
        metavar="HOST:PORT",
        help="Feast's layout; a row never replaces a newer one; rediss://HOST:PORT is TLS",
    )
    group.add_argument("--redis_user", help="Redis's user; default: its default one")
    group.add_argument(
        "--redis_password_file", metavar="FILE", help="holds the password, read where the job is started"
    )
    group.add_argument("--redis_project", help="Feast's project; default: as `generate feast` names it")
    group.add_argument("--redis_view", help="Feast's feature view; default: the entity's name")
    group.add_argument("--redis_ttl_s", type=int, help="seconds after which an entity without rows is forgotten")
    group.add_argument("--kafka", metavar="BROKERS/TOPIC", help="records with keys, for a compacted topic")
    group.add_argument("--bigquery", metavar="bigquery://PROJECT.DATASET", help="a table ENTITY_stream for each entity")
    group.add_argument(
        "--late",
        metavar="BROKERS/TOPIC",
        help="where events go that came too late, or bigquery://PROJECT.DATASET; else they are counted",
    )
    group.add_argument(
        "--bad_messages", metavar="BROKERS/TOPIC", help="where messages go that cannot be read; else they stop the job"
    )
    parser.add_argument(
        "--kafka_config", metavar="FILE", help="stream: settings of Kafka's clients, read where the job is started"
    )
    parser.add_argument("--expansion_service", help="stream: HOST:PORT of the service that expands Kafka's transforms")


def check_options(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Refuses what cannot be, and reads the files that options name into `kafka_settings` and `redis_server`."""
    if options.mode == "stream" and not (options.redis or options.kafka or options.bigquery):
        parser.error("--mode stream needs a sink: --redis, --kafka or --bigquery")
    for name in ("kafka", "late", "bad_messages"):
        target = getattr(options, name)
        if target and not is_topic(target) and not (name == "late" and is_table(target, parts=2)):
            other = ", or bigquery://PROJECT.DATASET" if name == "late" else ""
            parser.error(f"--{name} is BROKERS/TOPIC, for example localhost:9092/features{other}")
    if options.bigquery and not is_table(options.bigquery, parts=2):
        parser.error("--bigquery is bigquery://PROJECT.DATASET")
    if options.redis_user and not options.redis_password_file:
        parser.error("--redis_user needs --redis_password_file")
    options.kafka_settings, options.redis_server = {}, None
    with problems_of(parser, "--kafka_config"):
        if options.kafka_config:
            options.kafka_settings = settings_of_file(options.kafka_config)
    password = None
    with problems_of(parser, "--redis_password_file"):
        if options.redis_password_file:
            password = password_of(options.redis_password_file)
    with problems_of(parser, "--redis"):
        if options.redis:
            options.redis_server = server_of(options.redis, options.redis_user, password)


@contextlib.contextmanager
def problems_of(parser: argparse.ArgumentParser, flag: str) -> Iterator[None]:
    """Ends the program like every refusal: 2 for a wrong option, 3 for a file that is not there."""
    try:
        yield
    except (OSError, BeamIOError) as error:
        parser.exit(3, f"pipeline.py: error: {flag}: {error}\n")
    except ValueError as error:
        parser.error(f"{flag}: {error}")


def password_of(path: str) -> str:
    """The first line of a file."""
    with FileSystems.open(path) as file:
        text = file.read().decode("utf-8")
    password = str(text.splitlines()[0]) if text else ""
    if not password:
        raise ValueError(f"{path} has no password in its first line")
    return password


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
        service = options.expansion_service
        rows, late = streams
        if options.redis:
            feast = options.redis_project or feast_project(self.project)
            view = options.redis_view or entity
            redis = WriteRedis(options.redis_server, feast, view, names, self.features, options.redis_ttl_s)
            _ = rows | f"{entity}: redis" >> beam.ParDo(redis)
        if options.kafka:
            records = RowRecords(self.project, entity, names, self.features, self.versions)
            _ = (
                rows
                | f"{entity}: records" >> beam.ParDo(records).with_output_types(tuple[bytes, bytes])
                | f"{entity}: kafka" >> write_to_kafka(options.kafka, options.kafka_settings, service)
            )
        if options.bigquery:
            table = f"{options.bigquery}.{entity}_stream"
            _ = rows | f"{entity}: bigquery" >> StreamIntoTable(table, self.key, self.features, self.versions)
        if options.late:
            late_records = LateRecords(self.project, entity, names, self.sources)
            if is_table(options.late, parts=2):
                table = f"{options.late}.{entity}_late"
                _ = late | f"{entity}: late" >> LateIntoTable(table, self.key, late_records)
            else:
                _ = (
                    late
                    | f"{entity}: late records" >> beam.ParDo(late_records).with_output_types(tuple[bytes, bytes])
                    | f"{entity}: late" >> write_to_kafka(options.late, options.kafka_settings, service)
                )
        return rows
