"""From an offline store into a warehouse: the command line that its loaders share, which days, and what became of them."""

from __future__ import annotations

import abc
import argparse
import datetime as dt
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from offline_store import DATA, ENVIRONMENT, Day, LoadError, Store, Table, generated_tables


@dataclass(frozen=True)
class Outcome:
    """What became of a day. `is_fine` is false when the table does not hold what the manifest says."""

    table: Table
    day: Day
    text: str
    is_fine: bool = True


class Warehouse(abc.ABC):
    """The tables that are loaded, and the log of what they hold."""

    @abc.abstractmethod
    def create_tables(self) -> None:
        """Makes those of offline_tables.sql that are not there."""

    @abc.abstractmethod
    def columns(self, table: Table) -> list[str]:
        """Those that the table has."""

    @abc.abstractmethod
    def held(self, table: Table) -> dict[dt.date, tuple[str, int]]:
        """The run and the number of rows of each day that the table holds."""

    @abc.abstractmethod
    def load(self, table: Table, store: Store, days: Sequence[Day]) -> Iterator[str]:
        """Replaces days. Says of each, in their order, what went wrong; nothing where it was loaded. A day that fails does
        not hold up the others."""


def make_parser(description: str, store: str) -> argparse.ArgumentParser:
    """The options that all loaders have; `store` says what may be named there."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--store", required=True, help=store)
    parser.add_argument("--entity", action="append", default=[], help="load its table only; may be repeated")
    parser.add_argument("--start", type=dt.date.fromisoformat, help="the first day, 2024-01-31")
    parser.add_argument("--end", type=dt.date.fromisoformat, help="the day after the last one")
    for earlier, name in (("--from", "start"), ("--to", "end")):
        parser.add_argument(earlier, dest=name, type=dt.date.fromisoformat, help=argparse.SUPPRESS)
    parser.add_argument("--reload", action="store_true", help="also days that the tables hold already")
    return parser


Connect = Callable[[argparse.Namespace, str], AbstractContextManager[Warehouse]]


def run(name: str, connect: Connect, arguments: argparse.Namespace, unreachable: tuple[type[Exception], ...]) -> int:
    """Loads what the command line asks for, and gives the exit code. `connect` gets the name of the log's table."""
    try:
        tables, log = generated_tables(arguments.entity)
        store = Store(arguments.store)
        days = {table.name: store.days(table, arguments.start, arguments.end) for table in tables}
        outcomes = []
        with connect(arguments, log) as warehouse:
            warehouse.create_tables()
            for table in tables:
                outcomes += load_table(warehouse, table, store, days[table.name], arguments.reload)
        print_outcomes(outcomes)
        return 0 if all(outcome.is_fine for outcome in outcomes) else DATA
    except LoadError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except unreachable as error:
        print(f"error: {name}: {error}", file=sys.stderr)
        return ENVIRONMENT


def load_table(warehouse: Warehouse, table: Table, store: Store, days: list[Day], reload: bool) -> list[Outcome]:
    """Loads the days that the table does not hold with the rows of the same run."""
    check_columns(table, warehouse.columns(table))
    held = {} if reload else warehouse.held(table)
    wanted = [day for day in days if held.get(day.day) != (day.run, day.rows)]
    store.check_files(wanted)
    problems = dict(zip(wanted, warehouse.load(table, store, wanted), strict=True))
    store.check_unchanged()
    return [outcome_of(table, day, problems.get(day)) for day in days]


def outcome_of(table: Table, day: Day, problem: str | None) -> Outcome:
    """`problem`: None for a day that was not to be loaded, empty for one that was."""
    if problem:
        return Outcome(table, day, f"failed: {problem}", is_fine=False)
    return Outcome(table, day, "there already" if problem is None else "loaded")


def check_columns(table: Table, held: Sequence[str]) -> None:
    """Raises where the table in the warehouse was made for other features: what it lacks would be lost in silence."""
    wanted = {name.lower() for name in table.columns} | {"event_time"}
    if differences := sorted(wanted ^ {name.lower() for name in held}):
        raise LoadError(
            f"the columns of {table.name} are not those that it was generated with: {', '.join(differences)}; "
            f"drop {table.name} and load all days again"
        )


def print_outcomes(outcomes: Sequence[Outcome]) -> None:
    """A line for each day, and a line for each table."""
    rows = [("table", "day", "rows", "")]
    rows += [(each.table.name, each.day.day.isoformat(), f"{each.day.rows:,}", each.text) for each in outcomes]
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    for table, day, count, text in rows:
        print(f"{table:<{widths[0]}}  {day:<{widths[1]}}  {count:>{widths[2]}}  {text}".rstrip())
    for name in sorted({each.table.name for each in outcomes}):
        mine = [each for each in outcomes if each.table.name == name]
        fine = [each.day.rows for each in mine if each.is_fine]
        print(f"{name}: {len(fine)} of {len(mine)} days are as in the store, {sum(fine):,} rows")
