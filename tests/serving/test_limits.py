"""No client holds the server: slow ones, silent ones, large ones and many."""
import json
import resource
import socket
import threading
import time

import pytest
from running_server import ask

SLOW_CLIENTS = 2000


def answer_of(line):
    """All that is said until the end."""
    said = b""
    try:
        while more := line.recv(65536):
            said += more
    except ConnectionResetError:
        pass
    return said.decode()


@pytest.fixture
def many_files():
    """Room for the sockets of slow clients, here and in the server that is started after it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_reads_go_on_beside_slow_clients(many_files, server):
    """2,000 clients each leave something half done, and drop a byte now and then; every read is answered meanwhile."""
    beginnings = [b"", b"G", b"GET /v1/features HTTP/1.1\r\nHost: loc", b"POST /v1/features:read HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nxx",
                  b"GET /v1/watch?feature=flow_mean&key=pump_id=p1 HTTP/1.1\r\nHost: localhost\r\n\r\n"]
    slow, connection = [], server.connect()
    read = json.dumps({"features": ["flow_mean"], "entities": [{"pump_id": "p1"}]})
    answered = 0
    for number in range(SLOW_CLIENTS):
        line = server.socket()
        # A watch in fifty, since there may be no more than 256: it is never read.
        line.sendall(beginnings[4 if number % 50 == 0 else number % 4])
        slow.append(line)
        if number % 7 == 0:
            try:
                slow[number // 2].sendall(b"x")
            except OSError:
                pass  # it was sent away for being too slow
        if number % 4 == 0:
            status, answer = ask(connection, "/v1/features:read", method="POST", body=read)
            answered += status == 200 and len(answer["rows"]) == 1
    assert answered == SLOW_CLIENTS // 4
    status, metrics = ask(connection, "/metrics")
    assert status == 200 and "headrace_http_requests_in_work 1\n" in metrics
    connection.close()
    for each in slow:
        each.close()


def test_slow_requests_are_told_so(server):
    """Ten seconds for a request, whether its header or its body is late; a client that says nothing is hung up on."""
    header, body, silent = server.socket(), server.socket(), server.socket()
    header.sendall(b"GET /healthz HTTP/1.1\r\nHo")
    body.sendall(b"POST /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na")
    answers = [answer_of(line) for line in (header, body, silent)]
    for said in answers[:2]:
        assert said.startswith("HTTP/1.1 408 ") and '"code":"too_slow"' in said
    assert answers[2] == ""
    for each in (header, body, silent):
        each.close()


def test_half_open_clients_do_not_add_up(server):
    """Clients that hang up in the middle leave nothing behind."""
    for number in range(300):
        with server.socket() as line:
            line.sendall(b"GET /v1/features HTTP/1.1\r\nHost: a\r\n\r\n"[: number % 40])
            if number % 2:
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")  # with a reset
    connection = server.connect()
    deadline = time.monotonic() + 20
    while True:
        _, metrics = ask(connection, "/metrics")
        if "headrace_http_connections 1\n" in metrics:
            break
        assert time.monotonic() < deadline, metrics
    connection.close()


def test_sizes(server):
    with server.socket() as line:
        line.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * (20 << 10) + b"\r\n\r\n")
        assert answer_of(line).startswith("HTTP/1.1 431 ")
    with server.socket() as line:
        line.sendall(b"POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n")
        said = answer_of(line)
        assert said.startswith("HTTP/1.1 413 ") and '"help":' in said
    status, error = server.get("/v1/features?" + "&".join("x=1" for _ in range(100)))
    assert (status, error["code"]) == (400, "bad_request")


def test_many_clients_at_once(server):
    failures = []

    def read():
        connection = server.connect()
        for _ in range(50):
            if ask(connection, "/v1/features")[0] != 200:
                failures.append(1)
        connection.close()

    readers = [threading.Thread(target=read) for _ in range(32)]
    for each in readers:
        each.start()
    for each in readers:
        each.join()
    assert not failures
