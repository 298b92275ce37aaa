#!/usr/bin/env python3
"""What a stream takes from a broker to durable state, at a start, in long windows and of memory, in one run.

    run.py [--messages 10000000] [--only kafka|states] [--no-write]

Starts a broker of its own on free ports of the loopback, fills a topic, and stops what it started. Writes results.json and the
table of README.md.
"""
import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(HERE.parent)]
import from_kafka  # noqa: E402
from machine import facts  # noqa: E402


def states(arguments, work, number):
    """The measurements of one program, a line of JSON each."""
    rows = []
    with subprocess.Popen([str(arguments.states), work, str(number)], stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            rows.append(json.loads(line))
            from_kafka.say("  " + ", ".join(f"{key} {value}" for key, value in rows[-1].items()))
    if process.returncode:
        raise SystemExit(f"stream_states {work} ended with {process.returncode}")
    return rows


def measure(arguments):
    result = {"machine": facts(arguments.binary)}
    if arguments.only != "kafka":
        from_kafka.say("states in memory")
        result["window"] = states(arguments, "window", arguments.events)
        result["memory"] = states(arguments, "memory", 4 * arguments.events)
        result["ahead"] = states(arguments, "ahead", arguments.events // 10)
    if arguments.only != "states":
        from_kafka.say("from a topic of Kafka")
        # Not in /tmp, which may be memory.
        with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
            result["kafka"] = from_kafka.measure(arguments, Path(folder))
    return result


def kafka_table(kafka):
    alone = kafka["alone"]
    out = [f"{kafka['messages']:,} messages of {kafka['message_bytes']:.0f} bytes in {from_kafka.PARTITIONS} partitions, from the start of the process to the last "
           "message taken and durable; a kill -9 then, and the next start until it answers, with all events in windows and the same values.", "",
           "| work | messages/s | of librdkafka | CPU a message, us | librdkafka's CPU of it | broker's CPU a message, us | memory, MB | written a message, bytes | "
           "ready after kill -9, s (CPU) |", "|---|---|---|---|---|---|---|---|---|"]
    for row in [alone, *kafka["rows"]]:
        broker = row["broker_cpu_seconds"] / kafka["messages"] * 1e6
        written = row.get("written_bytes_per_message", "")
        start = f"{row['start']['ready_seconds']:.1f} ({row['start']['cpu_seconds']:.1f})" if "start" in row else ""
        out.append(f"| {row['work']} | {row['messages_per_second']:,} | {row['messages_per_second'] / alone['messages_per_second']:.2f} | {row['cpu_us_per_message']:.2f} | "
                   f"{alone['cpu_us_per_message'] / row['cpu_us_per_message']:.2f} | {broker:.2f} | {row['memory_mb']:,} | {written} | {start} |")
    return out


def window_table(rows):
    out = [f"One entity with {rows[0]['events']:,} events in a window of 30 days; one event, then one read at now, in turn; late events are a minute late.", "",
           "| features | history | late events | read: p50, us | p99 | p99.9 | event taken and settled: p50, us | p99 |", "|---|---|---|---|---|---|---|---|"]
    for row in rows:
        out.append(f"| {row['features']} | {'30 d' if row['history'] else 'none'} | {row['late_percent']:.0f} % | {row['p50_us']:,.1f} | {row['p99_us']:,.1f} | {row['p999_us']:,.1f} | "
                   f"{row['push_p50_us']:,.1f} | {row['push_p99_us']:,.1f} |")
    return out


def memory_table(rows):
    out = ["Bytes of the allocator, by the difference between two sizes. Events are of one double, of 10,000 entities, kept in a window of 30 days; entities have two events "
           "and fifty features (5 windows × 10 aggregates).", "", "| what | history | bytes |", "|---|---|---|"]
    for row in rows:
        history = "30 d" if row["history"] else "none"
        if row["work"] == "event bytes":
            out.append(f"| an event{', with an int64 id' if row['has_id'] else ''} | {history} | {row['bytes_per_event']:.0f} |")
        else:
            out.append(f"| an entity and feature{', after a read' if row['is_read'] else ''} | {history} | {row['bytes_per_entity_and_feature']:.0f} |")
    return out


def ahead_table(rows):
    out = ["Ten features of 10,000 entities, one event and one read in turn, while one entity in a hundred has an event a day ahead of the clock and while none has; half of "
           "the reads are of those entities. The median of three rounds in turn.", "", "| events ahead | read: p50, us | p99 | p99.9 |", "|---|---|---|---|"]
    for has_ahead in (False, True):
        mine = [row for row in rows if row["has_ahead"] == has_ahead]
        middle = [sorted(row[key] for row in mine)[len(mine) // 2] for key in ("p50_us", "p99_us", "p999_us")]
        out.append(f"| {'of 1 % of the entities' if has_ahead else 'none'} | {middle[0]:.1f} | {middle[1]:.1f} | {middle[2]:.1f} |")
    return out


def table(result):
    what = result["machine"]
    out = [f"`benchmarks/stream/run.sh`, {what['date']}: {what['cores']} cores of {what['cpu']}, {what['memory_gb']} GB."]
    for name, make in (("kafka", kafka_table), ("window", window_table), ("memory", memory_table), ("ahead", ahead_table)):
        if name in result:
            out += ["", *make(result[name])]
    return "\n".join(out) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=10_000_000, help="in the topic")
    parser.add_argument("--events", type=int, default=1_000_000, help="in the long window; four times as many where memory is measured")
    parser.add_argument("--only", choices=("kafka", "states"), help="a part of it; the files stay as they are")
    parser.add_argument("--no-write", action="store_true", help="leave results.json and README.md as they are")
    parser.add_argument("--folder", default=ROOT / "build", help="where the broker and the stores lie meanwhile: some gigabytes of a real disk")
    parser.add_argument("--binary", default=ROOT / "build/headrace")
    parser.add_argument("--states", default=ROOT / "build/stream_states")
    parser.add_argument("--kafka-load", default=ROOT / "build/kafka_load")
    arguments = parser.parse_args()
    result = measure(arguments)
    print(table(result))
    if arguments.no_write or arguments.only:
        return
    (HERE / "results.json").write_text(json.dumps(result, indent=1) + "\n")
    readme = HERE / "README.md"
    text = readme.read_text()
    start, end = text.index("<!-- measured: begin -->"), text.index("<!-- measured: end -->")
    readme.write_text(text[:start] + "<!-- measured: begin -->\n" + table(result) + text[end:])


if __name__ == "__main__":
    main()
