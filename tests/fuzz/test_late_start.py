"""Random repositories over Parquet in small row groups: a backfill from an instant on gives the rows of a full one, and so
does a training set of observations at those rows, though both leave unread what no window reaches back to.
"""
import random

import pytest
from events import text_of
from offline import backfill, dataset, keys_of, write_project
from repositories import RepositoryMaker

SEEDS = range(5_000, 5_060)


@pytest.mark.slow
def test_a_late_start_gives_the_same_rows(binary, tmp_path):
    saved = compared = 0
    for seed in SEEDS:
        folder = tmp_path / str(seed)
        folder.mkdir()
        case = RepositoryMaker(random.Random(seed)).case()
        times = write_project(case, folder)
        if not times:
            continue
        start = times[len(times) * 3 // 4]
        grid = ["--every", "1d"] if seed % 4 == 0 and times[-1] - times[0] < 10**13 else []
        full, full_read = backfill(binary, folder, "full", *grid)
        late, late_read = backfill(binary, folder, "late", "--start", text_of(start), *grid)
        wanted = {entity: [row for row in rows if row["event_time"] >= start] for entity, rows in full.items()}
        assert repr(late) == repr(wanted), f"seed {seed} from {text_of(start)}"
        for entity, rows in wanted.items():
            if rows:
                keys = keys_of(case)[entity]
                features = [name for name in rows[0] if name not in (*keys, "event_time")]
                assert repr(dataset(binary, folder, keys, rows, features)) == repr(rows), f"seed {seed}, observations of {entity}"
        compared += sum(len(rows) for rows in wanted.values())
        saved += full_read - late_read
    assert compared > 200 and saved > 100, (compared, saved)
