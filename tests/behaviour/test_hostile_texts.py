"""Words of definitions never become code: names, paths, strings and descriptions that try to end a string, a comment or a line.

The same repository is generated with plain and with hostile words. What comes out must parse, have the same statements, and
show each character: nothing that turns the text around or is not seen stands raw in generated code.
"""
import ast
import json
import random
import subprocess
import unicodedata

import duckdb
import pytest
import yaml

TARGETS = [["beam"], ["feast"], ["airflow"], ["kubeflow"], *(["sql", "--dialect", dialect] for dialect in ("duckdb", "bigquery", "snowflake")), ["dbt"]]
TARGETS += [["feast", "--offline", "bigquery"], ["feast", "--offline", "snowflake"], ["airflow", "--engine", "beam"], ["kubeflow", "--engine", "beam"], ["kubeflow", "--engine", "sql"]]
PIECES = [
    *"'\"`\\#;-{}[]()%$@!<>|&*?:,~=+ \n\t\r",
    *("--", "/*", "*/", '"""', "'''", "{{project}}", "{{digest}}", "${x}", "$(x)", "\\n", "\\", "%s", "{0}", "';", '";', "$$"),
    *("\nDROP TABLE x;\n", "'); DROP TABLE x; --", '"; import os; "', "\nRUN x\n", "]]>", "* x", ": y", "é", "日", "😀"),
]
UNSEEN = ["\x07", "\x1b[2J", "\x7f", "\x85", "\xad", "\u200b", "\u200e", "\u202a", "\u202e", "\u2028", "\u2029", "\u2066", "\u2069", "\ufeff", "\U000e0041"]
# The user's own files, as they are.
COPIED = ("definitions/", "beam/definitions/")


class Words:
    """Gives plain words, or hostile ones that are all different. `kept` are those that must be in the code as they are."""

    def __init__(self, seed, has_unseen_names=False):
        self.chance = None if seed is None else random.Random(seed)
        self.has_unseen_names = has_unseen_names
        self.count = 0
        self.kept = []

    def any(self, pieces=(*PIECES, *UNSEEN)):
        self.count += 1
        if self.chance is None:
            return f"w{self.count}"
        return "".join(self.chance.choice([f"w{self.count}", *self.chance.sample(pieces, 3)]) for _ in range(5)) + f"w{self.count}"

    def keep(self):
        self.kept.append(self.any())
        return self.kept[-1]

    def name(self):
        """Of a column. What is not seen is refused in SQL."""
        return self.any() if self.has_unseen_names else self.any([piece for piece in PIECES if piece.isprintable()])


def in_backticks(name):
    return "`" + name.replace("`", "``") + "`"


def as_text(value):
    return "'" + value.replace("'", "''") + "'"


def flow(value):
    """A value as YAML's flow style; what YAML does not take raw is escaped."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{flow(key)}: {flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    if not isinstance(value, str):
        return json.dumps(value)
    return '"' + "".join(c if " " <= c <= "~" and c not in '"\\' else f"\\U{ord(c):08x}" for c in value) + '"'


def feature(words, name, source, columns, **more):
    common = {"name": name, "description": words.any(), "owner": words.any(), "version": "1.0", "tags": [words.any()], "entity": "pump"}
    return {"feature": {**common, "source": source, "source_features": columns, "window": "1h", **more}}


def documents(words):
    """The definitions; `words` gives each text that is free."""
    key, time, arrival = words.name(), words.name(), words.name()
    number, text, unread = words.name(), words.name(), words.name()
    columns = {key: "string", number: "double", text: "string", unread: "int64"}
    yield {"project": {"name": words.any()}}
    yield {"entity": {"name": "pump", "key": key, "description": words.any()}}
    for kind, stream in (
        ("parquet", {"kafka": {"brokers": words.any(), "topic": words.any()}}),
        ("csv", {"pubsub": {"subscription": words.any()}}),
        ("ndjson", None),
    ):
        body = {"name": f"source_{kind}", "entity": "pump", "event_time": time, "arrival": arrival, "columns": columns}
        yield {"source": {**body, "batch": {"format": kind, "path": words.keep().replace("${", "$${") + "/*." + kind}, **({"stream": stream} if stream else {})}}
        literal = words.keep()
        where = f"{in_backticks(text)} != {as_text(literal)} and {in_backticks(text)} in [{as_text(words.any())}]"
        yield feature(words, f"mean_{kind}", f"source_{kind}", [number, text], aggregation="mean", formula=in_backticks(number), filter=where)
        yield feature(words, f"last_{kind}", f"source_{kind}", [text], aggregation="last", formula=f"concat({in_backticks(text)}, {as_text(literal)})", default=words.any())


def write_repository(folder, words):
    (folder / "features").mkdir(parents=True)
    project, *others = documents(words)
    (folder / "project.yaml").write_text(flow(project) + "\n")
    (folder / "features" / "all.yaml").write_text("---\n".join(flow(each) + "\n" for each in others))
    return folder


def generated(binary, project, target):
    """The texts of a target, by their paths."""
    done = subprocess.run([binary, "generate", *target, "--output", "out", "--skip-refused", "--force"], cwd=project, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    out = project / "out"
    return {str(path.relative_to(out)): path.read_text("utf-8") for path in sorted(out.rglob("*")) if path.is_file() and not str(path.relative_to(out)).startswith(COPIED) and "_beam/definitions/" not in str(path)}


def outline(path, text):
    """What a file is made of, apart from the words."""
    if path.endswith(".py"):
        tree = ast.parse(text)
        imports = [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
        return [type(node).__name__ for node in tree.body], imports
    if path.endswith((".yaml", ".yml")):
        return sorted(yaml.safe_load(text))
    if path.endswith(".json"):
        json.loads(text)
        return None
    if path.endswith(".md"):
        return [line.split()[0] for line in text.splitlines() if line.startswith(("#", "```"))]
    return len(text.splitlines()) if path.endswith(("Dockerfile", ".txt", ".toml")) else None


def statements(text, dialect):
    """The statements of a text in SQL, by their first words."""
    if dialect == "duckdb":
        return [str(each.type) for each in duckdb.extract_statements(text)]
    code = without_quoted(text, dialect)
    assert "DROP" not in code and "import" not in code
    return [each.split()[:2] for each in code.split(";") if each.strip()]


def without_quoted(text, dialect):
    """SQL without comments and with empty quotes, by the rules of the dialect."""
    out, at = [], 0
    while at < len(text):
        c = text[at]
        if text.startswith("--", at):
            at = (text + "\n").index("\n", at)
        elif c in "'\"`":
            at += 1
            while text[at] != c or (text[at + 1] == c and dialect == "snowflake"):
                escapes = dialect == "bigquery" or (dialect == "snowflake" and c == "'")
                at += 2 if (escapes and text[at] == "\\") or text[at] == c else 1
            at += 1
            out.append("Q")
        else:
            out.append(c)
            at += 1
    return "".join(out)


def raw_unseen(text):
    return sorted({f"U+{ord(c):04X}" for c in text if (unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") and c != "\n")})


def strings_of(text):
    return [node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant) and isinstance(node.value, str)]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("target", TARGETS, ids=" ".join)
def test_words_stay_words(binary, tmp_path, target, seed):
    words = Words(seed, has_unseen_names=not {"sql", "dbt", "--offline"} & set(target))
    plain = generated(binary, write_repository(tmp_path / "plain", Words(None)), target)
    hostile = generated(binary, write_repository(tmp_path / "hostile", words), target)
    # The file of a DAG is named by its project, so the names are not compared.
    for (plain_path, plain_text), (path, text) in zip(plain.items(), hostile.items(), strict=True):
        assert outline(path, text) == outline(plain_path, plain_text), path
        if path.endswith(".sql") and target[0] == "sql":  # what dbt renders first is tested in tests/dbt
            assert statements(text, target[-1]) == statements(plain_text, target[-1]), path
        assert not raw_unseen(text), path
    if target == ["beam"]:
        found = strings_of(hostile["pipeline.py"])
        for word in words.kept:
            assert any(each.startswith(word) for each in found), word


def named(name):
    return '"' + name.replace('"', '""') + '"'


@pytest.mark.parametrize("seed", range(4))
def test_duckdb_computes_with_the_words(binary, tmp_path, seed):
    """Names and literals are what they were, behind all quoting."""
    words = Words(seed)
    key, time, text, literal, event = words.name(), words.name(), words.name(), words.any(), words.any()
    source = {"name": "events", "entity": "pump", "event_time": time, "columns": {key: "string", text: "string"}}
    joined = feature(words, "joined", "events", [text], aggregation="max", formula=f"concat({in_backticks(text)}, {as_text(literal)})")
    folder = tmp_path / "project"
    (folder / "features").mkdir(parents=True)
    (folder / "project.yaml").write_text(flow({"project": {"name": words.any()}}))
    (folder / "features" / "all.yaml").write_text("\n---\n".join(flow(each) for each in ({"entity": {"name": "pump", "key": key}}, {"source": source}, joined)))
    files = generated(binary, folder, ["sql"])
    with duckdb.connect() as connection:
        connection.execute(files["tables.sql"])
        connection.execute(f"INSERT INTO events ({named(key)}, {named(time)}, {named(text)}) VALUES ('k', TIMESTAMP '2024-03-01', $1)", [event])
        connection.execute(f"CREATE TABLE observations AS SELECT 'k' AS {named(key)}, TIMESTAMP '2024-03-01' AS event_time")
        assert connection.execute(files["point_in_time/joined.sql"]).fetchall()[0][-1] == event + literal


@pytest.mark.parametrize("dialect", ["duckdb", "bigquery", "snowflake"])
def test_names_that_nobody_sees_are_refused_in_sql(binary, tmp_path, dialect):
    project = write_repository(tmp_path / "project", Words(None))
    path = project / "features" / "all.yaml"
    plain = path.read_text()
    for place in ("w1", "w2", "w3", "w4"):  # key, time, arrival, and a column that is aggregated
        hidden = place + "\\u202e"
        path.write_text(plain.replace(f'"{place}"', f'"{hidden}"').replace(f"`{place}`", f"`{hidden}`"))
        done = subprocess.run([binary, "generate", "sql", "--dialect", dialect, "--output", "out"], cwd=project, capture_output=True, text=True)
        assert done.returncode == 1 and "error[G009]" in done.stderr, place
        assert f"{dialect} cannot name the column `{place}<U+202E>` so that all of its name is seen" in done.stderr
