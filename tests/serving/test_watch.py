"""Values as they change, by HTTP and by `headrace get --watch`."""
import json
import os
import signal
import subprocess
import urllib.request

from running_server import PATIENCE, running, write_features
from test_values import event, headrace, value

WATCH = "/v1/watch?feature=flow_mean&key=pump_id=p1&key=pump_id=p2"


class Watching:
    """The events of a stream, one at a time."""

    def __init__(self, server, path=WATCH):
        self.answer = urllib.request.urlopen(server.address + path, timeout=PATIENCE)
        assert self.answer.headers["Content-Type"] == "text/event-stream"

    def next(self):
        """(event, data), comments left out."""
        name = None
        for line in self.answer:
            text = line.decode().rstrip("\n")
            if text.startswith("event: "):
                name = text[7:]
            if text.startswith("data: "):
                return name, json.loads(text[6:])
        return None


def push(binary, server, *events):
    headrace(binary, server, "push", "telemetry", "-", given="\n".join(events))


def test_a_watch_tells_changes_of_its_keys(binary, server):
    push(binary, server, event("p1", 2.0, 5))
    watching = Watching(server)
    first = [watching.next() for _ in range(2)]
    assert [(name, data["entity"]["pump_id"], data["values"][0]["value"]) for name, data in first] == [("values", "p1", 2.0), ("values", "p2", None)]
    assert first[1][1]["values"][0]["null_reason"]
    push(binary, server, event("p9", 1.0))
    push(binary, server, event("p2", 8.0))
    name, data = watching.next()
    assert (name, data["entity"], data["values"][0]["value"], data["values"][0]["feature"]) == ("values", {"pump_id": "p2"}, 8.0, "flow_mean")


def test_a_watch_ends_with_a_reason(binary, project, server):
    reloaded, stopped = Watching(server), None
    [reloaded.next() for _ in range(2)]
    write_features(project, (("flow_mean", "hydraulics"), ("flow_other", "hydraulics")))
    server.process.send_signal(signal.SIGHUP)
    name, data = reloaded.next()
    assert (name, data["code"]) == ("end", "reloaded") and reloaded.next() is None
    stopped = Watching(server)
    [stopped.next() for _ in range(2)]
    server.process.send_signal(signal.SIGTERM)
    assert stopped.next()[1]["code"] == "stopping"
    assert server.wait() == 0


def test_what_cannot_be_watched_is_refused(server):
    for path, status in [("/v1/watch", 400), ("/v1/watch?feature=flow_mean", 400), ("/v1/watch?feature=no&key=pump_id=p1", 404), ("/v1/watch?feature=flow_mean&key=p1", 400), ("/v1/watch?feature=flow_mean&key=pump=p1", 400)]:
        got, error = server.get(path)
        assert got == status and error["help"], (path, error)


def test_the_command_goes_on_over_a_reload(binary, project):
    with running(binary, project, "--listen", "127.0.0.1:0") as server:
        command = [binary, "get", "flow_mean", "--key", "pump_id=p1", "--watch", "--server", server.address]
        watching = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | {"NO_COLOR": "1"})
        try:
            assert "null" in watching.stdout.readline()
            push(binary, server, event("p1", 4.0))
            assert watching.stdout.readline().split("  ")[1:] == ['pump_id="p1"', "flow_mean", "4.0\n"]
            server.process.send_signal(signal.SIGHUP)
            assert "4.0" in watching.stdout.readline()
            watching.send_signal(signal.SIGINT)
            assert watching.wait(PATIENCE) in (130, -signal.SIGINT)
        finally:
            watching.kill()
            watching.wait()


def test_reload_by_http(binary, project):
    with running(binary, project, "--listen", "127.0.0.1:0") as server:
        push(binary, server, event("p1", 2.0))
        same = server.get("/v1/reload", method="POST")[1]
        write_features(project, (("flow_mean", "hydraulics"), ("flow_other", "hydraulics")))
        status, taken = server.get("/v1/reload", method="POST")
        assert status == 200 and taken["features"] == 2 and taken["project"] == "station" and taken["version"] != same["version"]
        assert server.get("/v1/features/flow_other")[0] == 200 and value(binary, server, "p1")["value"] == 2.0
        (project / "features" / "f.yaml").write_text("feature: {name: broken}")
        status, error = server.get("/v1/reload", method="POST")
        assert status == 422 and error["code"] == "bad_definitions"
        assert error["diagnostics"][0]["file"].endswith("f.yaml") and error["diagnostics"][0]["line"] == 1
        assert server.get("/v1/features/flow_other")[0] == 200
        server.wait_for("nothing was reloaded")


def test_explain_tells_the_accepted_events(binary, server):
    push(binary, server, event("p1", 2.0, 20), event("p2", 50.0, 15), event("p1", 4.0, 10))
    headrace(binary, server, "push", "telemetry", "-", given=event("p1", 1000.0, 3600), code=1)  # too late
    status, told = server.get("/v1/features/flow_mean/explain?key=pump_id=p1")
    assert status == 200 and told["value"] == 3.0
    inside = [each for each in told["events"] if each["place"] == "inside"]
    assert [each["inputs"] for each in inside] == [[2.0], [4.0]] and told["counts"]["used"] == 2
    assert server.get(f"/v1/features/flow_mean/explain?key=pump_id=p1&as_of={inside[0]['time']}")[1]["value"] == 2.0
    assert server.get("/v1/features/flow_mean/explain?key=pump_id=nobody")[1]["value"] is None
    for path, code in [("no/explain?key=pump_id=p1", 404), ("flow_mean/explain", 400), ("flow_mean/explain?key=pump_id=p1&as_of=2999-01-01T00:00:00Z", 400), ("flow_mean/explain?key=pump_id=p1&key=pump_id=p2", 400), ("flow_mean/explain?key=pump_id=p1&as_of=soon", 400)]:
        assert server.get("/v1/features/" + path)[0] == code, path
