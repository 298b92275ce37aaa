"""Runs a command in a network namespace of its own, where only loopback exists: own_network.py COMMAND..

Beam's job server and expansion service listen on all interfaces; in here nobody else reaches them, and no port is taken.
Where namespaces are not permitted this ends with exit code 3; HEADRACE_FLINK_NETWORK=machine lets the command run in the
machine's network, where others may reach those servers.
"""
import fcntl
import os
import shutil
import socket
import struct
import subprocess
import sys

INSIDE = "HEADRACE_OWN_NETWORK"
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
WAYS = (["unshare", "--net"], ["unshare", "--user", "--map-root-user", "--net"])


def raise_loopback():
    """A new namespace has a loopback interface that is down."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        name = b"lo".ljust(16, b"\0")
        (flags,) = struct.unpack_from("H", fcntl.ioctl(probe, SIOCGIFFLAGS, name + bytes(16)), 16)
        fcntl.ioctl(probe, SIOCSIFFLAGS, name + struct.pack("H", flags | IFF_UP) + bytes(14))


def way_in():
    """The words before a command that give it a network of its own; None where that is not permitted."""
    if shutil.which("unshare") is None:
        return None
    return next((way for way in WAYS if subprocess.run([*way, "true"], capture_output=True).returncode == 0), None)


def main():
    command = sys.argv[1:]
    if os.environ.get(INSIDE) == "entering":
        raise_loopback()
        os.environ[INSIDE] = "yes"
    else:
        way = way_in()
        if way is None and os.environ.get("HEADRACE_FLINK_NETWORK") != "machine":
            print("own_network: namespaces are not permitted here (unshare --net); HEADRACE_FLINK_NETWORK=machine runs without", file=sys.stderr)
            sys.exit(3)
        if way is not None:
            os.environ[INSIDE] = "entering"
            command = [*way, sys.executable, __file__, *command]
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
