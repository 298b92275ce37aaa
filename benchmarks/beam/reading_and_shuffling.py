"""What Beam itself needs to read the benchmark's events and to bring those of one key together; nothing is computed.

    reading_and_shuffling.py events|batches --input FOLDER --code PROJECT --count N [Beam's options]

events    Beam's own Parquet reader, an element for each event, keyed by pump: the yardstick
batches   the generated pipeline's chunks of shares, without the kernel
"""
import argparse
import sys
from pathlib import Path

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

COLUMNS = ["pump_id", "event_time", "output_flow_rate", "input_power_kw"]


def keyed(row):
    return row["pump_id"], (row["event_time"], row["output_flow_rate"], row["input_power_kw"])


def count_group(element):
    return sum(1 for _ in element[1])


def events_of(pipeline, folder):
    return (
        pipeline
        | "read" >> beam.io.ReadFromParquet(f"{folder}/*.parquet", columns=COLUMNS)
        | "key" >> beam.Map(keyed)
        | "group" >> beam.GroupByKey()
        | "count" >> beam.Map(count_group)
    )


def chunks_of(pipeline, folder):
    from headrace_runtime.batches import of_bytes
    from headrace_runtime.files import Wanted
    from headrace_runtime.kernel import ReadChunks, Reading

    kinds = zip(COLUMNS, ["int64", "timestamp", "double", "double"], strict=True)
    wanted = tuple(Wanted(name, kind) for name, kind in kinds)
    return (
        pipeline
        | "read" >> ReadChunks(Reading("events", "parquet", wanted, ()), folder, ["pump_id"], 64)
        | "group" >> beam.GroupByKey()
        | "count" >> beam.Map(lambda element: sum(of_bytes(chunk[3]).num_rows for chunk in element[1]))
    )


def check(total, expected):
    if total != expected:
        raise ValueError(f"{total} events, not {expected}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["events", "batches"])
    parser.add_argument("--input", required=True)
    parser.add_argument("--code", required=True)
    parser.add_argument("--count", type=int, required=True)
    known, others = parser.parse_known_args()
    sys.path.insert(0, str(Path(known.code).resolve()))
    with beam.Pipeline(options=PipelineOptions(others)) as pipeline:
        counts = (events_of if known.what == "events" else chunks_of)(pipeline, known.input)
        _ = counts | "sum" >> beam.CombineGlobally(sum) | "check" >> beam.Map(check, known.count)


if __name__ == "__main__":
    main()
