"""Lets a Python process connect to this machine only: Feast must need nothing else, no telemetry either.

    loopback.py apply ..        runs Feast's command line so
"""
import socket
import sys


def allow_nothing_else():
    def check(event, arguments):
        if event != "socket.connect":
            return
        connected, address = arguments[:2]
        if connected.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise PermissionError(f"a test connects to {address}")

    sys.addaudithook(check)


if __name__ == "__main__":
    allow_nothing_else()
    from feast.cli.cli import cli

    cli()
