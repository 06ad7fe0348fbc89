"""The processes of the bench: started on private ports, pinned to their core, stopped by their pid."""

import http.client
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import payloads

ROOT = Path(__file__).resolve().parent.parent
GATEWAY_CORE = 0
OTHER_CORE = 1 if (os.cpu_count() or 1) > 1 else 0
PACE_MS = 10  # between two chunks of a stream
START_SECONDS = 10


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def pinned(core: int, command: list) -> list[str]:
    return ["taskset", "-c", str(core), *map(str, command)]


def cpu_us(pid: int) -> float:
    """User and system time of all threads, from the scheduler, which counts in nanoseconds."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        total += int((task / "schedstat").read_text().split()[0])
    return total / 1000


def resident_kb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


class Server:
    """A child process that listens on a port."""

    core = OTHER_CORE
    path = ""  # asked until it answers 200; empty: until the port is open

    def __init__(self, folder: Path, command: list, port: int, env: dict[str, str] | None = None):
        self.port = port
        self.log = folder / f"{type(self).__name__.lower()}.log"
        started = time.monotonic()
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(pinned(self.core, command), stdout=out, stderr=out, env=env)
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() - started > START_SECONDS:
                self.process.kill()
                raise RuntimeError(f"{command[0]} did not start:\n{self.log.read_text()}")
            time.sleep(0.001)
        self.ready_ms = (time.monotonic() - started) * 1000

    def answers(self) -> bool:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=1)
            connection.connect()
            if self.path:
                connection.request("GET", self.path)
                return connection.getresponse().status == 200
            return True
        except OSError:
            return False
        finally:
            connection.close()

    @property
    def pid(self) -> int:
        return self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Upstream(Server):
    def __init__(self, folder: Path):
        port = free_port()
        super().__init__(folder, [folder / "upstream", port, folder / "answers.bin", PACE_MS], port)


NGINX = """
daemon off;
master_process off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log error;
events {{ worker_connections 8192; multi_accept on; }}
http {{
  access_log off;
  client_body_temp_path {folder}/nginx-body;
  proxy_temp_path {folder}/nginx-proxy;
  fastcgi_temp_path {folder}/nginx-fastcgi;
  uwsgi_temp_path {folder}/nginx-uwsgi;
  scgi_temp_path {folder}/nginx-scgi;
  client_body_buffer_size 128k;
  client_max_body_size 32m;
  keepalive_requests 1000000;
  tcp_nodelay on;
  upstream bench {{ server 127.0.0.1:{upstream}; keepalive 512; keepalive_requests 1000000; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://bench;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
    }}
  }}
}}
"""


class Nginx(Server):
    core = GATEWAY_CORE

    def __init__(self, folder: Path, upstream: int):
        port = free_port()
        config = folder / "nginx.conf"
        config.write_text(NGINX.format(folder=folder, upstream=upstream, port=port))
        super().__init__(folder, ["nginx", "-p", folder, "-c", config], port)


GATEWAY = f"""\
model_list:
  - model_name: {payloads.MODEL}
    litellm_params:
      model: bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0
      aws_region_name: us-east-1
general_settings:
  master_key: {payloads.KEY}
stargate:
  worker_threads: 1
  log: {{level: error}}
"""


class Gateway(Server):
    core = GATEWAY_CORE
    path = "/health/readiness"

    def __init__(self, folder: Path, upstream: int, signed: bool):
        port = free_port()
        config = folder / "stargate.yaml"
        config.write_text(GATEWAY)
        env = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "AWS_EC2_METADATA_DISABLED": "true", "AWS_REGION": "us-east-1"}
        env["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"] = f"http://127.0.0.1:{upstream}"
        if signed:
            # The example key pair of the AWS documentation.
            env["AWS_ACCESS_KEY_ID"] = "AKIAIOSFODNN7EXAMPLE"
            env["AWS_SECRET_ACCESS_KEY"] = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
        else:
            env["AWS_BEARER_TOKEN_BEDROCK"] = "bench"
        command = [ROOT / "build/release/stargate", "serve", "--config", config, "--listen", f"127.0.0.1:{port}"]
        super().__init__(folder, command, port, env)
