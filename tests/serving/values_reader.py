"""The C library libheadrace_reader as Python sees it, by ctypes."""
import ctypes as c
from pathlib import Path
from typing import NamedTuple

NOW, NO_TIME, NO_END = -(2**63), -(2**63), 2**63 - 1
OK, NO_EVENTS, EXPIRED, STALE = 0, 1, 2, 3
NO_FILE, FOREIGN_FILE, NO_NAME, CHANGED = -2, -4, -7, -8
HOLDS, IS_OVER, IS_STALE = 0, 1, 2
BOOL, INT64, DOUBLE, TEXT, TIME, LIST = 1, 2, 3, 4, 5, 6


class Text(c.Structure):
    _fields_ = [("bytes", c.c_void_p), ("size", c.c_size_t)]


class Content(c.Union):
    _fields_ = [("integer", c.c_int64), ("number", c.c_double), ("text", Text)]


class CValue(c.Structure):
    _anonymous_ = ("content",)
    _fields_ = [("state", c.c_int), ("type", c.c_int), ("is_null", c.c_int32), ("content", Content), ("event_time_us", c.c_int64), ("holds_until_us", c.c_int64)]


class Key(c.Structure):
    _fields_ = [("type", c.c_int), ("integer", c.c_int64), ("bytes", c.c_char_p), ("size", c.c_size_t)]


class Options(c.Structure):
    _fields_ = [("struct_size", c.c_size_t), ("stale_after_us", c.c_int64)]


class FileInfo(c.Structure):
    _fields_ = [("struct_size", c.c_size_t), ("current_to_us", c.c_int64), ("created_us", c.c_int64), ("refresh_us", c.c_int64), ("generation", c.c_uint64), ("entities", c.c_size_t)]


class EntityInfo(c.Structure):
    _fields_ = [("struct_size", c.c_size_t), ("name", c.c_char_p), ("keys", c.c_size_t), ("features", c.c_size_t), ("watermark_us", c.c_int64)]


class Value(NamedTuple):
    value: object
    state: int
    event_time: int
    holds_until: int


class ReaderError(Exception):
    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


def library_of(binary):
    library = c.CDLL(str(Path(binary).parent / "lib" / "libheadrace_reader.so"))
    library.headrace_status_text.restype = c.c_char_p
    for name in ("headrace_reader_close", "headrace_query_free"):
        getattr(library, name).restype = None
        getattr(library, name).argtypes = [c.c_void_p]
    library.headrace_reader_open.argtypes = [c.c_char_p, c.POINTER(Options), c.POINTER(c.c_void_p)]
    library.headrace_reader_file.argtypes = [c.c_void_p, c.POINTER(FileInfo)]
    library.headrace_reader_entity.argtypes = [c.c_void_p, c.c_size_t, c.POINTER(EntityInfo)]
    library.headrace_query_new.argtypes = [c.c_void_p, c.c_char_p, c.POINTER(c.c_char_p), c.c_size_t, c.POINTER(c.c_void_p)]
    library.headrace_query_read.argtypes = [c.c_void_p, c.POINTER(Key), c.c_size_t, c.c_int64, c.POINTER(CValue)]
    return library


class Reader:
    def __init__(self, binary, path, stale_after=2.0):
        self.library = library_of(binary)
        self.handle = c.c_void_p()
        options = Options(c.sizeof(Options), int(stale_after * 1e6))
        self.check(self.library.headrace_reader_open(str(path).encode(), options, self.handle))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.library.headrace_reader_close(self.handle)

    def check(self, status):
        if status != OK:
            raise ReaderError(status, self.library.headrace_status_text(status).decode())

    def file(self):
        info = FileInfo(c.sizeof(FileInfo))
        self.check(self.library.headrace_reader_file(self.handle, info))
        return info

    def entity(self, number):
        info = EntityInfo(c.sizeof(EntityInfo))
        self.check(self.library.headrace_reader_entity(self.handle, number, info))
        return info

    def query(self, entity, *features):
        return Query(self, entity, features)


class Query:
    """Lives as long as the reader's process."""

    def __init__(self, reader, entity, features):
        self.library = reader.library
        self.handle = c.c_void_p()
        self.values = (CValue * len(features))()
        names = (c.c_char_p * len(features))(*[name.encode() for name in features])
        reader.check(self.library.headrace_query_new(reader.handle, entity.encode(), names, len(features), self.handle))

    def read(self, *keys, at=NOW):
        """(status, values); no values where the status is negative."""
        own = (Key * len(keys))(*[Key(TEXT, 0, key.encode(), len(key.encode())) if isinstance(key, str) else Key(INT64, key, None, 0) for key in keys])
        status = self.library.headrace_query_read(self.handle, own, len(keys), at, self.values)
        return status, [value_of(value) for value in self.values] if status >= OK else []


def value_of(value):
    content = None
    if not value.is_null:
        text = value.type in (TEXT, LIST)
        content = c.string_at(value.text.bytes, value.text.size).decode() if text else value.number if value.type == DOUBLE else value.integer
    return Value(content, value.state, value.event_time_us, value.holds_until_us)
