"""A Redis of our own for tests."""
import contextlib
import os
import shutil
import socket
import subprocess

import pytest


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def redis_server(folder, *options, port=None):
    """Runs Redis on a port of loopback, a free one where none is given, which it gives; nothing is left
    on disk. With a certificate among the further options the port speaks TLS."""
    program = shutil.which("redis-server")
    if program is None:
        is_needed = os.environ.get("HEADRACE_SERVING_TESTS") or os.environ.get("HEADRACE_FEAST_TESTS")
        (pytest.fail if is_needed else pytest.skip)("redis-server is not installed")
    port = port or free_port()
    plain = ["--port", "0", "--tls-port", str(port)] if "--tls-cert-file" in options else ["--port", str(port)]
    command = [program, *plain, *map(str, options), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert any("Ready to accept connections" in line for line in server.stdout)
        yield port
    finally:
        server.terminate()
        server.communicate()
