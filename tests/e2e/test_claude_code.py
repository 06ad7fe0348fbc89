"""The real Claude Code CLI, headless, with a fresh home and no network but the loopback, through the gateway.

Root is needed for the empty network namespace; without it the cases run all the same and say so. Without the CLI
(scripts/bootstrap says why) they are skipped; with CI=true and npm at hand they fail.
"""

import contextlib
import ctypes
import json
import os
import shutil
import socket
import subprocess
import warnings

import pytest

import stack
from stack import KEY, ROOT, clean_env

CLAUDE = ROOT / "build/claude/node_modules/.bin/claude"
CLONE_NEWNET = 0x40000000
RUN_SECONDS = 90

MISSING = "NOT PROVEN: the Claude Code CLI is not installed (build/claude), nothing was run against it: see scripts/bootstrap"
MUST_RUN = os.environ.get("CI") == "true" and shutil.which("npm") is not None


@pytest.fixture(scope="module", autouse=True)
def installed():
    """Skips without the CLI; where it could have been installed for an automated run, its lack is a failure."""
    if CLAUDE.exists():
        return
    if MUST_RUN:
        pytest.fail(MISSING, pytrace=False)
    warnings.warn(MISSING)
    pytest.skip(MISSING)


@contextlib.contextmanager
def no_network_but_loopback():
    """Moves this thread, and so its children, into an empty network namespace."""
    libc = ctypes.CDLL(None, use_errno=True)
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        if libc.unshare(CLONE_NEWNET) != 0:
            warnings.warn(f"no private network ({os.strerror(ctypes.get_errno())}): only the base URL keeps the CLI here")
            yield
            return
        try:
            subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
            yield
        finally:
            assert libc.setns(home, CLONE_NEWNET) == 0
    finally:
        os.close(home)


@pytest.fixture(scope="module")
def inside(tmp_path_factory):
    """A simulator and a gateway inside that network."""
    with no_network_but_loopback():
        sim = stack.Sim(tmp_path_factory.mktemp("claude-sim"))
        gateway = stack.Gateway(tmp_path_factory.mktemp("claude-gateway"), sim)
        try:
            yield gateway.start()
        finally:
            gateway.stop()
            sim.stop()


class Run:
    """What one run of the CLI said and did."""

    def __init__(self, done: subprocess.CompletedProcess, upstream: list[dict]):
        self.done = done
        self.upstream = upstream  # what arrived at the simulator meanwhile
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        self.last = lines[-1] if lines else {}

    def __repr__(self):
        calls = [(call["path"], call["status"]) for call in self.upstream]
        return f"exit {self.done.returncode}\n{self.done.stdout[-3000:]}\n{self.done.stderr[-2000:]}\nupstream: {calls}"

    @property
    def text(self) -> str:
        return self.last.get("result", "")


@pytest.fixture
def claude(inside, tmp_path):
    def run(prompt: str, *flags: str, key: str = KEY, model: str | None = stack.SONNET, **env: str) -> Run:
        before = stack.request(inside.sim.port, "GET", "/_sim/requests").json()["seen"]
        command = [str(CLAUDE), "-p", prompt, "--max-turns", "4", "--output-format", "stream-json", "--verbose"]
        command += ["--no-session-persistence", *(["--model", model] if model else []), *flags]
        settings = {
            "CLAUDE_CONFIG_DIR": str(tmp_path / ".claude"),
            "TERM": "dumb",
            "ANTHROPIC_BASE_URL": inside.url,
            "ANTHROPIC_AUTH_TOKEN": key,
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "DISABLE_AUTOUPDATER": "1",
            "CLAUDE_CODE_MAX_RETRIES": "1",
        }
        done = subprocess.run(
            command,
            env=clean_env(tmp_path) | settings | env,
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
        )
        report = stack.request(inside.sim.port, "GET", "/_sim/requests").json()
        new = report["seen"] - before
        return Run(done, report["requests"][-new:] if new else [])

    return run


def test_nothing_but_the_loopback_is_reachable(inside):
    if os.geteuid() != 0:
        pytest.skip("needs root for a network namespace")
    with pytest.raises(OSError):
        socket.create_connection(("1.1.1.1", 443), 2).close()


def test_a_plain_prompt(claude):
    run = claude('[[sim say="pong from the model"]]')
    assert run.done.returncode == 0, run
    assert run.text == "pong from the model", run
    assert run.last["is_error"] is False and run.last["num_turns"] == 1, run
    assert run.last["usage"]["output_tokens"] > 0, run
    assert [call["status"] for call in run.upstream] == [200], run


@pytest.mark.parametrize("model", [None, "haiku", "opus", "claude-haiku-4-5", "claude-opus-4-5", "claude-sonnet-5"])
def test_the_models_that_the_cli_asks_for_by_itself(claude, model):
    run = claude('[[sim say="here"]]', model=model)
    assert run.text == "here", run
    assert all(call["status"] == 200 for call in run.upstream), run


def test_what_goes_upstream_is_what_bedrock_takes(claude):
    body = claude('[[sim say="ok"]]').upstream[-1]["body"]
    assert body["anthropic_version"] == "bedrock-2023-05-31"
    assert not {"model", "stream", "context_management", "betas"} & set(body)
    assert json.dumps(body).count('"cache_control"') in (1, 2, 3)
    assert body["tools"]


def test_a_tool_round_trip_that_writes_a_file(claude, tmp_path):
    target = tmp_path / "written.txt"
    tool = {"file_path": str(target), "content": "through the gateway\n"}
    run = claude(f"[[sim tool=Write {json.dumps(tool)}]]", "--allowedTools", "Write")
    assert target.read_text() == "through the gateway\n", run
    assert run.last["is_error"] is False and run.last["num_turns"] == 2, run
    first, second = run.upstream[-2:]
    call = second["body"]["messages"][-2]["content"][-1]
    answers = [block for block in second["body"]["messages"][-1]["content"] if block["type"] == "tool_result"]
    assert answers[0]["tool_use_id"] == call["id"], run
    assert first["body"]["system"] == second["body"]["system"], "the prompt's prefix changed between turns"
    assert first["body"]["tools"] == second["body"]["tools"]


def test_a_shell_command(claude):
    tool = {"command": "echo from-the-shell", "description": "say it"}
    run = claude(f"[[sim tool=Bash {json.dumps(tool)}]]", "--allowedTools", "Bash")
    assert run.last["num_turns"] == 2, run
    assert "from-the-shell" in run.text, run


def test_tokens_are_counted(claude):
    run = claude("/context")
    assert run.done.returncode == 0, run
    counts = [call for call in run.upstream if call["path"].endswith("/count-tokens")]
    assert counts, run
    assert all(call["status"] == 200 for call in counts), run


def test_a_429_reaches_the_user_with_its_wording(claude):
    run = claude("[[sim fault=throttle]]")
    assert run.last["is_error"] is True, run
    assert "429" in run.text and "oo many" in run.text, run


def test_a_wrong_key_is_said_at_once(claude):
    run = claude("hi", key="sk-wrong", CLAUDE_CODE_MAX_RETRIES="10")
    assert run.last["is_error"] is True, run
    assert "401" in run.text or "Invalid API key" in run.text, run
    assert run.upstream == [], run


def test_an_error_in_the_middle_of_a_stream_is_recovered_from(claude, mark):
    fault = f'[[sim fault=mid_stream_exception after=5 times=1 message="{mark}"]]'
    run = claude(f'{fault} [[sim say="recovered in the end"]]')
    assert run.done.returncode == 0, run
    assert run.text == "recovered in the end", run
    assert len(run.upstream) == 2, run


def test_an_error_in_the_middle_of_a_stream_is_shown_when_it_stays(claude, mark):
    fault = f'[[sim fault=mid_stream_exception after=5 message="{mark}"]]'
    run = claude(f"[[sim text=80 tokens]] {fault}", CLAUDE_CODE_DISABLE_NONSTREAMING_FALLBACK="1")
    assert run.last["is_error"] is True, run


def test_a_long_silence_is_survived(claude):
    run = claude('[[sim fault=slow_first_byte delay=12000]] [[sim say="late but here"]]')
    assert run.text == "late but here", run


def test_structured_output(claude):
    schema = {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}
    run = claude('[[sim tool=StructuredOutput {"age":36}]]', "--json-schema", json.dumps(schema))
    assert run.last.get("structured_output") == {"age": 36}, run
