"""Events of pumps that happen now, pushed to a running server."""
import json
import threading
import time
from datetime import UTC, datetime, timedelta

from running_server import PATIENCE


def event(pump, flow=1.0, ago=0.0):
    at = datetime.now(UTC) - timedelta(seconds=ago)
    return json.dumps({"pump_id": pump, "at": at.isoformat().replace("+00:00", "Z"), "flow": flow}) + "\n"


def push(server, *events, source="telemetry"):
    status, answer = server.get(f"/v1/sources/{source}/events", method="POST", headers={"Content-Type": "application/x-ndjson"}, body="".join(events))
    assert status == 200 and answer["late"] == answer["unreadable"] == 0, answer


def until(what, seconds=PATIENCE):
    """The first true thing that it gives."""
    end = time.monotonic() + seconds
    while not (got := what()):
        assert time.monotonic() < end, "it never came"
        threading.Event().wait(0.02)
    return got
