"""What the runtime takes from files, tables and messages, and what it refuses, is what the engine takes and refuses."""
import subprocess


def test_reading(root, beam_python, tmp_path):
    runtime = root / "src" / "codegen" / "beam" / "templates"
    done = subprocess.run([beam_python, root / "tests" / "beam" / "reading.py", runtime, tmp_path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(done.stdout.split()) == 8


def test_a_ragged_file_ends_the_program_with_its_own_code(root, beam_python, tmp_path):
    """Threads of Arrow's that still called Python aborted one run in two."""
    (tmp_path / "ragged.csv").write_text("x\n1,2\n1\n")
    program = "import sys; sys.path.insert(0, sys.argv[1]); from headrace_runtime import files; list(files.read_rows(sys.argv[2], 'csv', []))"
    command = [beam_python, "-c", program, root / "src" / "codegen" / "beam" / "templates", tmp_path / "ragged.csv"]
    for _ in range(6):
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 1 and "ragged.csv: row 1 has 2 fields, the header has 1" in done.stderr, done.stderr
