"""The endpoints one by one: what answers where, in which dialect, with which headers."""

import json
from decimal import Decimal

import pytest

import stack
from stack import HAIKU, KEY, SONNET

ANTHROPIC = {"anthropic-version": "2023-06-01"}


@pytest.mark.parametrize("path", ["/health/liveliness", "/health/liveness", "/health/readiness"])
def test_health_needs_no_key(gateway, path):
    assert gateway.request("GET", path, key=None).status == 200


def test_health_probes_the_upstreams_for_the_master_key_only(gateway):
    assert gateway.request("GET", "/health", key=None).status == 401
    report = gateway.request("GET", "/health").json()
    assert report["healthy_count"] >= 1
    assert report["unhealthy_count"] == 0, report["unhealthy_endpoints"]


@pytest.mark.parametrize("method,path", [("HEAD", "/"), ("GET", "/"), ("HEAD", "/api/hello"), ("GET", "/api/hello")])
def test_start_up_probes(gateway, method, path):
    assert gateway.request(method, path, key=None).status == 200


def test_event_logging_is_taken(gateway):
    assert gateway.request("POST", "/api/event_logging/batch", {"events": []}, key=None).status == 200


@pytest.mark.parametrize("path", ["/v1/models", "/models", "/v1/models?limit=1000"])
def test_models_in_openais_form(gateway, path):
    listed = gateway.request("GET", path).json()
    assert listed["object"] == "list"
    assert all(model["object"] == "model" and model["id"] and model["owned_by"] for model in listed["data"])
    assert HAIKU in [model["id"] for model in listed["data"]]


def test_models_in_anthropics_form(gateway):
    listed = gateway.request("GET", "/v1/models?limit=1000", headers=ANTHROPIC).json()
    assert "has_more" in listed
    assert all(model["type"] == "model" and model["display_name"] for model in listed["data"])
    one = gateway.request("GET", f"/v1/models/{HAIKU}", headers=ANTHROPIC).json()
    assert (one["type"], one["id"]) == ("model", HAIKU)


def test_models_need_a_key(gateway):
    assert gateway.request("GET", "/v1/models", key=None).status == 401


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/chat/completions", "/v1/chat/completions?api-version=1"])
def test_chat_paths(gateway, path):
    body = {"model": HAIKU, "messages": [{"role": "user", "content": "hi"}]}
    assert gateway.request("POST", path, body).status == 200


@pytest.mark.parametrize("prefix", ["", "/anthropic"])
@pytest.mark.parametrize("query", ["", "?beta=true"])
def test_messages_paths(gateway, prefix, query):
    body = {"model": HAIKU, "max_tokens": 50, "messages": [{"role": "user", "content": "hi"}]}
    answer = gateway.request("POST", f"{prefix}/v1/messages{query}", body, ANTHROPIC)
    assert answer.status == 200
    assert answer.json()["type"] == "message"
    count = {"model": SONNET, "messages": body["messages"]}
    counted = gateway.request("POST", f"{prefix}/v1/messages/count_tokens{query}", count, ANTHROPIC)
    assert counted.json()["input_tokens"] > 0


def test_a_whole_answer_says_what_it_cost(gateway):
    body = {"model": HAIKU, "max_tokens": 50, "messages": [{"role": "user", "content": "hi"}]}
    answer = gateway.request("POST", "/v1/messages", body, ANTHROPIC)
    usage = answer.json()["usage"]
    dollars = Decimal(usage["input_tokens"] * 1 + usage["output_tokens"] * 5) / 1_000_000  # config/models.yaml
    assert Decimal(answer.headers["x-litellm-response-cost"]) == dollars


@pytest.mark.parametrize("version", ["2023-06-01", "2026-10-21", None])
def test_every_anthropic_version_is_taken(gateway, sim, mark, version):
    headers = {"anthropic-version": version} if version else {}
    body = {"model": HAIKU, "max_tokens": 50, "messages": [{"role": "user", "content": mark}]}
    assert gateway.request("POST", "/v1/messages", body, headers).status == 200
    assert sim.requests(mark)[-1]["body"]["anthropic_version"] == "bedrock-2023-05-31"


def test_a_doubled_v1_is_explained(gateway):
    answer = gateway.request("POST", "/v1/v1/messages", {"model": HAIKU}, ANTHROPIC)
    assert answer.status == 404
    assert "/v1" in answer.json()["error"]["message"]


def test_unknown_paths_and_methods(gateway):
    missing = gateway.request("GET", "/nowhere")
    assert missing.status == 404
    assert missing.json()["error"]["message"]
    wrong = gateway.request("GET", "/v1/chat/completions")
    assert wrong.status == 405
    assert "POST" in wrong.headers["allow"]


def test_cors(gateway):
    headers = {
        "origin": "https://app.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization, content-type",
    }
    preflight = gateway.request("OPTIONS", "/v1/chat/completions", headers=headers, key=None)
    assert preflight.status in (200, 204)
    assert preflight.headers["access-control-allow-origin"]
    assert "POST" in preflight.headers["access-control-allow-methods"]
    assert "authorization" in preflight.headers["access-control-allow-headers"].lower() or preflight.headers["access-control-allow-headers"] == "*"
    assert gateway.chat("hi", headers={"origin": "https://app.example"}).headers["access-control-allow-origin"]


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": f"Bearer {KEY}"},
        {"authorization": f"bearer {KEY}"},
        {"x-api-key": KEY},
        {"api-key": KEY},
        {"x-litellm-api-key": KEY},
        {"x-litellm-api-key": f"Bearer {KEY}"},
        {"authorization": f"Bearer {KEY}", "x-api-key": "something-else"},
        {"authorization": "Bearer something-else", "x-api-key": KEY},
    ],
    ids=lambda headers: "+".join(headers),
)
def test_the_key_in_each_of_its_headers(gateway, headers):
    assert gateway.chat("hi", headers=headers, key=None).status == 200


def test_the_key_never_goes_upstream(gateway, sim, mark):
    gateway.chat(mark, headers={"x-api-key": KEY, "cookie": "a=b"})
    seen = sim.requests(mark)[-1]
    assert KEY not in json.dumps(seen)
    assert "cookie" not in seen["headers"]


def test_a_refused_key_in_both_dialects(gateway):
    for key in (None, "sk-wrong"):
        chat = gateway.chat("hi", key=key)
        messages = gateway.messages("hi", key=key)
        assert (chat.status, messages.status) == (401, 401)
        assert set(chat.json()["error"]) >= {"message", "type", "param", "code"}
        assert messages.json()["type"] == "error"
        assert messages.json()["error"]["type"] == "authentication_error"
        assert chat.headers["x-should-retry"] == messages.headers["x-should-retry"] == "false"
        assert "sk-wrong" not in (chat.body + messages.body).decode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"messages":[]}',
        b'{"model":17,"messages":[]}',
        b'{"model":"claude-haiku-4-5","messages":[],"model":"claude-opus-4-5"}',
        b'{"model":"claude-haiku-4-5","messages":[],"mod\\u0065l":"claude-opus-4-5"}',
        b'{"model":"claude-haiku-4-5","messages":[{"role":"user","content":"\xff\xfe"}]}',
        b'{"model":"claude-haiku-4-5","messages":[{"role":"user","content":"x"}]} trailing',
        b"[" * 100_000,
    ],
    ids=["empty", "cut", "array", "null", "no model", "model no string", "model twice", "model escaped", "no utf-8", "trailing", "deep"],
)
def test_malformed_bodies_are_400_in_both_dialects(gateway, body):
    for path in ("/v1/chat/completions", "/v1/messages"):
        answer = gateway.request("POST", path, body, {"content-type": "application/json"})
        assert answer.status == 400, (path, answer.body)
        assert answer.json()["error"]["message"]


def test_the_headers_of_an_answer(gateway):
    chat, messages = gateway.chat("hi"), gateway.messages("hi")
    for answer in (chat, messages):
        for name in ("x-request-id", "x-litellm-call-id", "x-litellm-model-id"):
            assert answer.headers[name], name
        for name in ("x-litellm-response-duration-ms", "x-litellm-overhead-duration-ms"):
            assert float(answer.headers[name]) >= 0, name
        assert answer.headers["content-type"].startswith("application/json")
    assert messages.headers["request-id"]
    assert not [name for name in messages.headers if name.lower().startswith(("anthropic-ratelimit", "x-amzn"))]


def test_streams_have_their_content_type_and_named_events(gateway):
    answer = gateway.messages("[[sim text=10 tokens]]", stream=True)
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = stack.sse_events(answer.body.decode())
    assert all(event.name == event.json()["type"] for event in events)
    chat = gateway.chat("[[sim text=10 tokens]]", stream=True)
    assert chat.headers["content-type"].startswith("text/event-stream")
    assert stack.sse_events(chat.body.decode())[-1].data == "[DONE]"


@pytest.mark.parametrize(
    "fault,chat,messages",
    [
        ("throttle", 429, 429),
        ("503", 503, 529),  # Anthropic's own status for an overloaded model, which Messages clients know
        ("500", None, None),
        ("access_denied", None, None),
        ("model_timeout", None, None),
        ("424", None, None),
    ],
)
def test_upstream_errors_have_the_dialects_form(gateway, fault, chat, messages):
    prompt = f"[[sim fault={fault}]]"
    for answer, status in ((gateway.chat(prompt), chat), (gateway.messages(prompt), messages)):
        assert answer.status == status or (status is None and answer.status >= 400), answer.body
        assert answer.json()["error"]["message"]
        assert "123456789012" not in answer.body.decode(), "an account id leaked"


def test_bedrock_out_of_reach_is_502(start_gateway):
    nowhere = {"AWS_ENDPOINT_URL_BEDROCK_RUNTIME": f"http://127.0.0.1:{stack.free_port()}"}
    own = start_gateway(stack.CONFIG + "  retries: {first_wait: 10ms, wait_max: 20ms}\n", env=nowhere)
    assert own.chat("hi").status == 502
    assert own.messages("hi").status == 502
    assert own.request("GET", "/health/liveliness", key=None).status == 200


def test_wrong_aws_credentials_are_not_the_clients_fault(start_gateway):
    own = start_gateway(stack.CONFIG, env={"AWS_SECRET_ACCESS_KEY": "wrong"})
    answer = own.chat("hi")
    assert answer.status >= 500
    assert stack.ACCESS_KEY not in answer.body.decode()


def test_logs_hold_a_request_id_and_neither_secrets_nor_bodies(start_gateway, mark):
    own = start_gateway(stack.CONFIG)
    answer = own.chat(f"{mark} secret text")
    own.chat("hi", key="sk-a-wrong-key")
    own.stop()
    log = own.program.text()
    assert answer.headers["x-request-id"] in log
    for secret in (KEY, stack.SECRET_KEY, "sk-a-wrong-key", mark):
        assert secret not in log
