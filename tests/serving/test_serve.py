"""`headrace serve` as its users meet it: addresses, answers, signals, reloads."""
import fcntl
import json
import os
import pty
import signal
import socket
import subprocess
import termios
import threading

import pytest
from running_server import PATIENCE, ask, running, write_features

DEFAULT_PORT = 7077


def test_tells_what_is_defined(server):
    assert server.get("/healthz")[0] == 200
    assert server.get("/readyz") == (200, {"status": "ready", "version": server.get("/healthz")[1]["version"]})
    status, listed = server.get("/v1/features")
    assert status == 200 and listed["project"] == "station"
    [feature] = listed["features"]
    assert feature == server.get("/v1/features/flow_mean")[1]
    assert (feature["formula"], feature["window"], feature["keys"], feature["type"]) == ("flow", "1h", ["pump_id"], "double")
    status, error = server.get("/v1/features/flow_meen")
    assert status == 404 and set(error) == {"code", "message", "help"} and "flow_mean" in error["help"]


def test_one_connection_serves_many_requests(server):
    connection = server.connect()
    for _ in range(50):
        assert ask(connection, "/v1/features/flow_mean")[0] == 200
        assert ask(connection, "/nothing")[0] == 404
        assert ask(connection, "/healthz", method="HEAD") == (200, "")
    _, metrics = ask(connection, "/metrics")
    connection.close()
    lines = dict(line.rsplit(" ", 1) for line in metrics.splitlines() if not line.startswith("#"))
    assert lines["headrace_http_connections_total"] == "1"
    assert lines['headrace_http_requests_total{method="GET",route="/v1/features/{name}",status="200"}'] == "50"
    assert lines['headrace_http_request_duration_seconds_count{method="GET",route="/v1/features/{name}"}'] == "50"
    assert lines['headrace_http_request_duration_seconds_bucket{method="GET",route="/v1/features/{name}",le="+Inf"}'] == "50"


def test_pipelined_requests_are_answered_in_order(server):
    request = "GET {} HTTP/1.1\r\nHost: localhost\r\n{}\r\n"
    paths = ["/healthz", "/nothing", "/v1/features", "/healthz"]
    with server.socket() as line:
        line.sendall("".join(request.format(p, "Connection: close\r\n" if i == 3 else "") for i, p in enumerate(paths)).encode())
        said = b""
        while more := line.recv(65536):
            said += more
    assert [part[:3] for part in said.decode().split("HTTP/1.1 ")[1:]] == ["200", "404", "200", "200"]


def test_describes_what_it_serves(server):
    _, document = server.get("/openapi.json")
    assert document["openapi"] == "3.1.0"
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            status, _ = server.get(path.replace("{name}", "telemetry" if "/sources/" in path else "flow_mean"), method=method.upper())
            assert str(status) in operation["responses"], path
            has_all = not any(each["required"] and each["in"] == "query" for each in operation.get("parameters", []))
            assert status == 200 or method == "post" or not has_all, path


def test_the_first_line_is_the_address_and_a_signal_ends_it_well(binary, project):
    for number in (signal.SIGINT, signal.SIGTERM):
        with running(binary, project, "--listen", "127.0.0.1:0") as server:
            server.wait_for("1 feature of station")
            assert server.stop(number) == 0


def test_a_taken_port(binary, project):
    with running(binary, project, "--listen", "127.0.0.1:0") as first:
        done = subprocess.run([binary, "serve", "--project", project, "--listen", f"127.0.0.1:{first.port}", "--data", project / "other"], capture_output=True, text=True)
        assert done.returncode == 3 and f"127.0.0.1:{first.port}" in done.stderr and "another port" in done.stderr and done.stdout == ""


def test_the_default_port_gives_way(binary, project):
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", DEFAULT_PORT))
            taken.listen()
        except OSError:
            pass  # taken by another program: as well
        with running(binary, project) as server:
            assert server.port != DEFAULT_PORT
            server.wait_for("127.0.0.1:7077 is taken")
            assert server.get("/healthz")[0] == 200


@pytest.mark.parametrize("arguments, code, said", [
    (["--listen", "7077"], 2, "no address to listen at"),
    (["--listen", "example.com:80"], 2, "no address to listen at"),
    (["--listen", "0.0.0.0:0"], 2, "needs TLS and tokens"),
    (["--tls-key", "a.key"], 2, "belong together"),
    (["--tls-key", "a.key", "--tls-certificate", "a.pem"], 3, "a.pem"),
    (["--tokens", "missing.txt"], 3, "missing.txt"),
    (["--threads", "0"], 2, "--threads"),
])
def test_wrong_use(binary, project, arguments, code, said):
    done = subprocess.run([binary, "serve", *arguments], cwd=project, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (code, "") and said in done.stderr


def test_definitions_with_errors_are_not_served(binary, project):
    (project / "features" / "f.yaml").write_text("feature: {name: x}\n")
    done = subprocess.run([binary, "serve", "--project", project, "--listen", "127.0.0.1:0"], capture_output=True, text=True)
    assert done.returncode == 1 and "error" in done.stderr and done.stdout == ""


def test_reload_without_a_gap(server, project):
    """Requests go on while definitions change: each is answered, from the old ones or from the new ones."""
    seen, failures, is_over = set(), [], threading.Event()

    def read():
        connection = server.connect()
        while not is_over.is_set():
            status, listed = ask(connection, "/v1/features")
            seen.add(tuple(each["name"] for each in listed["features"]))
            if status != 200:
                failures.append(status)
        connection.close()

    readers = [threading.Thread(target=read) for _ in range(4)]
    for each in readers:
        each.start()
    for number in range(1, 6):
        write_features(project, [(f"flow_{i}", "hydraulics") for i in range(number + 1)])
        server.send(signal.SIGHUP)
        server.wait_for(f"reloaded: {number + 1} features")
    is_over.set()
    for each in readers:
        each.join()
    assert not failures
    assert seen <= {("flow_mean",)} | {tuple(f"flow_{i}" for i in range(n)) for n in range(2, 7)}
    assert server.get("/v1/features/flow_5")[0] == 200


def test_a_reload_with_errors_changes_nothing(server, project):
    (project / "features" / "f.yaml").write_text("feature: {name: x}\n")
    server.send(signal.SIGHUP)
    server.wait_for("nothing was reloaded")
    assert server.get("/v1/features/flow_mean")[0] == 200
    write_features(project, [("flow_again", "hydraulics")])
    server.send(signal.SIGHUP)
    server.wait_for("reloaded: 1 feature")
    assert server.get("/v1/features/flow_again")[0] == 200


def test_stop_answers_what_has_begun(server):
    """A request whose beginning is there when the server stops is answered, and nobody new is let in."""
    connection = server.connect()
    with server.socket() as begun:
        begun.sendall(b"POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\na")
        while "headrace_http_body_bytes 1\n" not in ask(connection, "/metrics")[1]:
            pass
        server.send(signal.SIGTERM)
        server.wait_for("stopping")
        assert connection.sock.recv(1) == b""  # one that waits for a request is closed
        begun.sendall(b"b")
        said = b""
        while more := begun.recv(65536):
            said += more
        assert said.startswith(b"HTTP/1.1 405 ") and b"Connection: close" in said
    assert server.wait() == 0
    with pytest.raises(OSError):
        server.socket()


def test_ends_with_its_terminal(binary, project):
    """A server in the foreground of a terminal that is closed does not stay behind, and does not take it for a reload."""
    main, terminal = pty.openpty()
    process = subprocess.Popen([binary, "serve", "--project", project, "--listen", "127.0.0.1:0"], stdin=terminal, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, preexec_fn=lambda: (os.setsid(), fcntl.ioctl(0, termios.TIOCSCTTY, 0)))
    os.close(terminal)
    assert process.stdout.readline().startswith(b"http://")
    os.close(main)
    assert process.wait(PATIENCE) == 0
    process.stdout.close()


def test_names_of_other_sites_are_refused(server):
    assert server.get("/v1/features", headers={"Host": "evil.example"})[1]["code"] == "foreign_host"
    assert server.get("/v1/features", headers={"Host": f"localhost:{server.port}"})[0] == 200


def test_openapi_is_printed_as_it_is_served(binary, server):
    printed = subprocess.run([binary, "schema", "--of", "openapi"], capture_output=True, text=True, check=True).stdout
    assert json.loads(printed) == server.get("/openapi.json")[1]
