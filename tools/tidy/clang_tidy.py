#!/usr/bin/env python3
"""Runs clang-tidy over src/ and sim/, in parallel, and remembers which files are clean.

    tools/tidy/clang_tidy.py BUILD_DIR [FILE...]

BUILD_DIR holds compile_commands.json of a clang build. A file is examined again when it, a header of this repository
that it reaches, the configuration or its compile command changed.
"""

import hashlib
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from tidy import INCLUDE  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
CLANG_TIDY = "clang-tidy-19"


def reached(path: Path, seen: set[Path]) -> set[Path]:
    """The file and every header of the repository that it includes, directly or not."""
    if path in seen:
        return seen
    seen.add(path)
    for match in INCLUDE.finditer(path.read_text(errors="replace")):
        for base in (ROOT / "src", ROOT, path.parent):
            header = base / (match.group(1) or "?")
            if match.group(1) and header.is_file():
                reached(header.resolve(), seen)
                break
    return seen


def fingerprint(path: Path, command: str) -> str:
    digest = hashlib.sha256(command.encode() + (ROOT / ".clang-tidy").read_bytes())
    for file in sorted(reached(path, set())):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def examine(build: Path, path: Path, command: str) -> tuple[Path, bool, str]:
    mark = ROOT / "build/clang-tidy" / fingerprint(path, command)
    if mark.exists():
        return path, True, ""
    run = subprocess.run([CLANG_TIDY, "-p", build, "--quiet", path], capture_output=True, text=True)
    if run.returncode == 0:
        mark.touch()
    return path, run.returncode == 0, run.stdout + ("" if run.returncode == 0 else run.stderr)


def main() -> int:
    build = Path(sys.argv[1]).resolve()
    wanted = {Path(name).resolve() for name in sys.argv[2:]}
    (ROOT / "build/clang-tidy").mkdir(parents=True, exist_ok=True)
    commands = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        path = Path(entry["file"])
        own = path.is_relative_to(ROOT / "src") or path.is_relative_to(ROOT / "sim")
        # Tests are compiled with every warning and run under the sanitizers; gtest's macros would triple the time here.
        if own and not path.name.endswith("_test.cc") and path.exists() and (not wanted or path in wanted):
            commands[path] = entry["command"]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(lambda item: examine(build, *item), sorted(commands.items())))
    for path, clean, output in results:
        if not clean:
            print(f"{path.relative_to(ROOT)}:\n{output.strip()}")
    bad = sum(not clean for _, clean, _ in results)
    print(f"clang-tidy: {len(results)} files, {bad} with findings")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
