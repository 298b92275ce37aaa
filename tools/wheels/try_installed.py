"""Asks an environment with both packages for values, in the folder where it is run: the program, `headrace` and
`headrace_kernel` give the same. Prints what it saw in one line."""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import headrace
import headrace_kernel
import pyarrow
import pyarrow.csv

FEATURES = ["output_flow_mean_24h", "latest_mode"]
AT = "2024-03-02T12:00:00Z"


def program(*arguments, folder):
    command = [str(Path(sys.executable).parent / "headrace"), *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def main():
    with tempfile.TemporaryDirectory() as work:
        version = program("--version", folder=work).split()[-1]
        program("init", "station", folder=work)
        folder = Path(work) / "station"
        told = json.loads(program("show", *FEATURES, "--at", AT, "--format", "json", folder=folder))["tables"][0]["rows"]

        repo = headrace.open(folder)
        shown = repo.show(FEATURES, at=AT).to_arrow()
        observations = pyarrow.table({"pump_id": shown["pump_id"], "event_time": shown["event_time"]})
        trained = repo.dataset(observations, FEATURES).select(FEATURES).to_pylist()
        events = {"pump_telemetry": pyarrow.csv.read_csv(folder / "data" / "telemetry.csv")}
        kernel = pyarrow.record_batch(headrace_kernel.Kernel.open(folder, FEATURES).dataset(events, observations)).to_pylist()

    wanted = [{name: row[name] for name in FEATURES} for row in told]
    assert wanted and wanted == shown.select(FEATURES).to_pylist() == trained == kernel, (told, shown, trained, kernel)
    print(f"{len(wanted)} rows of headrace {version} are those of headrace-kernel and of the command line")


if __name__ == "__main__":
    main()
