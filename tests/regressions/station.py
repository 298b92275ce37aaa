"""A feature repository in a temporary folder, and runs of the program over it."""
import subprocess
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq
from command import measured

US = 10**6
HOUR = 3600 * US
START = 1_709_251_200 * US  # 2024-03-01T00:00:00Z


def timestamps(values):
    return pa.array(values, pa.timestamp("us", tz="UTC"))


@dataclass
class Run:
    seconds: float
    peak_bytes: int


class Station:
    """One entity `pump` with the integer key `id`, one source `readings` with the time `at`."""

    def __init__(self, folder, binary, columns):
        self.folder, self.binary = folder, binary
        (folder / "features").mkdir()
        (folder / "project.yaml").write_text(
            "project: {name: station}\n---\nentity: {name: pump, key: id}\n---\n"
            f"source: {{name: readings, entity: pump, event_time: at, columns: {{{', '.join(f'{c}: {t}' for c, t in columns.items())}}}, "
            "batch: {format: parquet, path: data}}\n"
        )
        self.features = []

    def feature(self, name, **keys):
        self.features.append(f"feature: {{name: {name}, description: d, owner: t, version: '1.0', {', '.join(f'{k}: {v}' for k, v in keys.items())}}}")

    def events(self, file="part-0.parquet", **columns):
        (self.folder / "data").mkdir(exist_ok=True)
        columns["at"] = timestamps(columns["at"])
        pq.write_table(pa.table(columns), self.folder / "data" / file)

    def run(self, *arguments):
        (self.folder / "features" / "all.yaml").write_text("\n---\n".join(self.features) + "\n")
        command = [str(self.binary), *map(str, arguments), "--project", str(self.folder)]
        with open(self.folder / "stderr.txt", "w+") as errors:
            code, seconds, peak_bytes = measured(command, self.folder, stdout=subprocess.DEVNULL, stderr=errors)
            errors.seek(0)
            assert code == 0, f"{' '.join(command)}\n{errors.read()}"
        return Run(seconds, peak_bytes)

    def dataset(self, *options, **columns):
        """The training set of some observations, and how the run went."""
        columns["at"] = timestamps(columns["at"])
        pq.write_table(pa.table(columns), self.folder / "observations.parquet")
        output = self.folder / "train.parquet"
        run = self.run("dataset", "--observations", self.folder / "observations.parquet", "--output", output, "--time-column", "at", *options)
        return pq.read_table(output), run

    def backfill(self, *options):
        output = self.folder / "offline"
        run = self.run("backfill", "--output", output, *options)
        return pq.read_table(output / "pump", partitioning=None), run
