"""The row of a late event in BigQuery's table: late_rows.py RUNTIME_FOLDER."""
import json
import sys

sys.path.insert(0, sys.argv[1])

from headrace_runtime.big_query import LateRows  # noqa: E402
from headrace_runtime.histories import Key, Source  # noqa: E402
from headrace_runtime.messages import Message  # noqa: E402
from headrace_runtime.row_records import LateRecords  # noqa: E402

AT = 1_709_254_800_000_000
columns = (("x", "double"), ("seen", "timestamp"))
source = Source("readings", ("id", "site"), (None, "int64"), "at", None, None, columns, "ndjson", "")
records = LateRecords("project", "meter", source.key, [source])
late = Message("readings", "00000002", Key((7, 3)), AT, ("00000002", 5), {"x": 1.5, "seen": AT})
rows = LateRows([("id", None), ("site", "int64")], records).process(late)
print(json.dumps(list(rows)))
