"""A generated Feast repository beside its offline store, and the tables to compare."""
import os
import struct
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

LOOPBACK = Path(__file__).parent / "loopback.py"


def run(*command, cwd, code=0, **more):
    environment = os.environ | {key: str(value) for key, value in more.items()}
    words = [str(part) for part in command]
    done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, env=environment, timeout=300, check=False)
    assert done.returncode == code, f"{words}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


class FeastProject:
    """A repository of Headrace in `folder`, with its offline store in `offline` and Feast's repository in `code`."""

    def __init__(self, binary, folder, redis_port=1):
        self.binary, self.folder, self.code = binary, Path(folder), Path(folder) / "code"
        self.redis_port = redis_port

    def headrace(self, *arguments, code=0):
        return run(self.binary, *arguments, "--quiet", cwd=self.folder, code=code)

    def generate(self, *arguments):
        self.headrace("generate", "feast", "--output", "code", *arguments)
        text = (self.code / "feature_store.yaml").read_text()
        assert "localhost:6379" in text
        (self.code / "here.yaml").write_text(text.replace("localhost:6379", f"127.0.0.1:{self.redis_port}"))

    def feast(self, *arguments, code=0):
        command = [sys.executable, "-B", LOOPBACK, "-f", "here.yaml", *arguments]
        return run(*command, cwd=self.code, code=code, HEADRACE_OFFLINE=self.folder / "offline")

    def store(self):
        from feast import FeatureStore

        return FeatureStore(str(self.code), fs_yaml_file=self.code / "here.yaml")

    def table(self, entity):
        """The rows of the offline table, in order."""
        files = sorted((self.folder / "offline" / entity).glob("*=*/part-0.parquet"))
        return pa.concat_tables([pq.ParquetFile(file).read() for file in files])

    def dataset(self, name, observations):
        """What `headrace dataset` makes of observations."""
        pq.write_table(observations, self.folder / f"{name}.parquet")
        self.headrace("dataset", "--observations", f"{name}.parquet", "--output", f"{name}.out.parquet")
        return pq.ParquetFile(self.folder / f"{name}.out.parquet").read()


def bits(value):
    if isinstance(value, list):
        return [bits(item) for item in value]
    return struct.pack("<d", value) if isinstance(value, float) else value


def columns_of(table, names):
    """Values by column; times as microseconds, doubles as their bytes."""
    out = {}
    for name in names:
        column = table.column(name)
        if pa.types.is_timestamp(column.type):
            column = column.cast(pa.timestamp("us", tz="UTC")).cast("int64")
        if pa.types.is_list(column.type) and pa.types.is_timestamp(column.type.value_type):
            column = column.cast(pa.list_(pa.timestamp("us", tz="UTC"))).cast(pa.list_(pa.int64()))
        out[name] = [bits(value) for value in column.to_pylist()]
    return out


def assert_same(expected, got, names):
    expected, got = columns_of(expected, names), columns_of(got, names)
    for name in names:
        wrong = [(i, a, b) for i, (a, b) in enumerate(zip(expected[name], got[name], strict=True)) if a != b]
        assert not wrong, f"{name}: {len(wrong)} of {len(expected[name])} differ: {wrong[:3]}"
