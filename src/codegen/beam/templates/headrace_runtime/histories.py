"""Steps of a pipeline over histories: all that is known of one key, sorted, so that no order of delivery matters."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import apache_beam as beam
from apache_beam import coders
from apache_beam.metrics import Metrics

from headrace_runtime.aggregates import Aggregation
from headrace_runtime.windows import Event, Series, Window, values_at

INSTANTS = "(instants)"  # where the results are asked; stands beside the names of sources


class Key(tuple[Any, ...]):
    """The values of an entity's key columns."""


class KeyCoder(coders.Coder):
    """A JSON array: equal keys have equal bytes."""

    def encode(self, value: Key) -> bytes:
        return json.dumps(list(value), ensure_ascii=False, separators=(",", ":")).encode()

    def decode(self, encoded: bytes) -> Key:
        return Key(json.loads(encoded))

    def is_deterministic(self) -> bool:
        return True


def array_of_event(event: Event) -> list[Any]:
    return [event.time, *event.arrival, event.source, *event.values]


def event_of_array(array: list[Any]) -> Event:
    time, place, number, source, *values = array
    return Event(time, (place, number), source, tuple(values))


class EventCoder(coders.Coder):
    """A JSON array [time, file, row, source, values..]; Python writes doubles so that they read back to the same bits."""

    def encode(self, value: Event) -> bytes:
        return json.dumps(array_of_event(value), ensure_ascii=False, separators=(",", ":")).encode()

    def decode(self, encoded: bytes) -> Event:
        return event_of_array(json.loads(encoded))

    def is_deterministic(self) -> bool:
        return True


@dataclass(frozen=True)
class Formula:
    """A function of the pipeline, and where its arguments come from: the time if it takes it, columns, features."""

    function: Callable[..., Any]
    columns: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    takes_time: bool = False


@dataclass(frozen=True)
class Source:
    """A stream of events as the pipeline reads it. `key_types` are None where the data decides."""

    name: str
    key: tuple[str, ...]
    key_types: tuple[str | None, ...]
    event_time: str
    unit: str | None
    arrival: str | None
    columns: tuple[tuple[str, str], ...]  # of type "id": text, or an integer as text
    format: str
    path: str
    allowed_lateness: int = 0
    # Rows of one key, one time and one id are one event; the last of them counts, or the first, unless it is deleted.
    id: str | None = None
    duplicates: str = "last"
    deleted: str | None = None
    stream: tuple[tuple[str, str], ...] = ()  # kind, topic, brokers, ...

    def index_of(self, column: str) -> int:
        return [name for name, _ in self.columns].index(column)


@dataclass(frozen=True)
class History:
    """Everything about one key. Immutable: each step gives a new one that shares the old one's parts."""

    key: Key
    events: dict[str, list[Event]]  # of each source, in order of (time, arrival)
    instants: list[Event]  # where results are asked, in order of time
    series: dict[str, Series] = field(default_factory=dict)
    values: dict[str, dict[int, Any]] = field(default_factory=dict)  # of each feature, by time

    def times(self, places: Iterable[str]) -> list[int]:
        """The distinct times of events of some sources, or of INSTANTS, rising."""
        found: set[int] = set()
        for place in places:
            found.update(event.time for event in (self.instants if place == INSTANTS else self.events.get(place, ())))
        return sorted(found)


class HistoryCoder(coders.Coder):
    """A JSON array [key, events of sources, instants, series, values]; a feature's values are [[times..], [values..]].

    Runners put the steps of an entity into one stage, where histories are handed on as they are; this is for those that
    don't.
    """

    def encode(self, value: History) -> bytes:
        array = [
            list(value.key),
            {source: [array_of_event(event) for event in events] for source, events in value.events.items()},
            [array_of_event(instant) for instant in value.instants],
            {name: [s.row_times, s.before, s.times, s.values] for name, s in value.series.items()},
            {feature: [list(by_time), list(by_time.values())] for feature, by_time in value.values.items()},
        ]
        return json.dumps(array, ensure_ascii=False, separators=(",", ":")).encode()

    def decode(self, encoded: bytes) -> History:
        key, events, instants, series, values = json.loads(encoded)
        return History(
            Key(key),
            {source: [event_of_array(each) for each in arrays] for source, arrays in events.items()},
            [event_of_array(each) for each in instants],
            {name: Series(*columns) for name, columns in series.items()},
            {feature: dict(zip(*columns, strict=True)) for feature, columns in values.items()},
        )

    def is_deterministic(self) -> bool:
        return True


coders.registry.register_coder(Key, KeyCoder)
coders.registry.register_coder(Event, EventCoder)
coders.registry.register_coder(History, HistoryCoder)


def that_count(events: list[Event], source: Source) -> list[Event]:
    """Of the rows of one event, the one that counts. REQUIRES: rows of one key, in order of (time, arrival)."""
    if source.id is None:
        return events
    place = source.index_of(source.id)
    kept: dict[Any, Event] = {}
    for number, event in enumerate(events):
        given = event.values[place]
        identity = number if given is None else (event.time, str(given))
        if source.duplicates == "first":
            kept.setdefault(identity, event)
        else:
            kept.pop(identity, None)  # the event stands where its last row arrived
            kept[identity] = event
    if source.deleted is None:
        return list(kept.values())
    place = source.index_of(source.deleted)
    return [event for event in kept.values() if event.values[place] is not True]


def by_source(events: Iterable[Event], sources: Mapping[str, Source]) -> dict[str, list[Event]]:
    """The events of each source in order of (time, arrival), each once."""
    out: dict[str, list[Event]] = {}
    for event in events:
        out.setdefault(event.source, []).append(event)
    for name, of_source in out.items():
        of_source.sort(key=lambda event: (event.time, event.arrival))
        if name in sources:
            out[name] = that_count(of_source, sources[name])
    return out


class MakeHistory(beam.DoFn):
    """Sorts what has been grouped by key. `driving`: take the distinct times of these sources as instants.

    With `every`, which needs `end`: those multiples of it since the epoch that lie at or after the first of these times.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        driving: tuple[str, ...] | None,
        start: int | None,
        end: int | None,
        every: int | None = None,
    ) -> None:
        self.sources = {source.name: source for source in sources}
        self.driving, self.start, self.end, self.every = driving, start, end, every
        self.events = Metrics.counter("headrace", "events")
        self.events_a_key = Metrics.distribution("headrace", "events_a_key")

    def process(self, element: tuple[Key, Iterable[Event]]) -> Iterator[History]:
        key, events = element
        sources = by_source(events, self.sources)
        count = sum(len(sources.get(name, ())) for name in self.sources)
        self.events.inc(count)
        self.events_a_key.update(count)
        history = History(key, sources, sources.pop(INSTANTS, []))
        if self.driving is not None:
            times = [t for t in self._times(history.times(self.driving)) if self._is_wanted(t)]
            instants = [Event(t, ("", 0), INSTANTS, (t,)) for t in times]
            history = dataclasses.replace(history, instants=instants)
        yield history

    def _times(self, driving: list[int]) -> Iterable[int]:
        if self.every is None or self.end is None or not driving:
            return driving
        first = max(driving[0], driving[0] if self.start is None else self.start)
        return range(-(-first // self.every) * self.every, self.end, self.every)

    def _is_wanted(self, time: int) -> bool:
        return (self.start is None or self.start <= time) and (self.end is None or time < self.end)


def arguments_of(
    formula: Formula, source: Source | None, history: History
) -> Callable[[int, tuple[Any, ...]], list[Any]]:
    """From a time and the values of an event to the arguments of the formula."""
    indices = [source.index_of(column) for column in formula.columns] if source else []
    features = [history.values[feature] for feature in formula.features]

    def arguments(time: int, values: tuple[Any, ...]) -> list[Any]:
        out = [time] if formula.takes_time else []
        out += [values[index] for index in indices]
        return out + [feature[time] for feature in features]

    return arguments


class Step(beam.DoFn):
    """Adds something to histories. Alone it is a step of a pipeline; `Together` makes one of many."""

    def process(self, history: History) -> Iterator[History]:
        out = dataclasses.replace(history, series=dict(history.series), values=dict(history.values))
        self.add(out)
        yield out

    def add(self, history: History) -> None:
        """To a history whose `series` and `values` nothing else shares."""
        raise NotImplementedError


class AddSeries(Step):
    """Evaluates formulas at each event of a source that passes the filter.

    No formula: the events themselves count. Two: pairs, where one null makes the pair null.
    """

    def __init__(self, name: str, source: Source, formulas: tuple[Formula, ...], where: Formula | None) -> None:
        self.name, self.source, self.formulas, self.where = name, source, formulas, where

    def add(self, history: History) -> None:
        history.series[self.name] = Series.of(self._rows(history))

    def _rows(self, history: History) -> Iterator[tuple[int, Any]]:
        test = self.where and arguments_of(self.where, self.source, history)
        parts = [(formula.function, arguments_of(formula, self.source, history)) for formula in self.formulas]
        for event in history.events.get(self.source.name, ()):
            if self.where and test and self.where.function(*test(event.time, event.values)) is not True:
                continue
            values = [function(*arguments(event.time, event.values)) for function, arguments in parts]
            if len(values) == 1:
                yield event.time, values[0]
            else:
                yield event.time, None if None in values else tuple(values)


class AddAggregate(Step):
    """Slides a window over a series and adds the values of a feature."""

    def __init__(
        self, name: str, series: str, window: Window, aggregation: Aggregation, times: tuple[str, ...], default: Any
    ) -> None:
        self.name, self.series, self.window, self.aggregation = name, series, window, aggregation
        self.places, self.default = times, default

    def add(self, history: History) -> None:
        times = history.times(self.places)
        values = values_at(history.series[self.series], self.window, self.aggregation, times)
        given = (self.default if value is None else value for value in values)
        history.values[self.name] = dict(zip(times, given, strict=True))


class AddDerived(Step):
    """Adds a feature that is a formula over features at the same instant."""

    def __init__(self, name: str, formula: Formula, times: tuple[str, ...], default: Any) -> None:
        self.name, self.formula, self.places, self.default = name, formula, times, default

    def add(self, history: History) -> None:
        arguments = arguments_of(self.formula, None, history)
        values = {}
        for time in history.times(self.places):
            value = self.formula.function(*arguments(time, ()))
            values[time] = self.default if value is None else value
        history.values[self.name] = values


class Together(Step):
    """Several steps, one after the other: however many there are, a runner sees one, and no call is within another."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self.steps = tuple(steps)

    def add(self, history: History) -> None:
        for step in self.steps:
            step.add(history)


class Found:
    """Stands for the histories of a pipeline, and finds the steps that they would go through."""

    def __init__(self) -> None:
        self.steps: list[Step] = []

    def __or__(self, transform: Any) -> Found:
        self.steps.append(transform.transform.fn)  # a ParDo with a label
        return self


class Steps:
    """The steps of one feature. Labels are `FEATURE: values`, `FEATURE: window` and `FEATURE: formula`, and stay."""

    @staticmethod
    def values(
        histories: Any, name: str, source: Source, formulas: tuple[Formula, ...] = (), where: Formula | None = None
    ) -> Any:
        step = beam.ParDo(AddSeries(name, source, formulas, where)).with_output_types(History)
        return histories | f"{name}: values" >> step

    @staticmethod
    def window(
        histories: Any,
        name: str,
        *,
        series: str,
        window: Window,
        aggregation: Aggregation,
        times: tuple[str, ...],
        default: Any = None,
    ) -> Any:
        step = AddAggregate(name, series, window, aggregation, times, default)
        return histories | f"{name}: window" >> beam.ParDo(step).with_output_types(History)

    @staticmethod
    def formula(histories: Any, name: str, formula: Formula, *, times: tuple[str, ...], default: Any = None) -> Any:
        step = AddDerived(name, formula, times, default)
        return histories | f"{name}: formula" >> beam.ParDo(step).with_output_types(History)

    @staticmethod
    def together(histories: Any, features: Iterable[beam.PTransform]) -> Any:
        """All steps of some features, in their order, as one, whose label does not depend on what features there are."""
        found = Found()
        for feature in features:
            feature.expand(found)
        return histories | "together" >> beam.ParDo(Together(found.steps)).with_output_types(History)
