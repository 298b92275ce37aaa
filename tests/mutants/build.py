"""Builds the program with a mistake in it, in a tree of its own: build-mutants/ beside the sources, which stay untouched.

The compiler cache makes that cheap: only the files that the mistake touches are compiled.
"""
import os
import shutil
import subprocess

CACHED = ["src", "cmake", "CMakeLists.txt"]


def text_to_edit(root, edit):
    """The file that an edit changes, if what it looks for stands there as often as it should."""
    text = (root / edit["file"]).read_text(encoding="utf-8")
    count = text.count(edit["find"])
    if count != edit.get("times", 1):
        raise LookupError(f"{edit['file']} has {count} times {edit['find']!r}: choose the line again")
    return text


class MutantTree:
    def __init__(self, root):
        self.root, self.tree = root, root / "build-mutants"
        self.environment = {**os.environ, "CCACHE_BASEDIR": str(root), "CCACHE_NOHASHDIR": "true"}

    def configure(self):
        self.tree.mkdir(exist_ok=True)
        for name in CACHED:
            source, target = self.root / name, self.tree / name
            if source.is_dir():
                shutil.rmtree(target, ignore_errors=True)
                shutil.copytree(source, target)
            else:
                shutil.copy2(source, target)
        link = self.tree / ".venv"  # at the same relative place as in the real tree, so that the cache hits
        if not link.exists():
            link.symlink_to(self.root / ".venv")
        options = ["-DCMAKE_BUILD_TYPE=Release", "-DHEADRACE_TESTS=OFF", "-DHEADRACE_KILL_POINTS=ON", "-DHEADRACE_SERVER=OFF", "-DHEADRACE_UNITY=ON", f"-DPYARROW_PYTHON={link}/bin/python"]
        self.run("cmake", "-S", self.tree, "-B", self.tree / "build", "-G", "Ninja", *options)

    def build(self, mutant):
        """Applies the mutant alone and builds; gives the program's path."""
        for edit in mutant["edits"]:
            original = text_to_edit(self.root, edit)
            (self.tree / edit["file"]).write_text(original.replace(edit["find"], edit["replace"]), encoding="utf-8")
        try:
            self.run("cmake", "--build", self.tree / "build", "--target", "headrace")
        finally:
            for edit in mutant["edits"]:
                shutil.copy2(self.root / edit["file"], self.tree / edit["file"])
                os.utime(self.tree / edit["file"])
        return self.tree / "build" / "headrace"

    def run(self, *command):
        done = subprocess.run([str(c) for c in command], capture_output=True, text=True, env=self.environment)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(map(str, command))}\n{done.stdout[-4000:]}{done.stderr[-2000:]}")
