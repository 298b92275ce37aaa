from collections.abc import Callable
from typing import Any, TypeAlias

# stage, share of it, count, total, what is counted
Listener: TypeAlias = Callable[[str, float | None, int, int | None, str], None]

version: str

def time_us(text: str) -> int: ...
def init(folder: str) -> list[str]: ...
def duration_us(text: str) -> int: ...

class ArrowBatch:
    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[object, object]: ...
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...
    def __arrow_c_schema__(self) -> object: ...
    def __len__(self) -> int: ...
    def to_pydict(self) -> dict[str, list[Any]]: ...
    @property
    def column_names(self) -> list[str]: ...
    @property
    def statistics(self) -> dict[str, int]: ...

class OpenRepository:
    @staticmethod
    def open(folder: str, sources: list[str]) -> OpenRepository: ...
    @property
    def folder(self) -> str: ...
    @property
    def project_name(self) -> str: ...
    @property
    def has_errors(self) -> bool: ...
    def problems_json(self) -> str: ...
    def problems_text(self) -> str: ...
    def problems_summary(self) -> str: ...
    def features(self) -> list[dict[str, Any]]: ...
    def key_and_time_columns(self) -> list[str]: ...
    def plan_json(self, features: list[str], excluded: list[str]) -> str: ...
    def plan_text(self, features: list[str], excluded: list[str]) -> str: ...
    def graph(self, features: list[str], excluded: list[str], form: str) -> str: ...
    def dataset(
        self,
        observations: object,
        features: list[str],
        excluded: list[str],
        time_column: str,
        skip_bad_rows: bool,
        bad_rows: str,
        threads: int,
        memory_bytes: int,
        progress: Listener | None,
    ) -> tuple[str, ArrowBatch]: ...
    def backfill(
        self,
        output: str,
        features: list[str],
        excluded: list[str],
        start_us: int | None,
        end_us: int | None,
        every_us: int | None,
        format: str,
        skip_bad_rows: bool,
        bad_rows: str,
        replace: bool,
        dev: bool,
        partition: str,
        threads: int,
        memory_bytes: int,
        progress: Listener | None,
    ) -> str: ...
    def show(
        self,
        features: list[str],
        excluded: list[str],
        keys: list[str],
        at_us: int | None,
        last: int | None,
        every_us: int | None,
        skip_bad_rows: bool,
        bad_rows: str,
        threads: int,
        memory_bytes: int,
        progress: Listener | None,
    ) -> tuple[str, list[tuple[str, int, ArrowBatch, int]], list[str], list[str]]: ...
    def explain(
        self, feature: str, keys: list[str], at_us: int, event_limit: int, skip_bad_rows: bool, bad_rows: str
    ) -> tuple[str, str, list[str], list[str]]: ...
    def generate(
        self,
        target: str,
        dialect: str,
        engine: str,
        offline: str,
        views: str,
        features: list[str],
        excluded: list[str],
        output: str,
        skip_refused: bool,
        overwrite: bool,
    ) -> tuple[str, bool, str, str]: ...
