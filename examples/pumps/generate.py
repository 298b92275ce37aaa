#!/usr/bin/env python3
"""Makes plausible telemetry of a pumping station, the same bytes of data for the same arguments.

    generate.py [--small] [--pumps N] [--days N] [--output DIR]

Writes under DIR (default: the folder of this file):
    data/telemetry/day=YYYY-MM-DD/part-0.parquet   readings by the day of arrival, in order of arrival
    data/maintenance.csv                           jobs of the fitters
    data/air/air-YYYY-MM.ndjson                    air temperature in the pump houses, hourly
    labels.parquet                                 for each pump and day: did it fail within the next seven days?

A pump alternates between runs and rests, wears while it runs, and gets louder, warmer and less efficient with wear. When
it is worn out it fails: an outage of hours without any reading, then an overhaul, and it starts afresh. Now and then a
strainer clogs and costs efficiency until it is cleaned. Single readings get lost, some arrive late, and flow sensors
sometimes give nothing.
"""
import argparse
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

START = int(np.datetime64("2024-01-01T00:00:00", "us").astype(np.int64))
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
UTC = pa.timestamp("us", tz="UTC")


class Pump:
    """One pump's character and, after `live`, its readings, jobs and failures. Times are microseconds of UTC."""

    def __init__(self, number, days):
        self.rng = np.random.default_rng([2024, number])
        self.name = f"p{number}"
        self.end = START + days * DAY
        self.rated_power = self.rng.uniform(35, 90)
        self.best_efficiency = self.rng.uniform(0.74, 0.90)
        self.run_hours = self.rng.uniform(3, 14)
        self.rest_hours = self.rng.uniform(0.7, 4)
        self.wear_days = self.rng.uniform(25, 160)
        self.base_vibration = self.rng.uniform(1.3, 2.2)
        self.jobs = []
        self.failures = []

    def live(self):
        """Readings of the whole time as a dict of arrays in order of event time."""
        began, runs = self._runs()
        time, running = self._instants(began, runs)
        wear, time, running = self._wear(time, running)
        return self._measure(time, running, wear, self._clogging(time))

    def _runs(self):
        """Starts of alternating runs and rests, beginning with either."""
        phases = int((self.end - START) / HOUR / (self.run_hours + self.rest_hours) * 2.5) + 20
        lengths = np.empty(phases)
        lengths[0::2] = self.run_hours * self.rng.gamma(4, 0.25, len(lengths[0::2]))
        lengths[1::2] = self.rest_hours * self.rng.gamma(4, 0.25, len(lengths[1::2]))
        starts = START + np.concatenate([[0], np.cumsum(np.maximum(lengths, 0.3) * HOUR)]).astype(np.int64)
        runs = np.arange(phases) % 2 == 0
        return starts[:-1], runs

    def _instants(self, began, runs):
        """Times of readings: every two minutes while running, every ten while idle, with a little jitter."""
        grid = np.arange(START, self.end, 2 * MINUTE)
        phase = np.searchsorted(began, grid, side="right") - 1
        running = runs[phase]
        kept = running | (np.arange(len(grid)) % 5 == 0)
        kept &= self.rng.random(len(grid)) > 0.01  # Lost for ever.
        time = grid[kept] + self.rng.integers(0, 20 * SECOND, kept.sum())
        return time, running[kept]

    def _wear(self, time, running):
        """Wear from 0 to 1 at each reading; failures cut holes into the readings and set it back."""
        self.jobs.append((START - int(self.rng.uniform(1, 30) * DAY), "overhaul"))
        hours = np.cumsum(running) / 30.0
        rate = 1.0 / (self.wear_days * 24 * self.run_hours / (self.run_hours + self.rest_hours))
        wear = self.rng.uniform(0, 0.6) + hours * rate
        alive = np.ones(len(time), dtype=bool)
        while (worn := np.flatnonzero(wear >= 1.0)).size:
            failed = time[worn[0]]
            repaired = failed + int(self.rng.uniform(8, 30) * HOUR)
            self.failures.append(int(failed))
            self.jobs.append((int(repaired), "overhaul"))
            alive &= ~((time >= failed) & (time < repaired))
            again = np.searchsorted(time, repaired)
            wear[worn[0]:again] = 0.0
            if again < len(wear):
                wear[again:] -= wear[again]
        return wear[alive], time[alive], running[alive]

    def _clogging(self, time):
        """By how much a clogged strainer cuts the efficiency at each reading, until somebody cleans it."""
        loss = np.zeros(len(time))
        if self.rng.random() < 0.25:
            began = START + int(self.rng.uniform(0.3, 0.9) * (self.end - START))
            cleaned = began + int(self.rng.uniform(30, 80) * HOUR)
            self.jobs.append((cleaned, "cleaning"))
            inside = (time >= began) & (time < cleaned)
            loss[inside] = np.minimum((time[inside] - began) / (12 * HOUR), 1) * self.rng.uniform(0.13, 0.18)
        return loss

    def _measure(self, time, running, wear, loss):
        rng, size = self.rng, len(time)
        day_angle = (time % DAY) / DAY * 2 * np.pi
        load = 0.85 + 0.12 * np.sin(day_angle - 1.2) + rng.normal(0, 0.02, size)
        power = np.where(running, self.rated_power * load, 0.0)
        efficiency = (self.best_efficiency - 0.20 * wear**2) * (1 - loss) + rng.normal(0, 0.012, size)
        flow = np.where(running, power * np.clip(efficiency, 0.42, 0.98), 0.0)
        flow[rng.random(size) < 0.004] = np.nan
        spikes = np.where(rng.random(size) < 0.0005, rng.uniform(1, 3, size), 0.0)
        vibration = self.base_vibration * (1 + 1.6 * wear**3) * np.exp(rng.normal(0, 0.08, size)) + spikes
        vibration = np.where(running, vibration, rng.uniform(0, 0.1, size))
        warm = _smooth(np.where(running, 18 * load + 14 * wear**2, 1.0), 0.08)
        temperature = air_temperature(time) + warm + rng.normal(0, 0.4, size)
        pressure = np.where(running, 6.2 * np.sqrt(load) * (1 - 0.08 * wear) + rng.normal(0, 0.05, size), 0.0)
        return {"time": time, "running": running, "flow": flow, "power": power, "pressure": pressure,
                "vibration": vibration, "temperature": temperature}

    def maintain(self):
        """Adds routine jobs to the overhauls and returns all of them in order of time."""
        at = START + int(self.rng.uniform(0, 10) * DAY)
        while at < self.end:
            self.jobs.append((at, "lubrication" if self.rng.random() < 0.4 else "inspection"))
            at += int(self.rng.uniform(7, 14) * DAY)
        price = {"overhaul": 2400.0, "lubrication": 80.0, "inspection": 150.0, "cleaning": 320.0}
        jobs = [(at // MINUTE * MINUTE, action) for at, action in sorted(self.jobs) if at < self.end]
        return [(self.name, at, action, round(price[action] * self.rng.uniform(0.8, 1.3), 2)) for at, action in jobs]

    def arrivals(self, time):
        """When each reading reached the station: mostly within seconds, some after a buffered hour or two."""
        delay = self.rng.integers(1 * SECOND, 5 * SECOND, len(time))
        late = self.rng.random(len(time)) < 0.01
        delay[late] = self.rng.integers(1 * MINUTE, 2 * HOUR, late.sum())
        return time + delay


def _smooth(values, share):
    """Exponential smoothing by a short convolution: metal warms and cools within an hour."""
    kernel = share * (1 - share) ** np.arange(60)
    return np.convolve(values, kernel / kernel.sum())[: len(values)]


def air_temperature(time):
    """Winter turns to spring, nights are colder than days."""
    days = (time - START) / DAY
    return 6 + days * 0.12 + 4 * np.sin(days / 5.3) + 3.5 * np.sin((days - 0.4) * 2 * np.pi)


def telemetry_table(pump, readings):
    rounded = {name: np.round(values, 3) for name, values in readings.items() if values.dtype == np.float64}
    flow = pa.array(rounded["flow"], mask=np.isnan(rounded["flow"]))
    size = len(readings["time"])
    return pa.table({
        "pump_id": pa.array(np.full(size, pump.name)).cast(pa.string()),
        "event_time": pa.array(readings["time"]).cast(UTC),
        "output_flow_rate": flow,
        "input_power_kw": rounded["power"],
        "discharge_pressure_bar": rounded["pressure"],
        "vibration_mm_s": rounded["vibration"],
        "bearing_temperature_c": rounded["temperature"],
        "mode": pa.DictionaryArray.from_arrays(readings["running"].astype(np.int8), ["idle", "run"]).cast(pa.string()),
    })


def write_telemetry(folder, tables, arrivals, days):
    table, arrival = pa.concat_tables(tables), np.concatenate(arrivals)
    day = (arrival - START) // DAY
    order = np.lexsort((arrival, day))
    edges = np.searchsorted(day[order], np.arange(days + 1))
    for number in range(days):  # What arrived after the last day is not there yet.
        part = table.take(pa.array(order[edges[number]:edges[number + 1]]))
        name = np.datetime64(START + number * DAY, "us").astype("datetime64[D]")
        path = folder / f"day={name}" / "part-0.parquet"
        path.parent.mkdir(parents=True)
        pq.write_table(part, path, compression="zstd")
    return int(edges[-1])


def write_air(folder, pumps, days):
    folder.mkdir(parents=True)
    time = np.arange(START, START + days * DAY, HOUR)
    base = air_temperature(time)
    lines = {}
    for number, pump in enumerate(pumps):
        values = base + np.random.default_rng([7, number]).normal(0, 0.3, len(time))
        for at, value in zip(np.datetime_as_string(time.astype("datetime64[us]"), unit="s"), values):
            lines.setdefault(at[:7], []).append(
                f'{{"pump_id":"{pump.name}","measured_at":"{at}Z","air_temperature_c":{value:.2f}}}\n')
    for month, rows in sorted(lines.items()):
        (folder / f"air-{month}.ndjson").write_text("".join(rows))
    return sum(map(len, lines.values()))


def write_jobs(path, pumps):
    jobs = sorted((job for pump in pumps for job in pump.maintain()), key=lambda job: (job[1], job[0]))
    lines = []
    for number, (name, at, action, cost) in enumerate(jobs, start=1):
        row = f"{number},{name},{np.datetime64(at, 'us').astype('datetime64[s]')}Z,{action},"
        if number % 25 == 7:
            lines.append(f"{row}{cost * 100:.2f}\n")  # a slip of the comma, typed again rightly
        lines.append(f"{row}{cost:.2f}\n")
    path.write_text("job_id,pump_id,done_at,action,cost_eur\n" + "".join(lines))
    return len(jobs)


def write_labels(path, pumps, days):
    """One observation for each pump and day from the second day on, as long as the following week is known."""
    rows = []
    for number in range(1, days - 7):
        for pump in pumps:
            at = START + number * DAY + 6 * HOUR
            rows.append((pump.name, at, any(at < failed <= at + 7 * DAY for failed in pump.failures)))
    columns = list(zip(*rows)) if rows else [[], [], []]
    pq.write_table(pa.table({
        "pump_id": pa.array(columns[0], pa.string()),
        "event_time": pa.array(columns[1], pa.int64()).cast(UTC),
        "failed_within_7d": pa.array(columns[2], pa.bool_()),
    }), path)
    return len(rows), sum(columns[2])


def main():
    parser = argparse.ArgumentParser(description="Makes plausible telemetry of a pumping station.")
    parser.add_argument("--small", action="store_true", help="4 pumps and 20 days, for tests")
    parser.add_argument("--pumps", type=int, help="default 50")
    parser.add_argument("--days", type=int, help="default 90")
    parser.add_argument("--output", type=Path, default=Path(__file__).resolve().parent)
    options = parser.parse_args()
    days = options.days or (20 if options.small else 90)
    pumps = [Pump(number, days) for number in range(1, (options.pumps or (4 if options.small else 50)) + 1)]
    data = options.output / "data"
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    tables, arrivals = [], []
    for pump in pumps:
        readings = pump.live()
        tables.append(telemetry_table(pump, readings))
        arrivals.append(pump.arrivals(readings["time"]))
    rows = write_telemetry(data / "telemetry", tables, arrivals, days)
    air = write_air(data / "air", pumps, days)
    jobs = write_jobs(data / "maintenance.csv", pumps)
    labels, failures = write_labels(options.output / "labels.parquet", pumps, days)
    print(f"{len(pumps)} pumps, {days} days: {rows:,} readings, {air:,} air temperatures, {jobs:,} jobs, "
          f"{labels:,} observations of which {failures:,} before a failure")


if __name__ == "__main__":
    main()
