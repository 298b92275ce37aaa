"""The layers hold, and the tool that says so would notice if they did not."""
import subprocess
import sys

import pytest


def run_tool(root, *args):
    return subprocess.run([sys.executable, root / "tools" / "check_layers.py", *args], capture_output=True, text=True)


def test_layers_hold(root):
    done = run_tool(root)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "path, text, expected",
    [
        ("base/a.h", '#include "data/column.h"', "src/base/a.h:1: base/ includes data/column.h; allowed: base"),
        ("plan/a.cc", '\n#include "engine/source.h"', "src/plan/a.cc:2: plan/ includes engine/source.h"),
        ("codegen/sql/a.cc", '#include "engine/source.h"', "codegen/ includes engine/source.h"),
        ("codegen/a.h", '#include "language/definitions/repository.h"', "it reads the plan and nothing else"),
        ("io/a.cc", '#include "plan/make_plan.h"', "it reads the plan and nothing else"),
        ("casefiles/case_engine.h", '#include "language/load_repository.h"', "it reads the plan and nothing else"),
        ("compute/exact/a.h", '#include "compute/aggregates/sum.h"', "allowed in this layer: nothing beside itself"),
        ("compute/functions/a.h", '#include "compute/windows/bounds.h"', "allowed in this layer: nothing beside itself"),
        ("io/write/a.h", '#include "io/open_source.h"', "which lies above the folders of io/"),
        ("engine/sink.h", '#include "engine/rows/row_block.h"', "what lies beside its folders includes none of them"),
        ("session/project/a.h", '#include "session/jobs/show_job.h"', "allowed in this layer: nothing beside itself"),
        ("engine/a.cc", "#include <arrow/api.h>", "libarrow stays in io/"),
        ("session/a.cc", "#include <parquet/api/reader.h>", "libarrow stays in io/"),
        ("session/a.cc", "#include <CLI/CLI.hpp>", "the command line is known to app/ only"),
        ("session/a.cc", "#include <librdkafka/rdkafka.h>", "only brokers/ links librdkafka"),
        ("engine/a.cc", "#include <hiredis/hiredis.h>", "only online_store/ links hiredis"),
        ("compute/aggregates/a.h", '#include "compute/windows/bounds.h"', "allowed in this layer: compute/exact"),
        ("app/commands/a.cc", '#include "app/server/serve.h"', "allowed in this layer: nothing beside itself"),
        ("data/a.cc", "auto t = std::chrono::system_clock::now();", "only base/clock knows the time"),
        ("io/csv/a.cc", "if (bad) throw std::runtime_error(x);", "no exceptions"),
        ("data/a.cc", '#include "testing/fake_clock.h"', "which only *_test.cc"),
        ("data/a.cc", '#include "column.h"', 'paths are rooted at src, for example "data/column.h"'),
        ("things/a.h", "", "is not in the table of layers"),
        ("io/a.cc", 'return Error::usage("begin with --start DAY");', "`--start` in a text: only app/ knows the command line"),
    ],
)
def test_violations_are_found(root, tmp_path, path, text, expected):
    file = tmp_path / "src" / path
    file.parent.mkdir(parents=True)
    file.write_text(text)
    done = run_tool(root, tmp_path)
    assert done.returncode == 1
    assert expected in done.stdout


@pytest.mark.parametrize(
    "path, text",
    [
        ("io/parquet/a.cc", "#include <arrow/api.h>"),
        ("io/open_source.cc", '#include "io/csv/csv_source.h"'),
        ("engine/rows/a.h", '#include "engine/source.h"'),
        ("casefiles/case_run.cc", '#include "plan/make_plan.h"'),
        ("codegen/a_test.cc", '#include "language/load_repository.h"'),
        ("quality/a.h", '#include "language/definitions/quality_check.h"'),
        ("app/main.cc", '#include "base/result.h"\n#include <CLI/CLI.hpp>'),
        ("data/a.cc", '// they throw; steady_clock\nconst char* s = "throw steady_clock";'),
        ("data/a_test.cc", '#include "testing/fake_clock.h"'),
        ("app/a.cc", 'add("--start");'),
        ("io/a.cc", 'for (; i > 0; --i) f("a - b -- c");'),
        ("base/clock.cc", "return std::chrono::system_clock::now();"),
    ],
)
def test_allowed_things_pass(root, tmp_path, path, text):
    file = tmp_path / "src" / path
    file.parent.mkdir(parents=True)
    file.write_text(text)
    done = run_tool(root, tmp_path)
    assert done.returncode == 0, done.stdout
