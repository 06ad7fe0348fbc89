"""Turns the bench's samples into the table that is printed and kept."""

from dataclasses import dataclass
from statistics import median

TITLES = {
    "small": "2 KB → 1 KB, per request",
    "large": "64 KB → 4 KB, per request",
    "chunks": "stream of 100 chunks, 200 streams, per chunk",
}
SPLICE_MAX = 1.3  # times the yardstick
TRANSLATE_MAX = 2.0
MB = 1024


@dataclass
class Facts:
    rounds: int
    sha256_us: dict[str, float]
    idle_kb: int
    loaded_kb: int
    held: int
    held_kb: int
    ready_ms: float
    stripped_bytes: int
    machine: str
    load: float
    seconds: float


def spread(samples: list[float]) -> str:
    return f"{median(samples):.1f} ({min(samples):.1f}–{max(samples):.1f})" if samples else "–"


def added(samples: list[float], direct: list[float]) -> str:
    return f"{median(samples) - median(direct):+.0f}" if samples and direct else "–"


def verdict(value: float, limit: float) -> str:
    return f"{value:.2f} (≤ {limit}: {'yes' if value <= limit else 'no'})"


def scenario_table(scenario: str, table: dict, facts: Facts) -> list[str]:
    nginx = table[scenario, "nginx"]
    plain = median(nginx.cpu_us)
    sha = facts.sha256_us.get(scenario, 0)
    direct = table.get((scenario, "direct"))
    lines = [
        f"### {TITLES[scenario]}",
        "",
        "| | CPU µs, median (range) | × yardstick | added p50 µs | added p99 µs | per second |",
        "|---|---|---|---|---|---|",
    ]
    rows = [("nginx `proxy_pass`", "nginx", None, 0.0)]
    if sha:
        lines_sha = f"| nginx + one SHA-256 ({sha:.1f} µs) | {plain + sha:.1f} | | | | |"
    rows += [
        ("Messages, signed (splice)", "messages", plain + sha, SPLICE_MAX),
        ("Messages, bearer key (splice)", "messages, bearer", plain, SPLICE_MAX),
        ("Chat, signed (translate)", "chat", plain + sha, TRANSLATE_MAX),
        ("Chat, bearer key (translate)", "chat, bearer", plain, TRANSLATE_MAX),
    ]
    for title, name, yardstick, limit in rows:
        samples = table[scenario, name]
        times = verdict(median(samples.cpu_us) / yardstick, limit) if yardstick else ""
        p50 = added(samples.p50_us, direct.p50_us if direct else [])
        p99 = added(samples.p99_us, direct.p99_us if direct else [])
        rate = f"{median(samples.per_second):.0f}"
        lines.append(f"| {title} | {spread(samples.cpu_us)} | {times} | {p50} | {p99} | {rate} |")
        if name == "nginx" and sha:
            lines.append(lines_sha)
    return [*lines, ""]


def limits_table(facts: Facts) -> list[str]:
    rows = [
        ("RSS, idle", facts.idle_kb / MB, 15, "MB"),
        ("RSS after the load above", facts.loaded_kb / MB, 25, "MB"),
        (f"RSS with {facts.held} open streams, one core", facts.held_kb / MB, 64, "MB"),
        ("ready after its start", facts.ready_ms, 50, "ms"),
        ("release binary, stripped", facts.stripped_bytes / 1024 / 1024, 12, "MB"),
    ]
    lines = ["### Memory, start, size", "", "| | measured | at most | reached |", "|---|---|---|---|"]
    for title, value, limit, unit in rows:
        lines.append(f"| {title} | {value:.1f} {unit} | {limit} {unit} | {'yes' if value <= limit else 'no'} |")
    return [*lines, ""]


def render(table: dict, facts: Facts) -> str:
    lines = [
        "# Gateway and nginx on the same bytes",
        "",
        f"`make bench`, {facts.rounds} interleaved rounds in {facts.seconds:.0f} s; {facts.machine}; load average at the end"
        f" {facts.load:.1f}. Gateway and nginx are pinned to one core, upstream and load generator to another."
        " How it is measured: docs/benchmarks.md.",
        "",
    ]
    for scenario in TITLES:
        lines += scenario_table(scenario, table, facts)
    return "\n".join([*lines, *limits_table(facts)])
