"""Arrow streams: events in, values out."""
import io
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from test_values import event, headrace

ARROW = "application/vnd.apache.arrow.stream"
NOW = datetime.now(UTC)


def stream_of(table, **options):
    out = io.BytesIO()
    with pa.ipc.new_stream(out, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table)
    return out.getvalue()


def events(times=pa.timestamp("us", "UTC")):
    at = [NOW - timedelta(seconds=2), NOW - timedelta(seconds=1), NOW]
    return pa.table({"pump_id": ["p1", "p2", "p1"], "at": pa.array(at).cast(times, safe=False), "flow": [2.0, None, 4.0], "more": [[1], [], None]})


def push(server, body, **headers):
    return server.get("/v1/sources/telemetry/events", method="POST", body=body, headers={"Content-Type": ARROW} | headers)


@pytest.mark.parametrize("options", [{}, {"compression": "zstd"}, {"compression": "lz4"}])
@pytest.mark.parametrize("times", [pa.timestamp("us", "UTC"), pa.timestamp("ns", "UTC"), pa.timestamp("ms")])
def test_events_of_a_stream(server, options, times):
    status, done = push(server, stream_of(events(times), **options))
    assert (status, done["accepted"], done["unreadable"]) == (200, 3, 0), done
    status, read = server.get("/v1/features:read", method="POST", body='{"features": ["flow_mean"], "entities": [{"pump_id": "p1"}, {"pump_id": "p2"}]}')
    assert [row["values"][0]["value"] for row in read["rows"]] == [3.0, None]


def test_a_stream_that_is_sent_again_counts_once(server):
    body = stream_of(events())
    assert push(server, body, **{"Idempotency-Key": "k"})[1]["accepted"] == 3
    assert push(server, body, **{"Idempotency-Key": "k"})[1]["repeated"] is True
    assert server.get("/v1/sources")[1]["sources"][0]["accepted"] == 3


def test_what_is_no_stream_is_refused(server):
    whole = stream_of(events())
    for body in (b"", b"{}", whole[:-200], whole[:100] + b"\xff" * 8 + whole[108:]):
        status, error = push(server, body)
        assert status == 422 and error["message"], body[:20]
    bomb = pa.table({"pump_id": pa.array(["p1"] * 2_000_000), "flow": pa.array([0.0] * 2_000_000), "at": pa.array([NOW] * 2_000_000)})
    status, error = push(server, stream_of(bomb, compression="zstd"))
    assert status == 422 and "unfolds" in error["message"]
    assert server.get("/v1/sources")[1]["sources"][0]["accepted"] == 0


def test_values_as_a_stream(binary, server):
    headrace(binary, server, "push", "telemetry", "-", given=event("p1", 2.0, 5) + "\n" + event("p1", 4.0))
    connection = server.connect()
    connection.request("POST", "/v1/features:read", '{"features": ["flow_mean"], "entities": [{"pump_id": "p1"}, {"pump_id": "p2"}]}', {"Accept": ARROW})
    answer = connection.getresponse()
    assert answer.status == 200 and answer.headers["Content-Type"] == ARROW
    table = pa.ipc.open_stream(answer.read()).read_all()
    connection.close()
    assert table.column_names == ["pump_id", "flow_mean", "flow_mean.event_time", "flow_mean.null_reason"]
    rows = table.to_pylist()
    assert (rows[0]["pump_id"], rows[0]["flow_mean"], rows[0]["flow_mean.null_reason"]) == ("p1", 3.0, None)
    assert abs(rows[0]["flow_mean.event_time"] - datetime.now(UTC)) < timedelta(minutes=5)
    assert rows[1]["flow_mean"] is None and rows[1]["flow_mean.event_time"] is None and rows[1]["flow_mean.null_reason"]
    assert table.schema.field("flow_mean").type == pa.float64()
