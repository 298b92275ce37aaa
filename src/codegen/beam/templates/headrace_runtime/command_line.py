"""The command line: its options, and what of it is refused before anything runs.

Options may be spelled with dashes or underscores. What is no option of ours goes to Beam, which passes over what it does
not know either, so a mistyped flag would be lost silently.
"""

from __future__ import annotations

import argparse
import difflib
import re
import sys
from collections.abc import Iterable, Sequence

from apache_beam.options.pipeline_options import PipelineOptions, _BeamArgumentParser

from headrace_runtime.stream_sinks import add_options, check_options

NAMES_SHOWN = 20
SECOND = 1_000_000
DURATION_UNITS = {
    "ms": 1_000,
    "s": SECOND,
    "m": 60 * SECOND,
    "h": 3_600 * SECOND,
    "d": 86_400 * SECOND,
    "w": 604_800 * SECOND,
}
EARLIER_FLAGS = {"--from": "--start", "--to": "--end"}  # understood, and not shown
LOCAL_RUNNERS = (
    "",
    "DirectRunner",
    "SwitchingDirectRunner",
    "BundleBasedDirectRunner",
    "FnApiRunner",
    "PrismRunner",
)


class OptionError(ValueError):
    """The command line asks for what cannot be."""


def named(names: Iterable[str]) -> str:
    """Names for a message, not too many of them."""
    every = list(dict.fromkeys(names))
    rest = f" and {len(every) - NAMES_SHOWN} more" if len(every) > NAMES_SHOWN else ""
    return ", ".join(every[:NAMES_SHOWN]) + rest


def closest(name: str, names: Iterable[str]) -> str | None:
    """The name that is nearly the same, if there is one."""
    return next(iter(difflib.get_close_matches(name, list(names), n=1, cutoff=0.8)), None)


def duration(text: str) -> int:
    """Microseconds of a duration of the language: `30m`."""
    match = re.fullmatch(r"([1-9][0-9]*)(ms|s|m|h|d|w)", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no duration: it is a number and ms, s, m, h, d or w")
    return int(match[1]) * DURATION_UNITS[match[2]]


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="Computes features. Further options go to Apache Beam.", allow_abbrev=False
    )
    parser.add_argument("--mode", choices=["backfill", "dataset", "stream"], required=True)
    parser.add_argument(
        "--output", help="backfill, dataset: folder for the Parquet files, or bigquery://PROJECT.DATASET"
    )
    parser.add_argument("--base", default="", help="folder that the sources' paths are relative to")
    parser.add_argument(
        "--source",
        action="append",
        default=[],
        metavar="NAME=PATH",
        help="reads a source from elsewhere: files or bigquery://PROJECT.DATASET.TABLE",
    )
    parser.add_argument("--entity", help="only this entity")
    parser.add_argument("--features", help="only these features, separated by commas")
    parser.add_argument("--observations", help="dataset: a file of keys and times")
    parser.add_argument("--time_column", default="event_time", help="dataset: the observations' column of times")
    parser.add_argument("--start", help="backfill: the first instant")
    parser.add_argument("--end", help="backfill: the instant after the last")
    for earlier, flag in EARLIER_FLAGS.items():
        parser.add_argument(earlier, dest=flag.removeprefix("--"), help=argparse.SUPPRESS)
    parser.add_argument(
        "--every",
        type=duration,
        metavar="DURATION",
        help="backfill: a row at each point of a grid, such as 1h, instead of at each event; needs --end",
    )
    parser.add_argument(
        "--kernel", choices=["python", "native"], default="python", help="what computes: the values are the same"
    )
    parser.add_argument(
        "--kernel_shares", type=int, default=64, help="backfill, dataset: one share of the keys is in memory at a time"
    )
    parser.add_argument(
        "--stream_cache_mb", type=int, default=256, help="stream: what each thread of a worker remembers of keys"
    )
    parser.add_argument(
        "--debug", action="store_true", help="show where an error came from, with Beam's own account of it"
    )
    parser.add_argument("--pubsub_time_attribute", help="stream: the attribute of messages that has their event times")
    add_options(parser)
    return parser


def flags_of(parser: argparse.ArgumentParser) -> list[str]:
    return [flag for flag in parser._option_string_actions if flag.startswith("--")]


def shown_flags(parser: argparse.ArgumentParser) -> list[str]:
    return [flag for flag in flags_of(parser) if flag not in EARLIER_FLAGS]


def as_declared(arguments: Sequence[str], flags: Iterable[str]) -> list[str]:
    """The arguments with our own flags spelled as they are declared: `--time-column` is `--time_column`."""
    known, out = set(flags), []
    for argument in arguments:
        name, equals, value = argument.partition("=")
        declared = name[:2] + name[2:].replace("-", "_")
        out.append(declared + equals + value if declared in known else argument)
    return out


def parse(arguments: Sequence[str] | None) -> tuple[argparse.Namespace, list[str]]:
    """Our options, and what is left for Beam."""
    parser = make_parser()
    given = sys.argv[1:] if arguments is None else arguments
    known, others = parser.parse_known_args(as_declared(given, flags_of(parser)))
    check_options(parser, known)
    if known.mode != "stream" and not known.output:
        parser.error(f"--mode {known.mode} needs --output")
    if known.mode == "dataset" and not known.observations:
        parser.error("--mode dataset needs --observations")
    if known.every and (known.mode != "backfill" or not known.end):
        parser.error("--every is for --mode backfill, and needs --end")
    if known.kernel_shares < 1:
        parser.error("--kernel_shares is at least 1")
    if known.stream_cache_mb < 0:
        parser.error("--stream_cache_mb is at least 0, which remembers nothing")
    return known, others


def parser_of_beam() -> argparse.ArgumentParser:
    """All options that Beam's Python declares, put together as Beam itself does before it runs a pipeline."""
    parser = _BeamArgumentParser(allow_abbrev=False, add_help=False)
    for kind in {str(kind): kind for kind in PipelineOptions.__subclasses__()}.values():
        kind._add_argparse_args(parser)
    return parser


def runs_here(runner: str | None) -> bool:
    """Whether a runner is one of this machine, which has no job server with options of its own."""
    return (runner or "").rpartition(".")[2] in LOCAL_RUNNERS


def require_known(others: Sequence[str]) -> None:
    """Refuses what neither we nor Beam know.

    A job server has options that only it knows (Flink's has `--checkpointing_interval`). So with a runner that may have one
    only what nearly is a flag of ours is refused.
    """
    ours, theirs = shown_flags(make_parser()), parser_of_beam()
    known, unknown = theirs.parse_known_args(list(others))
    for argument in unknown:
        flag = argument.partition("=")[0]
        near = closest(flag.replace("-", "_"), [each.replace("-", "_") for each in ours])
        if near and flag.startswith("--"):
            raise OptionError(f"there is no option {flag}: is it --{near[2:]}?")
        if runs_here(known.runner):
            beams = closest(flag, flags_of(theirs))
            remedy = (
                f"is it {beams}?" if beams else "--help lists those of the pipeline; this runner has none of its own"
            )
            raise OptionError(f"neither the pipeline nor Beam has an option {flag}: {remedy}")
