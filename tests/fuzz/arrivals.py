"""How events arrive in a stream: the order that they are delivered in and what the watermarks of their sources say meanwhile.

Arrivals are a list of steps. [SOURCE, [NUMBER, ..]] delivers the rows of those numbers together, each row having its own
under "number"; [SOURCE, TIME] advances the source's watermark, which knows whole milliseconds. A row with a number has a lane.
"""
import random
import time as clock
from dataclasses import dataclass, field

from events import DAY, HOUR, SECOND
from offline import bodies, keys_of, time_of

MILLISECOND = 1_000
LATENESS = {None: 0, "1s": SECOND, "10m": 600 * SECOND, "1h": HOUR, "1d": DAY}


def lateness_of(source):
    return LATENESS[source.get("allowed_lateness")]


def with_arrivals(case, seed):
    """The case with numbered rows, other latenesses and its arrivals."""
    chance = random.Random(f"arrivals of {seed}")
    documents = []
    for document in case["repository"]:
        if "source" in document and chance.random() < 0.7:
            lateness = chance.choice([text for text in LATENESS if text])
            document = {"source": document["source"] | {"allowed_lateness": lateness}}
        documents.append(document)
    numbered = {name: [row | {"number": i} for i, row in enumerate(rows)] for name, rows in case["events"].items()}
    case = case | {"repository": documents, "events": numbered}
    lanes = [steps for source in bodies(case, "source") if (steps := steps_of(chance, source, numbered[source["name"]]))]
    return case | {"arrivals": merged(chance, lanes), "lanes": chance.choice([1, 1, 2, 3])}


def lane_of_row(case, number):
    """Partitions one after the other: ties are in order of partition and offset, as they are in the file."""
    rows = max(map(len, case["events"].values()))
    return str(number * case["lanes"] // max(rows, number + 1))


def steps_of(chance, source, rows):
    """The steps of one source, each with the newest time that it has then delivered."""
    times = {row["number"]: time_of(source, row) for row in rows}
    if not times:
        return []
    lateness, span = lateness_of(source), max(times.values()) - min(times.values())
    delay = chance.choice([0, lateness, 2 * lateness, span // 20, span // 5, span])
    lag = chance.choice([0, 0, lateness, span // 20])
    lead = chance.choice([0, 0, 0, SECOND, HOUR])
    together, how_often = chance.choice([1, 1, 3, 10]), chance.choice([0.1, 0.5, 1.0])
    order = sorted(times, key=lambda number: times[number] + chance.randrange(delay + 1))
    out, newest, watermark = [], min(times.values()), None
    while order:
        size = chance.randrange(together) + 1
        delivered, order = order[:size], order[size:]
        newest = max(newest, *(times[number] for number in delivered))
        out.append((newest, [source["name"], delivered]))
        said = (newest + chance.randrange(-lag, lead + 1)) // MILLISECOND * MILLISECOND
        if chance.random() < how_often and (watermark is None or said > watermark):
            watermark = said
            out.append((newest, [source["name"], watermark]))
    return out


def merged(chance, lanes):
    """Sources side by side in time, one ahead of the others, or as chance wants."""
    way = chance.choice(["by time", "by time", "by chance", "one after another"])
    ahead = [chance.choice([0, 0, HOUR, DAY]) for _ in lanes]
    out = []
    while any(lanes):
        there = [i for i, lane in enumerate(lanes) if lane]
        if way == "by chance":
            i = chance.choice(there)
        elif way == "by time":
            i = min(there, key=lambda i: lanes[i][0][0] - ahead[i])
        else:
            i = there[0]
        out.append(lanes[i].pop(0)[1])
    return out


@dataclass
class Judged:
    """What the language says about arrivals."""

    late: set = field(default_factory=set)  # (source, number)
    in_time: set = field(default_factory=set)
    doubtful: set = field(default_factory=set)  # in time, but behind a watermark that knew no event: rows may be final
    behind: list = field(default_factory=list)  # (source, number, time) of rows in time: rows up to that time may have been out


def judge(case, sources):
    """Which rows of an entity's sources are late: behind the newest row of their lane, and behind the watermark."""
    sources = {source["name"]: source for source in bodies(case, "source") if source["name"] in sources}
    rows = {(name, row["number"]): row for name in sources for row in case["events"][name]}
    watermarks, newest, newest_rows, out = dict.fromkeys(sources), {}, {}, Judged()
    keys, now = keys_of(case)[next(iter(sources.values()))["entity"]], int(clock.time() * SECOND)
    for name, said in case["arrivals"]:
        if name not in sources:
            continue
        if isinstance(said, int):
            watermarks[name] = max(said, watermarks[name] or said)
            continue
        for place in [(name, number) for number in said if (name, number) in rows]:
            time = time_of(sources[name], rows[place])
            in_time_until = -(-(time + lateness_of(sources[name])) // MILLISECOND) * MILLISECOND
            is_passed = watermarks[name] is not None and in_time_until < watermarks[name]
            lane = name, lane_of_row(case, place[1])
            is_late = is_passed and time + lateness_of(sources[name]) < newest.get(lane, time)
            if time <= now:
                newest[lane] = max(newest.get(lane, time), time)
            (out.late if is_late else out.in_time).add(place)
            if is_passed and not is_late:
                out.doubtful.add(place)
            if is_late:
                continue
            key = tuple(rows[place].get(name) for name in keys)
            known = [] if None in watermarks.values() else [min(watermarks.values())]
            out.behind.append((*place, max([newest_rows.get(key, time), *known])))
            if time <= now:
                newest_rows[key] = max(newest_rows.get(key, time), time)
    return out
