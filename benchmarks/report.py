"""The table of a run: as text for the terminal, and as the measured part of README.md."""
from pathlib import Path

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"

# task: (what it is, share of Polars' time to reach, to aim at)
ROWS = {
    "t1": ("five rolling 24 h aggregates at every event, summed", 1 / 2, 1 / 3),
    "t1w": ("the same, written as Parquet", 3 / 4, 1 / 2),
    "t1m": ("the mean alone", 1.0, 2 / 3),
    "t2": ("exact 24 h mean at the observations", 2 / 3, 1 / 3),
    "t2b": ("latest value that is not null at the observations", 1 / 2, 1 / 3),
}
PEAK_REACH_MB, PEAK_AIM_MB = 600, 400
FIFTY_AIM = 6.0
LARGE_TIME_AIM, LARGE_PEAK_AIM_MB = 11.0, 2048
ENGINES = ("duckdb", "chdb", "polars", "loop")


def fastest(results):
    """{(task, engine): measurement}, of an engine's variants the fastest."""
    best = {}
    for run in results["measured"]:
        key = run["task"], run["engine"].split()[0]
        if key not in best or run["seconds"] < best[key]["seconds"]:
            best[key] = run
    return best


def verdict(value, reach, aim):
    if value is None:
        return ""
    return "aim met" if value <= aim else "reached" if value <= reach else "missed"


def seconds(run):
    return f"{run['seconds']:.2f} ({run['cpu']:.2f})" if run else ""


def megabytes(run):
    return f"{run['peak_mb']:,.0f}" if run else ""


def time_rows(best):
    for task, (what, reach, aim) in ROWS.items():
        ours, polars = best.get((task, "headrace")), best.get((task, "polars"))
        ratio = ours["seconds"] / polars["seconds"] if ours and polars else None
        yield [what, seconds(ours), *(seconds(best.get((task, engine))) for engine in ENGINES),
               f"{ratio:.2f} ({ours['cpu'] / polars['cpu']:.2f})" if ratio else "", f"{reach:.2f}", f"{aim:.2f}", verdict(ratio, reach, aim)]


def other_rows(results, best):
    ours = best["t1", "headrace"]
    yield ["peak memory of the first, MB", megabytes(ours), *(megabytes(best.get(("t1", engine))) for engine in ENGINES),
           "", f"{PEAK_REACH_MB} MB", f"{PEAK_AIM_MB} MB", verdict(ours["peak_mb"], PEAK_REACH_MB, PEAK_AIM_MB)]
    if ("fifty", "headrace") in best:
        fifty = best["fifty", "headrace"]
        ratio = fifty["seconds"] / ours["seconds"]
        yield ["50 features in one pass (5 windows × 10 aggregates)", seconds(fifty), "", "", "", "", f"{ratio:.1f} × the first row",
               "", f"{FIFTY_AIM:.0f} ×", verdict(ratio, FIFTY_AIM, FIFTY_AIM)]
    if "large" in results:
        large = results["large"]
        ratio = large["seconds"] / ours["seconds"]
        yield ["the first with ten times the events", seconds(large), "", "", "", "", f"{ratio:.1f} × the first row",
               "", f"{LARGE_TIME_AIM:.0f} ×", verdict(ratio, LARGE_TIME_AIM, LARGE_TIME_AIM)]
        yield ["peak memory of that, MB", megabytes(large), "", "", "", "", "", "", f"{LARGE_PEAK_AIM_MB:,} MB",
               verdict(large["peak_mb"], LARGE_PEAK_AIM_MB, LARGE_PEAK_AIM_MB)]


def table(results):
    versions = results["machine"]
    head = ["work", "Headrace", *(f"{name} {versions.get(key, '')}".strip() for key, name in
                                  (("duckdb", "DuckDB"), ("chdb", "chDB"), ("polars", "Polars"))),
            "plain loop", "of Polars", "reach", "aim", ""]
    best = fastest(results)
    return [head, *time_rows(best), *other_rows(results, best)]


def describe(results):
    machine = results["machine"]
    return (f"`{results['command']}`, {machine['date']}: {results['events']:,} events, {results['threads']} threads, best of {results['rounds']} "
            f"interleaved rounds; {machine['cores']} cores of {machine['cpu']}, {machine['memory_gb']} GB, Linux {machine['kernel']}; "
            f"load before the rounds {', '.join(map(str, results['load']))}. Seconds (CPU-seconds).")


def text(results):
    rows = table(results)
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) if i == 0 else cell.rjust(width) for i, (cell, width) in enumerate(zip(row, widths, strict=True)))
             for row in rows]
    return "\n".join([describe(results), "", *(line.rstrip() for line in lines)])


def markdown(results):
    head, *rows = table(results)
    lines = [describe(results), "", "| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def write_readme(path: Path, results):
    before, rest = path.read_text().split(BEGIN)
    after = rest.split(END)[1]
    path.write_text(f"{before}{BEGIN}\n{markdown(results)}\n{END}{after}")
