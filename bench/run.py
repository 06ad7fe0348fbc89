#!/usr/bin/env python3
"""The gateway beside nginx on the same bytes, in one run. Prints a table and writes bench/results/latest.md.

    bench/run.py [--rounds N] [--no-build]

What is measured, and how, is told in docs/benchmarks.md.
"""

import argparse
import json
import os
import platform
import re
import resource
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import payloads  # noqa: E402
import report  # noqa: E402
from processes import GATEWAY_CORE, OTHER_CORE, Gateway, Nginx, Upstream, cpu_us, pinned, resident_kb  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "build/bench"
CONNECTIONS = {"small": 16, "large": 8, "chunks": 200}
SECONDS = {"small": 0.8, "large": 0.8, "chunks": 1.5}
LATENCY_SECONDS = 0.4
STREAMS_HELD = 2000


@dataclass
class Contestant:
    """One server under load: which process, on which port, with which form of request."""

    name: str
    pid: int
    port: int
    dialect: str  # of the request: messages or chat


@dataclass
class Samples:
    cpu_us: list[float] = field(default_factory=list)  # per request, or per chunk of a stream
    p50_us: list[float] = field(default_factory=list)  # one connection
    p99_us: list[float] = field(default_factory=list)
    per_second: list[float] = field(default_factory=list)


def build(no_build: bool):
    OUT.mkdir(parents=True, exist_ok=True)
    if not no_build:
        subprocess.run(["cmake", "--preset", "release"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        targets = ["--target", "stargate", "stargate-sim"]
        subprocess.run(["cmake", "--build", "build/release", "--parallel", *targets], cwd=ROOT, check=True)
    for program in ("upstream", "load"):
        source = ROOT / f"bench/{program}.cc"
        subprocess.run(["g++", "-std=c++20", "-O2", "-o", OUT / program, source], check=True)


def load(contestant: Contestant, scenario: str, connections: int, seconds: float) -> dict:
    file = OUT / f"{scenario}-{contestant.dialect}.http"
    command = [OUT / "load", "run", str(contestant.port), file, str(connections), str(seconds)]
    done = subprocess.run(pinned(OTHER_CORE, command), capture_output=True, text=True, check=True)
    result = json.loads(done.stdout)
    if result["errors"] or not result["requests"]:
        raise RuntimeError(f"{contestant.name}, {scenario}: {result}\n{done.stderr}")
    return result


def measure(contestant: Contestant, scenario: str, samples: Samples):
    before = cpu_us(contestant.pid)
    result = load(contestant, scenario, CONNECTIONS[scenario], SECONDS[scenario])
    units = result["requests"] * (payloads.CHUNKS if scenario == "chunks" else 1)
    samples.cpu_us.append((cpu_us(contestant.pid) - before) / units)
    samples.per_second.append(units / result["seconds"])
    if scenario != "chunks":
        single = load(contestant, scenario, 1, LATENCY_SECONDS)
        samples.p50_us.append(single["p50_us"])
        samples.p99_us.append(single["p99_us"])


def sha256_us(size_bytes: int) -> float:
    """One SHA-256 over so many bytes, as OpenSSL measures itself."""
    command = ["openssl", "speed", "-seconds", "1", "-bytes", str(size_bytes), "-evp", "sha256"]
    said = subprocess.run(pinned(GATEWAY_CORE, command), capture_output=True, text=True, check=True).stdout
    kilobytes_per_second = float(re.search(r"([\d.]+)k\s*$", said.strip()).group(1))
    return size_bytes / (kilobytes_per_second * 1000) * 1e6


def held_streams_kb(gateway: Gateway) -> tuple[int, int]:
    """How many streams were open at once, and what the gateway then occupied."""
    command = pinned(OTHER_CORE, [OUT / "load", "hold", str(gateway.port), OUT / "hold-messages.http", str(STREAMS_HELD)])
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        held = int(holder.stdout.readline().split()[1])
        occupied = resident_kb(gateway.pid)
        holder.communicate("")
    return held, occupied


def stripped_bytes() -> int:
    copy = OUT / "stargate.stripped"
    subprocess.run(["strip", "-o", copy, ROOT / "build/release/stargate"], check=True)
    return copy.stat().st_size


def run_rounds(rounds: int, contestants: list[Contestant]) -> dict[tuple[str, str], Samples]:
    table: dict[tuple[str, str], Samples] = {}
    for number in range(rounds):
        # Interleaved, so that a noisy minute of the machine hits everybody.
        for scenario in CONNECTIONS:
            for contestant in contestants:
                if contestant.name == "direct" and scenario == "chunks":
                    continue
                measure(contestant, scenario, table.setdefault((scenario, contestant.name), Samples()))
        print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)
    return table


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--no-build", action="store_true")
    options = arguments.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(65536, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),) * 2)
    started = time.monotonic()
    build(options.no_build)
    payloads.write(OUT)
    if not shutil.which("nginx"):
        sys.exit("bench: nginx is missing: scripts/bootstrap all")
    with Upstream(OUT) as upstream, Nginx(OUT, upstream.port) as nginx:
        with Gateway(OUT, upstream.port, signed=True) as signed, Gateway(OUT, upstream.port, signed=False) as bearer:
            idle_kb = resident_kb(signed.pid)
            contestants = [
                Contestant("direct", upstream.pid, upstream.port, "messages"),
                Contestant("nginx", nginx.pid, nginx.port, "messages"),
                Contestant("messages", signed.pid, signed.port, "messages"),
                Contestant("messages, bearer", bearer.pid, bearer.port, "messages"),
                Contestant("chat", signed.pid, signed.port, "chat"),
                Contestant("chat, bearer", bearer.pid, bearer.port, "chat"),
            ]
            table = run_rounds(options.rounds, contestants)
            loaded_kb = resident_kb(signed.pid)
            ready_ms = signed.ready_ms
        with Gateway(OUT, upstream.port, signed=True) as fresh:
            held, held_kb = held_streams_kb(fresh)
    facts = report.Facts(
        rounds=options.rounds,
        sha256_us={name: sha256_us(payloads.REQUEST_BYTES[name]) for name in ("small", "large")},
        idle_kb=idle_kb,
        loaded_kb=loaded_kb,
        held=held,
        held_kb=held_kb,
        ready_ms=ready_ms,
        stripped_bytes=stripped_bytes(),
        machine=f"{platform.machine()}, {os.cpu_count()} cores, Linux {platform.release()}",
        load=os.getloadavg()[0],
        seconds=time.monotonic() - started,
    )
    text = report.render(table, facts)
    results = ROOT / "bench/results"
    results.mkdir(exist_ok=True)
    (results / "latest.md").write_text(text)
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
