"""Runs the JavaScript SDK tests on the Node that tests/e2e/js/package.json pins; each of their cases is one case here."""

import subprocess
import xml.etree.ElementTree as xml
from pathlib import Path

import pytest

from stack import KEY, binary, clean_env

FOLDER = Path(__file__).parent / "js"
NODE = FOLDER / "node_modules/.bin/node"


def cases(name: str) -> list[str]:
    """The names of the cases, read from the source so that pytest can list them."""
    lines = (FOLDER / name).read_text().splitlines()
    return [line.split("'")[1] for line in lines if line.startswith("test('")]


@pytest.fixture(scope="module")
def results(gateway, tmp_path_factory):
    """Runs a file once and gives the result of each of its cases: None, or how it failed."""
    seen: dict[str, dict[str, str | None]] = {}

    def run(name: str) -> dict[str, str | None]:
        if name not in seen:
            env = clean_env(tmp_path_factory.mktemp("home")) | {"GATEWAY_URL": gateway.url, "GATEWAY_KEY": KEY}
            env["STARGATE_SIM_BIN"] = binary("STARGATE_SIM_BIN", "stargate-sim")
            command = [NODE, "--test", "--test-reporter=junit", "--test-timeout=60000", name]
            done = subprocess.run(command, cwd=FOLDER, env=env, capture_output=True, text=True, timeout=110)
            assert done.stdout.startswith("<?xml"), done.stdout + done.stderr
            seen[name] = {}
            for case in xml.fromstring(done.stdout).iter("testcase"):
                failure = case.find("failure")
                seen[name][case.get("name")] = None if failure is None else (failure.text or "failed")
        return seen[name]

    return run


ALL = [(name, case) for name in ("openai.test.mjs", "anthropic.test.mjs", "aws_sdk_sim.mjs") for case in cases(name)]


@pytest.mark.parametrize("name,case", ALL, ids=[f"{name.split('.')[0]}: {case}" for name, case in ALL])
def test_js(results, name, case):
    failure = results(name)[case]
    assert failure is None, failure
