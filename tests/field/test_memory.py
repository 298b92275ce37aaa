"""Small files that hold much: what is read at once is bounded, whatever a file says of itself."""
import datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from command import measured
from field_repository import repository  # noqa: F401

ROWS = 6_000
WIDE = 200_000


@pytest.mark.parametrize("dictionary", [True, False])
def test_texts_that_a_dictionary_repeats(repository, dictionary):
    rows = ROWS if dictionary else 1_500
    repository.define("{format: parquet, path: data}", columns="{s: string}", n="aggregation: max, window: lifetime, source_features: [s], formula: length(s)")
    (repository.folder / "data").mkdir()
    at = pa.array([datetime.datetime(2024, 3, 1) + datetime.timedelta(seconds=i) for i in range(rows)], pa.timestamp("us"))
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array(["a" * WIDE]))
    columns = {"id": [1] * rows, "at": at, "s": texts if dictionary else ["a" * WIDE] * rows}
    path = repository.folder / "data/a.parquet"
    pq.write_table(pa.table(columns), path, compression="zstd", store_schema=False, use_dictionary=["s"] if dictionary else False)
    assert path.stat().st_size < 300_000
    command = [repository.command.binary, "backfill", "--output", "null:", "--memory", "500MB", "--threads", "2", "--project", repository.folder]
    code, _, peak = measured(command, repository.folder)
    assert code == 0 and peak < 400e6
