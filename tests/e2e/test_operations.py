"""The programs as an operator meets them: command line, reload, generated key, scripts/run."""

import hashlib
import os
import re
import signal
import subprocess
import threading

import pytest

import stack
from stack import HAIKU, ROOT, SONNET, clean_env, wait_until


def stargate(folder, *arguments: str, **env: str) -> subprocess.CompletedProcess:
    command = [stack.binary("STARGATE_BIN", "stargate"), *arguments]
    return subprocess.run(command, env=clean_env(folder) | env, cwd=folder, capture_output=True, text=True, timeout=60)


def test_help_version_and_completion(tmp_path):
    helped = stargate(tmp_path, "--help")
    assert helped.returncode == 0
    for word in ("serve", "check-config", "models", "version"):
        assert word in helped.stdout
    assert re.search(r"\d+\.\d+\.\d+", stargate(tmp_path, "version").stdout)
    assert stargate(tmp_path, "no-such-command").returncode != 0


def test_the_shipped_configurations_are_good(tmp_path):
    for name in ("stargate.yaml", "poc.yaml"):
        checked = stargate(tmp_path, "check-config", str(ROOT / "config" / name), LITELLM_MASTER_KEY=stack.KEY)
        assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("flags", [["--listen", "0.0.0.0.0:1"], ["--listen", "localhost:1"], ["--port", "x"]])
def test_an_address_that_makes_no_sense_is_a_mistake_of_the_command_line(tmp_path, flags):
    refused = stargate(tmp_path, "serve", *flags)
    assert refused.returncode == 2, refused.stderr
    assert flags[1] in refused.stderr


def test_check_config_reads_pipes_and_standard_input(tmp_path):
    program, env = stack.binary("STARGATE_BIN", "stargate"), clean_env(tmp_path) | {"LITELLM_MASTER_KEY": stack.KEY}
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(stack.CONFIG + "  drain_deadline: 5s\n")
    bad.write_text(stack.CONFIG + "  drain_deadline: soon\n")
    for line, status in {
        f"cat {good} | {program} check-config -": 0,
        f"cat {good} | {program} check-config /dev/stdin": 0,
        f"{program} check-config <(cat {good})": 0,
        f"{program} check-config - <{bad}": 1,
        f"head -c 5000000 /dev/zero | {program} check-config -": 1,
    }.items():
        checked = subprocess.run(["bash", "-c", line], env=env, cwd=tmp_path, capture_output=True, text=True, timeout=60)
        assert checked.returncode == status, f"{line}: {checked.stdout}{checked.stderr}"
        if "-" == line.split()[-1] and status:
            assert "<stdin>: " in checked.stdout and "4 MiB" in checked.stdout


def test_check_config_names_all_errors_with_their_lines(tmp_path):
    config = tmp_path / "bad.yaml"
    config.write_text(stack.CONFIG + "  ping_intervall: 3s\n  drain_deadline: soon\n")
    checked = stargate(tmp_path, "check-config", str(config), LITELLM_MASTER_KEY=stack.KEY)
    said = checked.stdout + checked.stderr
    lines = len(stack.CONFIG.splitlines())
    assert checked.returncode != 0
    assert f":{lines + 1}" in said and f":{lines + 2}" in said
    assert "ping_interval" in said.replace("ping_intervall", "")


def test_models_shows_what_would_be_served(tmp_path):
    config = str(ROOT / "config/stargate.yaml")
    shown = stargate(tmp_path, "models", "--config", config, LITELLM_MASTER_KEY=stack.KEY)
    assert shown.returncode == 0, shown.stderr
    assert HAIKU in shown.stdout and SONNET in shown.stdout


def test_sighup_reloads_without_dropping_a_request(start_gateway):
    own = start_gateway(stack.CONFIG)
    assert own.chat("hi", model="new-name").status == 404
    streamed = {}
    prompt = "[[sim text=60 tokens]] [[sim tps=40]]"
    running = threading.Thread(target=lambda: streamed.update(answer=own.messages(prompt, stream=True)))
    running.start()
    own.config.write_text(stack.CONFIG.replace(f"model_name: {SONNET}", "model_name: new-name"))
    os.kill(own.program.pid, signal.SIGHUP)
    wait_until(lambda: own.chat("hi", model="new-name").status == 200, "the new configuration")
    assert own.chat("hi", model=SONNET).status == 404
    running.join()
    assert stack.sse_events(streamed["answer"].body.decode())[-1].name == "message_stop"


def test_a_broken_configuration_is_not_taken_over(start_gateway):
    own = start_gateway(stack.CONFIG)
    own.config.write_text("model_list: [nonsense")
    os.kill(own.program.pid, signal.SIGHUP)
    wait_until(lambda: "config" in own.program.text().split("SIGHUP")[-1], "a word about it in the log")
    assert own.chat("hi").status == 200


@pytest.mark.parametrize("emptied", ["", "model_list: []\n"])
def test_a_configuration_that_serves_nothing_is_not_taken_over(start_gateway, emptied):
    own = start_gateway(stack.CONFIG)
    own.config.write_text(emptied)
    os.kill(own.program.pid, signal.SIGHUP)
    wait_until(lambda: "reload.refused" in own.program.text(), "a word about it in the log")
    assert own.chat("hi").status == 200


def test_a_master_key_that_vanishes_is_not_replaced(start_gateway):
    section = "general_settings:\n  master_key: os.environ/LITELLM_MASTER_KEY\n"
    own = start_gateway(stack.CONFIG.replace(section, "general_settings:\n  master_key: sk-in-the-file\n"),
                        env={"LITELLM_MASTER_KEY": ""})
    assert own.chat("hi", key="sk-in-the-file").status == 200
    own.config.write_text(stack.CONFIG.replace(section, ""))
    os.kill(own.program.pid, signal.SIGHUP)
    wait_until(lambda: "reload.refused" in own.program.text(), "a word about it in the log")
    assert own.chat("hi", key="sk-in-the-file").status == 200


def test_a_generated_key_is_shown_once_and_kept_with_mode_0600(start_gateway, tmp_path):
    yaml = stack.CONFIG.replace("general_settings:\n  master_key: os.environ/LITELLM_MASTER_KEY\n", "")
    yaml += f"  data_dir: {tmp_path}/data\n"
    own = start_gateway(yaml, env={"LITELLM_MASTER_KEY": ""})
    key = re.search(r"sk-[\w-]{16,}", own.program.text()).group(0)
    assert own.chat("hi", key=key).status == 200
    kept = [path for path in (tmp_path / "data").iterdir() if path.is_file()]
    assert kept and all(path.stat().st_mode & 0o777 == 0o600 for path in kept)
    own.stop()
    own.start()
    assert own.chat("hi", key=key).status == 200
    assert own.program.text().count(key) == 1


def test_keys_of_the_configuration(start_gateway):
    digest = hashlib.sha256(b"sk-listed").hexdigest()
    own = start_gateway(stack.CONFIG + f"  keys:\n    - sha256: {digest}\n      alias: ci\n")
    assert own.chat("hi", key="sk-listed").status == 200
    assert own.chat("hi", key="sk-unlisted").status == 401


def test_a_bedrock_api_key_replaces_the_signature(start_gateway, sim, mark):
    env = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_BEARER_TOKEN_BEDROCK": stack.BEDROCK_KEY}
    own = start_gateway(stack.CONFIG, env=env)
    assert own.chat(mark).status == 200


@pytest.fixture
def make_run(tmp_path):
    """scripts/run without AWS credentials, on private ports; gives its output when it serves, and stops it by Ctrl-C."""
    port, sim_port = stack.free_port(), stack.free_port()
    env = clean_env(tmp_path) | {
        "STARGATE_PORT": str(port),
        "STARGATE_SIM_PORT": str(sim_port),
        "LITELLM_MASTER_KEY": "sk-made-for-this-test",
    }
    log = tmp_path / "run.log"
    with log.open("wb") as out:
        process = subprocess.Popen([ROOT / "scripts/run"], env=env, stdout=out, stderr=out, start_new_session=True)
    try:
        wait_until(lambda: "Ctrl-C stops" in log.read_text() or process.poll() is not None, "scripts/run serving")
        yield log.read_text(), port, sim_port
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(30)


def test_what_make_run_prints_works(make_run, tmp_path):
    text, port, sim_port = make_run
    assert "simulator" in text and "no AWS credentials" in text
    curl = re.search(r"^\s*(curl .*)$", text, re.M).group(1)
    answer = subprocess.run(["bash", "-c", curl], capture_output=True, text=True, env=clean_env(tmp_path), timeout=60)
    assert '"chat.completion"' in answer.stdout, answer.stdout + answer.stderr
    exports = dict(re.findall(r"^\s*export (\w+)=(\S+)$", text, re.M))
    assert exports == {
        "ANTHROPIC_BASE_URL": f"http://127.0.0.1:{port}",
        "ANTHROPIC_AUTH_TOKEN": "sk-made-for-this-test",
    }
