"""Kafka's clients: how they are configured, and what is written with them.

A file of settings may say how to log in; its text is never repeated in a message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from apache_beam.io.filesystems import FileSystems

PRODUCER = {"acks": "all", "enable.idempotence": "true"}
CONSUMER = {"auto.offset.reset": "earliest"}
OURS = ("bootstrap.servers", "key.serializer", "value.serializer", "key.deserializer", "value.deserializer")
SETTING = re.compile(r"([^\s=:]+)[ \t\f]*[=:][ \t\f]*(.*)", re.DOTALL)
ESCAPED = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}

Settings = Mapping[str, str]


def settings_of_file(path: str) -> dict[str, str]:
    """The settings of a file as Kafka's own tools take it (Java properties)."""
    with FileSystems.open(path) as file:
        text = file.read().decode("utf-8")
    out = {}
    for number, line in logical_lines(text):
        found = SETTING.fullmatch(line)
        if found is None:
            raise ValueError(f"{path}: line {number} is not NAME=VALUE")
        name, value = (ESCAPED.sub(unescaped, part) for part in found.groups())
        if name in OURS:
            raise ValueError(f"{path}: line {number}: `{name}` is the pipeline's own to say")
        out[name] = value
    return out


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines that say something, with their numbers; a backslash at the end of one continues it."""
    began, parts = 0, ""
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.lstrip(" \t\f")
        if not parts and (not line or line[0] in "#!"):
            continue
        began = began if parts else number
        if (len(line) - len(line.rstrip("\\"))) % 2:
            parts += line[:-1]
            continue
        yield began, parts + line
        parts = ""
    if parts:
        yield began, parts


def unescaped(match: re.Match[str]) -> str:
    text = match[1]
    return chr(int(text[1:], 16)) if len(text) == 5 else CONTROLS.get(text, text)


def consumer_config(brokers: str, group: str | None, settings: Settings) -> dict[str, str]:
    return {**CONSUMER, **({"group.id": group} if group else {}), **settings, "bootstrap.servers": brokers}


def producer_config(brokers: str, settings: Settings) -> dict[str, str]:
    return {**PRODUCER, **settings, "bootstrap.servers": brokers}


def is_topic(target: str) -> bool:
    """Whether a target is BROKERS/TOPIC."""
    brokers, slash, topic = target.rpartition("/")
    return bool(brokers and slash and topic) and "://" not in target


def write_to_kafka(target: str, settings: Settings, expansion_service: str | None) -> Any:
    from apache_beam.io.kafka import WriteToKafka

    brokers, _, topic = target.rpartition("/")
    config = producer_config(brokers, settings)
    return WriteToKafka(producer_config=config, topic=topic, expansion_service=expansion_service)
