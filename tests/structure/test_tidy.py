"""The house rules hold, and the tool that says so would notice if they did not."""
import subprocess
import sys

import pytest

HEADER = "#pragma once\n\n/// A thing.\n"


def run_tool(root, *args):
    return subprocess.run([sys.executable, root / "tools" / "tidy.py", *args], capture_output=True, text=True)


def test_house_rules_hold(root):
    done = run_tool(root)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "path, text, expected",
    [
        ("src/data/string_utils.h", HEADER, "a name that says nothing"),
        ("src/data/a.h", "/// Early.\n", "a header begins with #pragma once"),
        ("src/data/a.h", "#pragma once\nint x;\n", "a header says what it is"),
        ("src/data/a.cc", "int x;  // TODO: more\n", "src/data/a.cc:1: an open end"),
        ("src/data/a.cc", "int x; \n", "trailing blanks"),
        ("docs/a.md", "see /root/x\n", "a path of one machine"),
        ("docs/a.md", "see `/mnt/of/me`\n", "a path of one machine"),
        ("src/data/a.cc", 'open("/home/me/x");\n', "src/data/a.cc:1: a path of one machine"),
        ("src/data/a.cc", "x\n" * 501, "501 lines, at most 500"),
        ("src/data/a.cc", "void f() {\n" + "  x();\n" * 69 + "}\n", "src/data/a.cc:1: a function of 71 lines"),
        ("src/data/a.cc", "void f() {\n" + "  x();\n" * 30 + "}\n", "src/data/a.cc:1: a wall of 30 lines"),
        ("src/data/a.cc", "void f() {\n  x();\n\n" + "  x();\n" * 26 + "}\n", "src/data/a.cc:1: a wall of 26 lines"),
        ("src/data/a.cc", "switch (k) {\n  case StateKind::kA: return 1;\n  default: return 2;\n}\n", "src/data/a.cc:3: `default:`"),
        ("src/data/a.cc", "switch (k) {\n  case OptionName::kEnd: return 1;\n  default: return 2;\n}\n", "`default:` over OptionName"),
        ("src/data/a.cc", "double d = atof(s);\n", "use std::from_chars"),
    ],
)
def test_violations_are_found(root, tmp_path, path, text, expected):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    file = tmp_path / path
    file.parent.mkdir(parents=True)
    file.write_text(text)
    done = run_tool(root, tmp_path)
    assert done.returncode == 1
    assert expected in done.stdout


@pytest.mark.parametrize(
    "path, text",
    [
        ("src/data/a.cc", "switch (c) {\n  case 'a': return 1;\n  default: return 2;\n}\n"),
        ("src/data/a.cc", "void f() {\n" + "  x();\n" * 22 + "\n" + "  x();\n" * 22 + "  // More.\n" + "  x();\n" * 22 + "}\n"),
        ("src/data/a.h", HEADER),
    ],
)
def test_allowed_things_pass(root, tmp_path, path, text):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    file = tmp_path / path
    file.parent.mkdir(parents=True)
    file.write_text(text)
    done = run_tool(root, tmp_path)
    assert done.returncode == 0, done.stdout


def check_files(root, tmp_path, files):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    for path, text in files.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return run_tool(root, tmp_path)


@pytest.mark.parametrize("definition", ["struct Row {", "class Row final : public Base {", "enum class Row { kOne };", "struct alignas(64) Row {"])
def test_a_type_is_defined_once(root, tmp_path, definition):
    files = {"src/data/a.h": HEADER + definition + "\n", "python/headrace/native/b.h": HEADER + "struct Row {\n"}
    done = check_files(root, tmp_path, files)
    assert done.returncode == 1
    assert "src/data/a.h:4: `Row` is also defined at python/headrace/native/b.h:4" in done.stdout


def test_types_that_may_share_a_name(root, tmp_path):
    files = {
        "src/data/a.h": HEADER + "struct Row {\n  struct Inner {\n",
        "src/data/b.h": HEADER + "struct Row;\nclass Table {\n  struct Inner {\n",
        "src/data/b.cc": "namespace headrace {\nnamespace {\nstruct Row {\n};\n}  // namespace\nstruct Row::Inner {\n};\n",
    }
    done = check_files(root, tmp_path, files)
    assert done.returncode == 0, done.stdout
