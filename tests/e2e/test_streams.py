"""Streams in time: pings, disconnects, drain. Each case waits for an event, never for a length of time."""

import json
import socket
import threading

import pytest

import stack
from stack import HAIKU, KEY, wait_until


@pytest.fixture(scope="module")
def pinging(sim, tmp_path_factory):
    """A gateway that sends a sign of life after 300 ms of silence."""
    folder = tmp_path_factory.mktemp("pinging")
    config = folder / "config.yaml"
    config.write_text(stack.CONFIG + "  ping_interval: 300ms\n")
    program = stack.Gateway(folder, sim, config).start()
    yield program
    program.stop()


def open_stream(port: int, path: str, prompt: str) -> socket.socket:
    """Sends a streaming request and returns the socket, nothing read yet."""
    body = json.dumps({"model": HAIKU, "max_tokens": 4000, "stream": True, "messages": [{"role": "user", "content": prompt}]})
    head = f"POST {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {KEY}\r\nContent-Length: {len(body)}\r\n\r\n"
    client = socket.create_connection(("127.0.0.1", port), 30)
    client.sendall((head + body).encode())
    return client


def read_until(client: socket.socket, wanted: bytes, text: bytes = b"") -> bytes:
    while wanted not in text:
        data = client.recv(65536)
        assert data, f"closed before {wanted!r}: {text!r}"
        text += data
    return text


def test_pings_before_the_first_event(pinging):
    answer = pinging.messages('[[sim fault=slow_first_byte delay=1500]] [[sim say="late"]]', stream=True)
    names = [event.name for event in stack.sse_events(answer.body.decode())]
    assert names[0] == "ping"
    assert names.count("ping") >= 2
    assert names.count("message_start") == 1
    assert names[-1] == "message_stop"


def test_pings_in_the_middle_of_a_stream(pinging):
    answer = pinging.messages('[[sim fault=stall after=4 delay=1500]] [[sim text=30 tokens]]', stream=True)
    names = [event.name for event in stack.sse_events(answer.body.decode())]
    assert "ping" in names[names.index("content_block_start") : names.index("message_delta")]
    assert names[-1] == "message_stop"


def test_comments_keep_chat_streams_alive(pinging):
    answer = pinging.chat('[[sim fault=slow_first_byte delay=1500]] [[sim say="late"]]', stream=True)
    text = answer.body.decode()
    assert text.startswith(":")
    chunks = [event.json() for event in stack.sse_events(text) if event.data != "[DONE]"]
    assert "".join(c["choices"][0]["delta"].get("content") or "" for c in chunks if c["choices"]) == "late"


def test_an_error_after_a_ping_comes_as_an_event(pinging, mark):
    prompt = f'[[sim fault=slow_first_byte delay=1000 times=1 message="{mark}"]] [[sim fault=mid_stream_exception after=2]]'
    events = stack.sse_events(pinging.messages(prompt, stream=True).body.decode())
    assert events[-1].name == "error"
    assert events[-1].json()["error"]["type"]


@pytest.mark.parametrize("fault", ["mid_stream_exception", "cut", "corrupt_crc", "half_frame"])
@pytest.mark.parametrize("path", ["/v1/messages", "/v1/chat/completions"])
def test_a_broken_upstream_ends_in_the_dialects_own_error(gateway, fault, path):
    prompt = f"[[sim text=100 tokens]] [[sim fault={fault} after=5]]"
    body = {"model": HAIKU, "max_tokens": 1000, "stream": True, "messages": [{"role": "user", "content": prompt}]}
    answer = gateway.request("POST", path, body)
    assert answer.status == 200
    last = stack.sse_events(answer.body.decode())[-1]
    assert last.json()["error"]["message"]
    assert last.name == ("error" if path == "/v1/messages" else "")


@pytest.mark.parametrize("fault", ["mid_stream_exception", "cut"])
def test_a_broken_upstream_of_a_whole_answer_is_an_error(gateway, fault):
    answer = gateway.messages(f"[[sim text=100 tokens]] [[sim fault={fault} after=5]]")
    assert answer.status >= 500
    assert answer.json()["type"] == "error"


def ends(sim, before: int) -> list[str]:
    return [entry["end"] for entry in sim.bill()[before:]]


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/chat/completions"])
@pytest.mark.parametrize("silent", [False, True], ids=["while text flows", "in a silent gap"])
def test_a_client_that_goes_away_stops_the_upstream(gateway, sim, path, silent):
    before = len(sim.bill())
    gap = "[[sim fault=stall after=4 delay=60000]]" if silent else "[[sim tps=20]]"
    client = open_stream(gateway.port, path, f"[[sim text=2000 tokens]] {gap}")
    read_until(client, b"data:")
    client.close()
    wait_until(lambda: "client_gone" in ends(sim, before), "the simulator noticing that nobody listens", 10)


def test_a_client_that_goes_away_before_the_answer_stops_the_upstream(gateway, sim, mark):
    before = len(sim.bill())
    prompt = f"{mark} [[sim fault=slow_first_byte delay=60000]]"
    client = open_stream(gateway.port, "/v1/messages", prompt)
    wait_until(lambda: sim.requests(mark), "the request arriving upstream")
    client.close()
    wait_until(lambda: "client_gone" in ends(sim, before), "the simulator noticing that nobody listens", 10)


def test_sigterm_lets_a_running_stream_finish(start_gateway):
    own = start_gateway(stack.CONFIG)
    client = open_stream(own.port, "/v1/messages", "[[sim text=60 tokens]] [[sim tps=40]]")
    text = read_until(client, b"content_block_delta")
    stopper = threading.Thread(target=own.stop)
    stopper.start()
    text = read_until(client, b"event: message_stop", text)
    stopper.join()
    assert own.program.process.returncode == 0
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", own.port), 2).close()


def test_sigterm_ends_idle_connections_at_once(start_gateway):
    own = start_gateway(stack.CONFIG)
    idle = socket.create_connection(("127.0.0.1", own.port), 20)
    idle.sendall(b"GET /health/liveliness HTTP/1.1\r\nHost: a\r\n\r\n")
    read_until(idle, b"\r\n\r\n")
    assert own.stop() == 0


def test_thirty_streams_at_once_are_each_their_own(gateway):
    answers: dict[int, str] = {}

    def one(number: int):
        body = gateway.chat(f'[[sim say="answer {number}"]]', stream=True).body.decode()
        chunks = [event.json() for event in stack.sse_events(body) if event.data != "[DONE]"]
        answers[number] = "".join(c["choices"][0]["delta"].get("content") or "" for c in chunks if c["choices"])

    threads = [threading.Thread(target=one, args=(number,)) for number in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {number: f"answer {number}" for number in range(30)}
