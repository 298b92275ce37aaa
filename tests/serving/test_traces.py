"""Spans of a server, as a collector gets them: of OTLP over HTTP in JSON, without anything of what requests hold."""
import http.server
import json
import os
import signal
import subprocess
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
from running_server import PATIENCE, make_certificate, running
from test_values import event

PROTOCOL = Path(__file__).resolve().parents[2] / ".venv-serving" / "bin" / "python"
CALLER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


class Collector:
    """Keeps the bodies that are sent to it."""

    def __init__(self, status=200):
        self.bodies, self.headers, self.status = [], [], status
        self.came = threading.Condition()
        collector = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                with collector.came:
                    collector.headers.append((self.path, dict(self.headers)))
                    collector.bodies.append(body)
                    collector.came.notify_all()
                self.send_response(collector.status)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]

    def spans(self):
        resources = [resource for body in self.bodies for resource in json.loads(body)["resourceSpans"]]
        return [span for resource in resources for scope in resource["scopeSpans"] for span in scope["spans"]]

    def named(self, name):
        """The span, once it has come."""
        with self.came:
            assert self.came.wait_for(lambda: any(span["name"] == name for span in self.spans()), PATIENCE), [span["name"] for span in self.spans()]
            return next(span for span in self.spans() if span["name"] == name)


@contextmanager
def collecting(tls=None, **options):
    collector = Collector(**options)
    if tls:
        import ssl

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
        collector.server.socket = context.wrap_socket(collector.server.socket, server_side=True)
    thread = threading.Thread(target=collector.server.serve_forever, daemon=True)
    thread.start()
    try:
        yield collector
    finally:
        collector.server.shutdown()
        collector.server.server_close()
        thread.join(PATIENCE)


def trace_to(project, collector, scheme="http", sample="100%", more=""):
    (project / "environments.yaml").write_text(f"dev: {{traces: {{endpoint: '{scheme}://127.0.0.1:{collector.port}', sample: {sample}{more}}}}}\n")


def push_and_read(server, headers=None):
    fields = headers or {}
    assert server.get("/v1/sources/telemetry/events", method="POST", body=event("secret-pump", 41.5), headers=fields | {"Content-Type": "application/x-ndjson"})[0] == 200
    connection = server.connect()
    connection.request("POST", "/v1/features:read", body='{"features": ["flow_mean"], "entities": [{"pump_id": "secret-pump"}]}', headers=fields | {"Content-Type": "application/json"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert answer.status == 200
    return answer.headers.get("traceresponse")


def attributes(span):
    return {each["key"]: each["value"].get("stringValue", each["value"].get("intValue")) for each in span["attributes"]}


def test_a_push_and_a_read_as_parts_of_the_callers_trace(binary, project):
    with collecting() as collector:
        trace_to(project, collector)
        with running(binary, project, "--listen", "127.0.0.1:0") as server:
            told = push_and_read(server, {"traceparent": CALLER})
            assert server.get("/healthz")[0] == 200
            read = collector.named("POST /v1/features:read")
            push = collector.named("POST /v1/sources/{name}/events")
            server.send(signal.SIGHUP)
            reload = collector.named("reload")
            server.stop()
        checkpoint = collector.named("checkpoint")
    assert told == f"00-4bf92f3577b34da6a3ce929d0e0e4736-{read['spanId']}-01"
    for each in (push, read):
        assert (each["traceId"], each["parentSpanId"], each["kind"]) == ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", 2)
        assert attributes(each)["http.response.status_code"] == "200"
    spans = {span["name"]: span for span in collector.spans()}
    assert spans["take events"]["parentSpanId"] == spans["commit"]["parentSpanId"] == push["spanId"]
    assert attributes(spans["take events"])["headrace.events.accepted"] == "1"
    assert spans["read features"]["parentSpanId"] == read["spanId"]
    assert attributes(spans["read features"]) == {"headrace.features": "1", "headrace.entities": "1"}
    assert "parentSpanId" not in reload and "parentSpanId" not in checkpoint
    assert not any("healthz" in span["name"] for span in collector.spans())
    said = "".join(collector.bodies)
    assert "secret" not in said and "41.5" not in said and "flow_mean" not in said
    assert all(path == "/v1/traces" and headers["Content-Type"] == "application/json" for path, headers in collector.headers)


def test_the_protocols_own_library_reads_them(binary, project):
    if subprocess.run([PROTOCOL, "-c", "import opentelemetry.proto"], capture_output=True).returncode if PROTOCOL.exists() else True:
        if os.environ.get("HEADRACE_SERVING_TESTS"):
            pytest.fail("opentelemetry-proto is not in .venv-serving")
        pytest.skip("opentelemetry-proto is not installed: tools/setup.sh integration")
    with collecting() as collector:
        trace_to(project, collector)
        with running(binary, project, "--listen", "127.0.0.1:0") as server:
            push_and_read(server)
            collector.named("POST /v1/features:read")
            server.stop()
    lines = []
    for body in collector.bodies:
        read = subprocess.run([PROTOCOL, Path(__file__).with_name("otlp_spans.py")], input=body, capture_output=True, text=True, check=True)
        lines += [json.loads(line) for line in read.stdout.splitlines()]
    assert {"take events", "commit", "read features", "checkpoint"} <= {line["name"] for line in lines}
    assert {(line["service"], line["environment"]) for line in lines} == {("headrace", "dev")}


def test_headers_let_the_server_in_by_tls(binary, project, tmp_path, monkeypatch):
    certificate, key = make_certificate(tmp_path)
    (project / "key.txt").write_text("from-a-file\n")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    monkeypatch.setenv("COLLECTOR_TOKEN", "from-a-variable")
    with collecting(tls=(certificate, key)) as collector:
        trace_to(project, collector, scheme="https", more=", headers: {authorization: 'Bearer ${COLLECTOR_TOKEN}', x-key_file: key.txt}")
        with running(binary, project, "--listen", "127.0.0.1:0", "--log", "json") as server:
            push_and_read(server)
            trace = collector.named("POST /v1/features:read")["traceId"]
            server.stop()
        _, headers = collector.headers[0]
    assert (headers["authorization"], headers["x-key"]) == ("Bearer from-a-variable", "from-a-file")
    assert "from-a" not in "".join(server.said)
    assert trace in [json.loads(line).get("trace_id") for line in server.said]


def test_a_collector_that_fails_holds_nothing_up(binary, project):
    """Spans are lost then, and counted."""
    with collecting(status=400) as collector:
        trace_to(project, collector)
        with running(binary, project, "--listen", "127.0.0.1:0") as server:
            push_and_read(server)
            collector.named("POST /v1/features:read")
            waited = threading.Event()
            for _ in range(PATIENCE * 10):
                metrics = dict(line.rsplit(" ", 1) for line in server.get("/metrics")[1].splitlines() if not line.startswith("#"))
                if float(metrics["headrace_trace_spans_dropped_total"]) > 0:
                    break
                waited.wait(0.1)
            assert float(metrics["headrace_trace_spans_dropped_total"]) > 0 and float(metrics["headrace_trace_failures_total"]) > 0
            assert server.stop() == 0


def test_what_a_caller_does_not_follow_is_not_followed(binary, project):
    with collecting() as collector:
        trace_to(project, collector)
        with running(binary, project, "--listen", "127.0.0.1:0") as server:
            assert push_and_read(server, {"traceparent": CALLER[:-1] + "0"}) is None
            assert push_and_read(server, {"traceparent": "nonsense"}) is not None
            collector.named("POST /v1/features:read")
            server.stop()
        assert sum(span["name"] == "POST /v1/features:read" for span in collector.spans()) == 1


def test_without_a_collector_there_are_none(binary, project):
    with running(binary, project, "--listen", "127.0.0.1:0") as server:
        assert push_and_read(server, {"traceparent": CALLER}) is None
        assert "headrace_trace" not in server.get("/metrics")[1]


def test_an_endpoint_that_is_none(binary, project):
    (project / "environments.yaml").write_text("dev: {traces: {endpoint: collector}}\n")
    done = subprocess.run([binary, "serve", "--project", project], capture_output=True, text=True)
    assert done.returncode != 0 and "`collector` is no address" in done.stderr and "traces" in done.stderr
