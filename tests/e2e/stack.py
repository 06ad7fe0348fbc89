"""Starts the real programs, stargate-sim and stargate, on private ports of the loopback, and talks to them."""

import http.client
import json
import os
import signal
import socket
import subprocess
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KEY = "sk-test-e2e-master-key"
# The example key pair of the AWS documentation.
ACCESS_KEY = "AKIAIOSFODNN7EXAMPLE"
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
BEDROCK_KEY = "bedrock-api-key-e2e"
START_SECONDS = 20
STOP_SECONDS = 20

HAIKU = "claude-haiku-4-5"
SONNET = "claude-sonnet-4-5"

# A configuration to which a test adds its own settings: they go under `stargate:`, indented by two.
CONFIG = f"""\
model_list:
  - model_name: {HAIKU}
    litellm_params:
      model: bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0
      aws_region_name: us-east-1
  - model_name: {SONNET}
    litellm_params:
      model: bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0
      aws_region_name: us-east-1
general_settings:
  master_key: os.environ/LITELLM_MASTER_KEY
stargate:
"""

# The smallest PNG: one transparent pixel.
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def binary(variable: str, name: str) -> str:
    path = Path(os.environ.get(variable) or ROOT / "build/release" / name)
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: `make build` first, or set {variable}")
    return str(path)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(condition, what: str, seconds: float = START_SECONDS):
    """Polls until the condition holds and returns its value."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds} s")
        time.sleep(0.02)


class Program:
    """One child process with its log; stopped by its pid."""

    def __init__(self, command: list[str], env: dict[str, str], log: Path):
        self.log = log
        with log.open("ab") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, env=env, cwd=log.parent)

    @property
    def pid(self) -> int:
        return self.process.pid

    def await_answer(self, port: int, path: str):
        def answers():
            if self.process.poll() is not None:
                raise RuntimeError(f"ended with {self.process.returncode} at its start:\n{self.text()}")
            try:
                return request(port, "GET", path, timeout=2).status == 200
            except OSError:
                return False

        wait_until(answers, f"{path} of {self.process.args[0]}\n{self.text()}")

    def text(self) -> str:
        return self.log.read_text(errors="replace")

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError(f"{self.process.args[0]} did not stop within {STOP_SECONDS} s of SIGTERM") from None
        return self.process.returncode


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self):
        return json.loads(self.body)


def request(port: int, method: str, path: str, body=None, headers=None, timeout: float = 30) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
            headers = {"content-type": "application/json"} | (headers or {})
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())
    finally:
        connection.close()


def clean_env(home: Path) -> dict[str, str]:
    return {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(home), "LANG": "C.UTF-8"}


class Sim:
    """The Bedrock simulator."""

    def __init__(self, folder: Path, *flags: str):
        self.port = free_port()
        command = [binary("STARGATE_SIM_BIN", "stargate-sim"), "--listen", f"127.0.0.1:{self.port}"]
        command += ["--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY, "--api-key", BEDROCK_KEY, *flags]
        self.program = Program(command, clean_env(folder), folder / "sim.log")
        self.program.await_answer(self.port, "/_sim/health")

    def requests(self, mark: str = "") -> list[dict]:
        """What arrived at the model with `mark` in its body, oldest first."""
        seen = request(self.port, "GET", "/_sim/requests").json()["requests"]
        return [record for record in seen if mark in json.dumps(record["body"])]

    def bill(self) -> list[dict]:
        return request(self.port, "GET", "/_sim/bill").json()["entries"]

    def faults(self, *rules: dict):
        assert request(self.port, "POST", "/_sim/faults", list(rules)).status == 200

    def clear_faults(self):
        request(self.port, "DELETE", "/_sim/faults")

    def stop(self):
        self.program.stop()


@dataclass
class Gateway:
    """The gateway in front of a simulator."""

    folder: Path
    sim: Sim
    config: Path = ROOT / "config/stargate.yaml"
    flags: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict)
    port: int = 0
    program: Program | None = None

    def start(self) -> "Gateway":
        self.port = free_port()
        command = [binary("STARGATE_BIN", "stargate"), "serve", "--config", str(self.config)]
        command += ["--listen", f"127.0.0.1:{self.port}", *self.flags]
        env = clean_env(self.folder) | {
            "LITELLM_MASTER_KEY": KEY,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": f"http://127.0.0.1:{self.sim.port}",
        }
        self.program = Program(command, env | self.env, self.folder / "gateway.log")
        self.program.await_answer(self.port, "/health/readiness")
        return self

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def request(self, method: str, path: str, body=None, headers=None, key: str | None = KEY, timeout: float = 30) -> Answer:
        auth = {"authorization": f"Bearer {key}"} if key else {}
        return request(self.port, method, path, body, auth | (headers or {}), timeout)

    def chat(self, prompt: str, model: str = HAIKU, headers=None, key: str | None = KEY, **fields) -> Answer:
        body = {"model": model, "messages": [{"role": "user", "content": prompt}]} | fields
        return self.request("POST", "/v1/chat/completions", body, headers, key)

    def messages(self, prompt: str, model: str = HAIKU, headers=None, key: str | None = KEY, **fields) -> Answer:
        body = {"model": model, "max_tokens": 1000, "messages": [{"role": "user", "content": prompt}]} | fields
        return self.request("POST", "/v1/messages", body, {"anthropic-version": "2023-06-01"} | (headers or {}), key)

    def stop(self) -> int:
        return self.program.stop() if self.program else 0


def mark() -> str:
    """A word that finds one test's requests again at the simulator."""
    return f"mark-{uuid.uuid4().hex[:12]}"


@dataclass
class Event:
    name: str
    data: str

    def json(self):
        return json.loads(self.data)


def sse_events(text: str) -> list[Event]:
    """The events of a stream's text, comments left out."""
    events = []
    for block in text.replace("\r\n", "\n").split("\n\n"):
        lines = [line for line in block.split("\n") if line and not line.startswith(":")]
        data = [line[5:].removeprefix(" ") for line in lines if line.startswith("data:")]
        name = [line[6:].strip() for line in lines if line.startswith("event:")]
        if lines:
            events.append(Event(name[0] if name else "", "\n".join(data)))
    return events
