#!/usr/bin/env python3
"""The house rules as a test: who may include whom, how large things may be, which names and calls are banned.

    tools/tidy/tidy.py [ROOT]

Prints `path:line: rule: what is wrong` per finding and ends with the counts. Exceptions, each with its reason, stand in
tools/tidy/allow.txt.
"""

import ast
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import source  # noqa: E402

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70

LOWER = {"base", "codec", "aws", "llm", "policy", "ports"}
ADAPTERS = {"net", "telemetry", "store", "ledger"}
MAY_INCLUDE = {
    "base": set(),
    "codec": {"base"},
    "aws": {"base", "codec"},
    "llm": {"base", "codec"},
    "policy": {"base", "codec", "aws", "llm"},
    "ports": LOWER - {"ports"},
    "gateway": LOWER,
    "admin": LOWER,
    "app": LOWER | ADAPTERS | {"gateway", "admin"},
    "sim": {"base", "codec", "aws", "llm", "ports", "net"},
} | {adapter: LOWER for adapter in ADAPTERS}
PURE = {"codec", "aws", "llm", "policy"}

IMPURE_INCLUDES = re.compile(
    r"^(boost/|asio|mutex$|shared_mutex$|thread$|stop_token$|condition_variable$|future$|semaphore$|latch$|barrier$"
    r"|sys/socket|netdb|unistd|iostream$|fstream$|filesystem$|base/log\.h$)"
)
IMPURE_CALLS = [
    (re.compile(r"::now\s*\("), "reads a clock"),
    (re.compile(r"\b(clock_gettime|gettimeofday)\s*\("), "reads a clock"),
    (re.compile(r"\btime\s*\(\s*(nullptr|NULL|0|&)"), "reads a clock"),
    (re.compile(r"\b(secure_)?getenv\s*\("), "reads the environment"),
    (re.compile(r"\bstd::(mutex|shared_mutex|jthread|thread|lock_guard|unique_lock|scoped_lock)\b"), "locks or threads"),
    (re.compile(r"\b(random_device|RAND_bytes)\b"), "draws random numbers; take them from ports::Env"),
]
BANNED_CALLS = [
    (re.compile(r"(?<![\w:.>])(std::)?(strcpy|strcat|sprintf|vsprintf|gets|strtok)\s*\("), "unbounded C string call"),
    (re.compile(r"(?<![\w.>])(std::)?s?rand\s*\("), "rand() is neither random nor reproducible; use ports::Env"),
    (re.compile(r"(?<![\w:.>])(std::)?(system|popen)\s*\("), "starts a shell"),
    (re.compile(r"\bstd::regex\b"), "std::regex recurses on foreign input and is slow; write a scanner"),
    (re.compile(r"(?<![\w_])assert\s*\("), "assert vanishes in release; return an Error or make it impossible"),
]
PROGRAM_BANS = [
    (re.compile(r"\bdetached\b"), "no detached coroutines: a task group owns its children"),
]
TEST_BANS = [
    (re.compile(r"this_thread::sleep_\w+|\b(usleep|nanosleep)\s*\(|(?<![\w.>:])sleep\s*\(\s*\d"), "a test must not sleep to wait"),
]
BANNED_WORDS = {"util", "utils", "common", "manager", "helper", "helpers", "impl", "misc"}
# Assembled, so that this file does not break its own rule.
PRIVATE_PLACES = re.compile("/" + r"work/|\.\./" + "shared")
UNFINISHED = re.compile(r"\b(TO" + "DO|FIX" + "ME|XX" + "X)\\b")
INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)', re.M)
TYPE = re.compile(r"\b(?:class|struct|enum(?:\s+class)?|union|concept)\s+(?:\[\[\w+\]\]\s*)?([A-Za-z_]\w*)\s*(?:final\s*)?[:{;=]")
TEXT = {".cc", ".h", ".py", ".mjs", ".js", ".ts", ".sh", ".md", ".yaml", ".yml", ".json", ".txt", ".toml", ""}
SIZED = {".cc", ".h", ".py", ".mjs", ".js", ".ts", ".sh"}


@dataclass
class Finding:
    path: str
    line: int
    rule: str
    what: str
    subject: str = ""  # the function, for the allow-list

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.what}"


def room_of(path: str) -> str | None:
    parts = path.split("/")
    if parts[0] == "src" and len(parts) > 2:
        return parts[1]
    return "sim" if parts[0] == "sim" else None


def is_test(path: str) -> bool:
    return path.endswith("_test.cc") or path.startswith("tests/")


def line_at(text: str, index: int) -> int:
    return text.count("\n", 0, index) + 1


def check_includes(path: str, code: str):
    room = room_of(path)
    if room is None or path.endswith("/main.cc"):
        return
    if room not in MAY_INCLUDE:
        yield Finding(path, 1, "floor", f"room {room} has no floor: give it one in tools/tidy/tidy.py")
        return
    for match in INCLUDE.finditer(code):
        name = match.group(1) or match.group(2)
        line = line_at(code, match.start())
        target = name.split("/")[0]
        if match.group(1) and target in MAY_INCLUDE and target != room and target not in MAY_INCLUDE[room]:
            if not (is_test(path) and target == "sim"):
                yield Finding(path, line, "floor", f"{room} must not include {name}")
        if room in PURE and not is_test(path) and IMPURE_INCLUDES.match(name):
            yield Finding(path, line, "pure", f"{room} is pure; no {name}")


def check_calls(path: str, code: str):
    if not path.endswith((".cc", ".h")):
        return
    rules = [("call", *rule) for rule in BANNED_CALLS]
    if room_of(path) in PURE and not is_test(path):
        rules += [("pure", *rule) for rule in IMPURE_CALLS]
    if is_test(path):
        rules += [("test", *rule) for rule in TEST_BANS]
    elif room_of(path):
        rules += [("call", *rule) for rule in PROGRAM_BANS]
    for rule, pattern, why in rules:
        for match in pattern.finditer(code):
            yield Finding(path, line_at(code, match.start()), rule, f"`{match.group(0).strip()}`: {why}")


def check_names(path: str, code: str):
    words = re.split(r"[/_.\-]", path.lower())
    for word in sorted(BANNED_WORDS.intersection(words)):
        yield Finding(path, 1, "name", f"`{word}` names nothing: say what it does")
    if not path.endswith((".cc", ".h")):
        return
    if not re.fullmatch(r"[a-z0-9_]+\.(cc|h)", Path(path).name):
        yield Finding(path, 1, "name", "files are snake_case")
    for match in TYPE.finditer(code):
        name = match.group(1)
        if name == "Impl":  # the private half of a class whose header must not show a library
            continue
        parts = [part.lower() for part in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)]
        for word in sorted(BANNED_WORDS.intersection(parts)):
            yield Finding(path, line_at(code, match.start()), "name", f"`{name}`: `{word}` names nothing")
    room = room_of(path)
    if room and not is_test(path) and not path.endswith("main.cc") and f"namespace stargate::{room}" not in code:
        yield Finding(path, 1, "name", f"namespace stargate::{room} expected")


def check_header(path: str, text: str):
    if not path.endswith(".h"):
        return
    if not text.startswith("//"):
        yield Finding(path, 1, "header", "a header starts with a comment that says what it is")
    if "#pragma once" not in text:
        yield Finding(path, 1, "header", "#pragma once is missing")


def check_text(path: str, text: str):
    for number, line in enumerate(text.splitlines(), 1):
        if PRIVATE_PLACES.search(line):
            yield Finding(path, number, "text", "names a place outside the repository")
        if UNFINISHED.search(line) and not path.endswith(".json"):
            yield Finding(path, number, "text", "unfinished: do it or say in the issue that it is missing")


def python_functions(text: str) -> list[source.Function]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, kinds)]
    return [source.Function(node.name, node.lineno, node.end_lineno - node.lineno + 1) for node in nodes]


def check_size(path: str, text: str, code: str):
    if Path(path).suffix not in SIZED:
        return
    lines = text.count("\n")
    if lines > FILE_LINES_MAX:
        yield Finding(path, 1, "size", f"{lines} lines; at most {FILE_LINES_MAX}")
    found = []
    if path.endswith((".cc", ".h")):
        found = source.functions(code)
    elif path.endswith(".py"):
        found = python_functions(text)
    for function in found:
        if function.lines > FUNCTION_LINES_MAX:
            what = f"{function.name} has {function.lines} lines; at most {FUNCTION_LINES_MAX}"
            yield Finding(path, function.line, "size", what, function.name)


def check_tested(paths: list[str], texts: dict[str, str]):
    """Each .cc of a pure room is named by a test: foo_test.cc, an include of its header, or a word in a comment.

    A .cc without a header of its own is a part of the header that it includes first.
    """
    tests = [path for path in paths if is_test(path) and path.endswith((".cc", ".h"))]
    named = "\n".join(texts[path] for path in tests) + "\n".join(path.replace("_test.cc", ".cc") for path in tests)
    for path in paths:
        if room_of(path) not in PURE or not path.endswith(".cc") or is_test(path):
            continue
        stem = path.removeprefix("src/").removesuffix(".cc")
        stems = [stem]
        if f"src/{stem}.h" not in texts:
            stems += [match.group(1).removesuffix(".h") for match in INCLUDE.finditer(texts[path]) if match.group(1)][:1]
        if not any(f"{name}.h" in named or f"{name}.cc" in named for name in stems):
            yield Finding(path, 1, "tested", "no test names it")


def check_file(path: str, text: str) -> list[Finding]:
    cpp = path.endswith((".cc", ".h"))
    code = source.blank(text) if cpp else text
    with_strings = source.blank(text, keep_strings=True) if cpp else text
    findings = [*check_names(path, code), *check_header(path, text), *check_text(path, text), *check_size(path, text, code)]
    if cpp:
        findings += [*check_includes(path, with_strings), *check_calls(path, code)]
    return findings


def read_allowed(root: Path) -> dict[tuple[str, str], str]:
    """Lines `path[:function] rule reason`; a reason is required."""
    allowed = {}
    file = root / "tools/tidy/allow.txt"
    for line in file.read_text().splitlines() if file.exists() else []:
        if line.strip() and not line.startswith("#"):
            subject, rule, reason = line.split(maxsplit=2)
            allowed[subject, rule] = reason
    return allowed


def tracked(root: Path) -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=root, capture_output=True, text=True)
    names = listed.stdout.splitlines() if listed.returncode == 0 else [str(p.relative_to(root)) for p in root.rglob("*")]
    return sorted(name for name in names if Path(name).suffix in TEXT and (root / name).is_file())


def examine(root: Path) -> tuple[int, list[Finding]]:
    """Checks every file of the tree; returns how many there were and what was found."""
    paths = tracked(root)
    texts = {path: (root / path).read_text(errors="replace") for path in paths}
    findings = [finding for path in paths for finding in check_file(path, texts[path])]
    findings += check_tested(paths, texts)
    allowed = read_allowed(root)
    used = set()
    kept = []
    for finding in findings:
        keys = {(finding.path, finding.rule), (f"{finding.path}:{finding.subject}", finding.rule)} & allowed.keys()
        used |= keys
        if not keys:
            kept.append(finding)
    for subject, rule in sorted(allowed.keys() - used):
        kept.append(Finding("tools/tidy/allow.txt", 1, "allow", f"`{subject} {rule}` is no longer needed"))
    return len(paths), kept


def main() -> int:
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2]).resolve()
    count, findings = examine(root)
    for finding in findings:
        print(finding)
    print(f"tidy: {count} files, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
