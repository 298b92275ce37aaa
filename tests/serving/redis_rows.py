"""What a Redis holds in Feast's layout, without a client library and without any code of ours: plain RESP, struct and protobuf's
wire format."""
import socket
import ssl
import struct

MASK = 2**32 - 1


class Redis:
    """One connection; a command gives bytes, an int, None, a list, or raises what Redis says."""

    def __init__(self, port, password=None, user="default", certificate=None):
        connection = socket.create_connection(("127.0.0.1", port), timeout=30)
        if certificate:
            connection = ssl.create_default_context(cafile=str(certificate)).wrap_socket(connection, server_hostname="127.0.0.1")
        self.connection, self.reader = connection, connection.makefile("rb")
        if password:
            self("AUTH", user, password)

    def __call__(self, *words):
        parts = [word if isinstance(word, bytes) else str(word).encode() for word in words]
        self.connection.sendall(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts))
        return self.reply()

    def reply(self):
        head = self.reader.readline()
        kind, rest = head[:1], head[1:].rstrip()
        if kind == b"-":
            raise RuntimeError(rest.decode())
        if kind == b"+":
            return rest
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self.reader.read(int(rest) + 2)[:-2]
        assert kind == b"*", head
        return [self.reply() for _ in range(int(rest))]

    def hash(self, name):
        flat = self("HGETALL", name)
        return dict(zip(flat[::2], flat[1::2], strict=True))

    def hashes(self):
        """All of Feast: name to fields."""
        return {name: self.hash(name) for name in self("KEYS", "*") if not name.startswith(b"headrace:")}


def murmur3(data):
    state = 0
    blocks = [data[at:at + 4] for at in range(0, len(data), 4)]
    for block in blocks:
        word = int.from_bytes(block, "little") * 0xCC9E2D51 & MASK
        state ^= (word << 15 | word >> 17) * 0x1B873593 & MASK
        if len(block) == 4:
            state = ((state << 13 | state >> 19) * 5 + 0xE6546B64) & MASK
    state ^= len(data)
    for multiplier, shift in ((0x85EBCA6B, 16), (0xC2B2AE35, 13)):
        state = (state ^ state >> shift) * multiplier & MASK
    return state ^ state >> 16


def field_of(view, feature):
    return struct.pack("<I", murmur3(f"{view}:{feature}".encode()))


def name_of(project, **key):
    """The hash of an entity with keys that are texts."""
    out = struct.pack("<I", len(key))
    for column in sorted(key):
        out += struct.pack("<II", 2, len(column)) + column.encode()
    for column in sorted(key):
        out += struct.pack("<II", 2, len(key[column].encode())) + key[column].encode()
    return out + project.encode()


def double_of(value):
    """None for a null."""
    if value == b"":
        return None
    assert value[:1] == b"\x29" and len(value) == 9, value
    return struct.unpack("<d", value[1:])[0]


def int_of(value):
    assert value[:1] == b"\x20", value
    return sum((byte & 127) << 7 * place for place, byte in enumerate(value[1:]))
