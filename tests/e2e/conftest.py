"""Fixtures: one simulator and one gateway for most tests, and a way to start more with another configuration."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
# The clients must not be led astray by the machine's own proxies and keys.
for name in list(os.environ):
    if name.lower().endswith("_proxy") or name.startswith(("AWS_", "OPENAI_", "ANTHROPIC_", "CLAUDE_", "LITELLM_")):
        del os.environ[name]

import stack  # noqa: E402


@pytest.fixture(scope="session")
def sim(tmp_path_factory):
    program = stack.Sim(tmp_path_factory.mktemp("sim"))
    yield program
    program.stop()


@pytest.fixture(scope="session")
def gateway(sim, tmp_path_factory):
    program = stack.Gateway(tmp_path_factory.mktemp("gateway"), sim).start()
    yield program
    program.stop()


@pytest.fixture
def start_gateway(sim, tmp_path):
    """Starts a gateway with a configuration of its own: start_gateway(yaml_text, flags=..., env=...)."""
    started = []

    def start(yaml: str | None = None, **options) -> stack.Gateway:
        folder = tmp_path / f"gateway-{len(started)}"
        folder.mkdir()
        if yaml is not None:
            options["config"] = folder / "config.yaml"
            options["config"].write_text(yaml)
        program = stack.Gateway(folder, options.pop("sim", sim), **options)
        started.append(program)
        return program.start()

    yield start
    for program in started:
        program.stop()


@pytest.fixture
def mark():
    return stack.mark()
