"""The simulator's wire form, proven by AWS's own Python SDK: what boto3 understands, Bedrock could have said."""

import json
import re

import boto3
import pytest
import stack
from botocore.config import Config
from botocore.eventstream import ChecksumMismatch
from botocore.exceptions import ClientError, EventStreamError
from urllib3.exceptions import ProtocolError

HAIKU = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
HAIKU_BARE = "anthropic.claude-haiku-4-5-20251001-v1:0"
OPUS = "global.anthropic.claude-opus-5-5"
APPLICATION_PROFILE = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/stargatedemo"
WEATHER = {
    "name": "get_weather",
    "description": "The weather of a city.",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


def connect(port: int, service: str = "bedrock-runtime", attempts: int = 1, scheme: str = "http", verify=None, **keys):
    keys = {"aws_access_key_id": stack.ACCESS_KEY, "aws_secret_access_key": stack.SECRET_KEY} | keys
    config = Config(retries={"total_max_attempts": attempts, "mode": "standard"}, read_timeout=20)
    endpoint = f"{scheme}://127.0.0.1:{port}"
    return boto3.client(service, region_name="us-east-1", endpoint_url=endpoint, config=config, verify=verify, **keys)


@pytest.fixture(scope="module")
def runtime(sim):
    return connect(sim.port)


def wait_for_port(program: stack.Program) -> int:
    ready = stack.wait_until(lambda: re.search(r"ready on https?://\S+:(\d+)\n", program.text()), "the simulator's start")
    return int(ready.group(1))


@pytest.fixture
def start(tmp_path):
    """Starts a simulator with flags of its own and returns its port."""
    programs = []

    def run(*flags: str) -> int:
        keys = ["--access-key", stack.ACCESS_KEY, "--secret-key", stack.SECRET_KEY]
        command = [stack.binary("STARGATE_SIM_BIN", "stargate-sim"), "--listen", "127.0.0.1:0", *keys, *flags]
        programs.append(stack.Program(command, stack.clean_env(tmp_path), tmp_path / f"sim-{len(programs)}.log"))
        return wait_for_port(programs[-1])

    yield run
    assert [program.stop() for program in programs] == [0] * len(programs)


def native(prompt, **fields) -> str:
    messages = [{"role": "user", "content": prompt}]
    return json.dumps({"anthropic_version": "bedrock-2023-05-31", "max_tokens": 1000, "messages": messages} | fields)


def invoke(client, prompt, model=HAIKU, **fields) -> dict:
    return json.loads(client.invoke_model(modelId=model, body=native(prompt, **fields))["body"].read())


def stream(client, prompt, model=HAIKU, **fields) -> list[dict]:
    answer = client.invoke_model_with_response_stream(modelId=model, body=native(prompt, **fields))
    return [json.loads(event["chunk"]["bytes"]) for event in answer["body"]]


def user(text: str) -> list[dict]:
    return [{"role": "user", "content": [{"text": text}]}]


def refusal(call) -> ClientError:
    with pytest.raises(ClientError) as caught:
        call()
    return caught.value


def code_and_message(call) -> tuple[str, str]:
    error = refusal(call).response["Error"]
    return error["Code"], error["Message"]


# Invoke ---------------------------------------------------------------------------------------------------------------


def test_invoke(runtime):
    answer = runtime.invoke_model(modelId=HAIKU, body=native('[[sim say="Hello there"]]'))
    message = json.loads(answer["body"].read())
    assert message["content"] == [{"type": "text", "text": "Hello there"}]
    assert message["stop_reason"] == "end_turn" and message["id"].startswith("msg_bdrk_")
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    assert int(headers["x-amzn-bedrock-input-token-count"]) == message["usage"]["input_tokens"]
    assert int(headers["x-amzn-bedrock-output-token-count"]) == message["usage"]["output_tokens"] == 3
    assert len(answer["ResponseMetadata"]["RequestId"]) == 36


def test_the_same_request_gets_the_same_answer(runtime):
    assert invoke(runtime, "twice") == invoke(runtime, "twice")


def test_invoke_stream(runtime):
    events = stream(runtime, "[[sim text=50 tokens]]")
    assert [e["type"] for e in events[:2]] == ["message_start", "content_block_start"]
    assert [e["type"] for e in events[-3:]] == ["content_block_stop", "message_delta", "message_stop"]
    text = "".join(e["delta"]["text"] for e in events if e["type"] == "content_block_delta")
    assert len(text) == 200
    assert events[-2]["usage"]["output_tokens"] == 50
    metrics = events[-1]["amazon-bedrock-invocationMetrics"]
    assert metrics["outputTokenCount"] == 50
    assert metrics["inputTokenCount"] == events[0]["message"]["usage"]["input_tokens"]


def test_tools_round_trip(runtime):
    prompt = '[[sim tool=get_weather {"city":"Paris"}]]'
    first = invoke(runtime, prompt, tools=[WEATHER])
    call = first["content"][0]
    assert (call["type"], call["name"], call["input"]) == ("tool_use", "get_weather", {"city": "Paris"})
    assert first["stop_reason"] == "tool_use" and call["id"].startswith("toolu_bdrk_")
    messages = [
        {"role": "user", "content": prompt},
        {"role": "assistant", "content": first["content"]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": call["id"], "content": "18 degrees"}]},
    ]
    body = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 100, "messages": messages, "tools": [WEATHER]}
    second = json.loads(runtime.invoke_model(modelId=HAIKU, body=json.dumps(body))["body"].read())
    assert "18 degrees" in second["content"][0]["text"] and second["stop_reason"] == "end_turn"


def test_forced_tool_gets_what_its_schema_demands(runtime):
    answer = invoke(runtime, "go", tools=[WEATHER], tool_choice={"type": "tool", "name": "get_weather"})
    assert isinstance(answer["content"][0]["input"]["city"], str)


def test_thinking_and_json(runtime):
    schema = {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}
    thinking = {"type": "enabled", "budget_tokens": 1024}
    config = {"format": {"type": "json_schema", "schema": schema}}
    answer = invoke(runtime, "[[sim think=40]]", max_tokens=2000, thinking=thinking, output_config=config)
    assert [block["type"] for block in answer["content"]] == ["thinking", "text"]
    assert answer["content"][0]["signature"]
    assert isinstance(json.loads(answer["content"][1]["text"])["age"], int)


def test_prompt_cache_writes_then_reads(runtime, mark):
    system = [{"type": "text", "text": mark + "x" * 40_000, "cache_control": {"type": "ephemeral"}}]
    first, second = (invoke(runtime, f"turn {n}", system=system)["usage"] for n in (1, 2))
    assert first["cache_creation_input_tokens"] == second["cache_read_input_tokens"] > 10_000
    assert first["cache_creation"]["ephemeral_5m_input_tokens"] == first["cache_creation_input_tokens"]
    assert first["cache_read_input_tokens"] == second["cache_creation_input_tokens"] == 0


def test_the_application_profile_and_its_arn(runtime):
    assert invoke(runtime, "hi", model=APPLICATION_PROFILE)["model"] == "claude-sonnet-4-5-20250929"


# Converse -------------------------------------------------------------------------------------------------------------


def test_converse(runtime):
    answer = runtime.converse(
        modelId=HAIKU,
        system=[{"text": "Be brief."}],
        messages=user('[[sim say="Hello"]]'),
        inferenceConfig={"maxTokens": 100, "temperature": 0.5},
    )
    assert answer["output"]["message"] == {"role": "assistant", "content": [{"text": "Hello"}]}
    usage = answer["usage"]
    assert answer["stopReason"] == "end_turn"
    assert usage["totalTokens"] == usage["inputTokens"] + usage["outputTokens"]
    assert answer["metrics"]["latencyMs"] >= 0


def test_converse_stream(runtime):
    events = list(runtime.converse_stream(modelId=HAIKU, messages=user("[[sim text=30 tokens]]"))["stream"])
    names = [next(iter(event)) for event in events]
    assert names[0] == "messageStart" and names[-3:] == ["contentBlockStop", "messageStop", "metadata"]
    assert "contentBlockStart" not in names
    text = "".join(e["contentBlockDelta"]["delta"]["text"] for e in events if "contentBlockDelta" in e)
    assert len(text) == 120 and events[-1]["metadata"]["usage"]["outputTokens"] == 30


def converse_tools() -> dict:
    spec = {"name": "get_weather", "description": "Weather.", "inputSchema": {"json": WEATHER["input_schema"]}}
    return {"tools": [{"toolSpec": spec}]}


def test_converse_tools_round_trip(runtime):
    messages = user('[[sim tool=get_weather {"city":"Oslo"}]]')
    first = runtime.converse(modelId=HAIKU, messages=messages, toolConfig=converse_tools())
    call = first["output"]["message"]["content"][0]["toolUse"]
    assert call["input"] == {"city": "Oslo"} and first["stopReason"] == "tool_use"
    result = {"toolResult": {"toolUseId": call["toolUseId"], "content": [{"text": "2 degrees"}]}}
    messages += [first["output"]["message"], {"role": "user", "content": [result]}]
    second = runtime.converse(modelId=HAIKU, messages=messages, toolConfig=converse_tools())
    assert "2 degrees" in second["output"]["message"]["content"][0]["text"]


def test_converse_stream_of_a_tool_call(runtime):
    messages = user('[[sim tool=get_weather {"city":"Bergen"}]]')
    answer = runtime.converse_stream(modelId=HAIKU, messages=messages, toolConfig=converse_tools())
    events = list(answer["stream"])
    starts = [e["contentBlockStart"]["start"]["toolUse"]["name"] for e in events if "contentBlockStart" in e]
    pieces = [e["contentBlockDelta"]["delta"]["toolUse"]["input"] for e in events if "contentBlockDelta" in e]
    assert starts == ["get_weather"] and json.loads("".join(pieces)) == {"city": "Bergen"}


def test_converse_reasoning_survives_a_second_turn(runtime):
    messages = user("[[sim think=20]] first")
    fields = {"thinking": {"type": "adaptive"}, "output_config": {"effort": "low"}}
    options = {"modelId": OPUS, "additionalModelRequestFields": fields, "inferenceConfig": {"maxTokens": 500}}
    first = runtime.converse(messages=messages, **options)
    assert first["output"]["message"]["content"][0]["reasoningContent"]["reasoningText"]["signature"]
    messages += [first["output"]["message"], *user("and then?")]
    assert runtime.converse(messages=messages, **options)["stopReason"] == "end_turn"
    messages[0] = user("[[sim think=20]] another beginning")[0]
    code, message = code_and_message(lambda: runtime.converse(messages=messages, **options))
    assert code == "ValidationException" and "bound to a different conversation" in message


def test_converse_structured_output_and_cache_point(runtime, mark):
    schema = json.dumps({"type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"]})
    structure = {"jsonSchema": {"schema": schema, "name": "answer"}}
    system = [{"text": mark + "y" * 30_000}, {"cachePoint": {"type": "default"}}]
    answer = runtime.converse(
        modelId=HAIKU,
        system=system,
        messages=user("go"),
        outputConfig={"textFormat": {"type": "json_schema", "structure": structure}},
    )
    assert json.loads(answer["output"]["message"]["content"][0]["text"]) == {"ok": True}
    assert answer["usage"]["cacheWriteInputTokens"] > 7000
    assert answer["usage"]["cacheDetails"] == [{"ttl": "5m", "inputTokens": answer["usage"]["cacheWriteInputTokens"]}]


# CountTokens and the control plane ------------------------------------------------------------------------------------


def test_count_tokens(runtime):
    body = native("count me").encode()
    counted = runtime.count_tokens(modelId=HAIKU_BARE, input={"invokeModel": {"body": body}})
    assert counted["inputTokens"] == invoke(runtime, "count me")["usage"]["input_tokens"]
    assert runtime.count_tokens(modelId=HAIKU_BARE, input={"converse": {"messages": user("count me")}})["inputTokens"] == 2
    code, message = code_and_message(lambda: runtime.count_tokens(modelId=HAIKU, input={"invokeModel": {"body": body}}))
    assert code == "ValidationException" and "doesn't support counting tokens" in message


def test_control_plane(sim):
    control = connect(sim.port, "bedrock")
    models = control.list_foundation_models(byProvider="Anthropic")["modelSummaries"]
    assert HAIKU_BARE in [model["modelId"] for model in models]
    assert all(m["modelId"] != HAIKU_BARE for m in control.list_foundation_models(byInferenceType="ON_DEMAND")["modelSummaries"])
    profiles = control.list_inference_profiles(typeEquals="SYSTEM_DEFINED")["inferenceProfileSummaries"]
    assert HAIKU in [profile["inferenceProfileId"] for profile in profiles]
    profile = control.get_inference_profile(inferenceProfileIdentifier=APPLICATION_PROFILE)
    assert profile["type"] == "APPLICATION" and profile["models"][0]["modelArn"].endswith("claude-sonnet-4-5-20250929-v1:0")
    with pytest.raises(control.exceptions.ResourceNotFoundException):
        control.get_inference_profile(inferenceProfileIdentifier="us.nobody")


# Credentials ----------------------------------------------------------------------------------------------------------


def test_wrong_keys(sim):
    other_secret = connect(sim.port, aws_secret_access_key="wrong")
    assert code_and_message(lambda: invoke(other_secret, "hi"))[0] == "InvalidSignatureException"
    other_id = connect(sim.port, aws_access_key_id="AKIDOTHER")
    error = refusal(lambda: invoke(other_id, "hi"))
    assert error.response["Error"]["Code"] == "UnrecognizedClientException"
    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_a_skewed_clock(start):
    code, message = code_and_message(lambda: invoke(connect(start("--clock-offset", "-3600")), "hi"))
    assert code == "InvalidSignatureException" and "Signature not yet current" in message


def test_a_tampered_body_or_path(sim):
    def tamper(change):
        client = connect(sim.port)
        client.meta.events.register("before-send.bedrock-runtime.*", change)
        return code_and_message(lambda: invoke(client, "hi"))[0]

    def body(request, **_):
        request.body = request.body.replace(b"hi", b"ho")

    def path(request, **_):
        request.url = request.url.replace("us.", "eu.")

    assert tamper(body) == tamper(path) == "InvalidSignatureException"


def test_https_and_api_key(start, tmp_path, monkeypatch):
    port = start("--tls", "--data-dir", str(tmp_path), "--api-key", "a-bedrock-api-key")
    https = {"scheme": "https", "verify": str(tmp_path / "sim-ca.pem")}
    assert len(stream(connect(port, **https), "[[sim text=100 tokens]]")) > 10
    keys = {"aws_access_key_id": None, "aws_secret_access_key": None}
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "a-bedrock-api-key")
    assert invoke(connect(port, **https, **keys), "hi")["type"] == "message"
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "another-key")
    code, message = code_and_message(lambda: invoke(connect(port, **https, **keys), "hi"))
    assert code == "AccessDeniedException" and "API Key is valid" in message


# Refusals and faults --------------------------------------------------------------------------------------------------

REFUSED = [
    ({"frobnicate": 1}, HAIKU, "frobnicate: Extra inputs are not permitted"),
    ({"stream": True}, HAIKU, "stream: Extra inputs are not permitted"),
    ({"anthropic_beta": ["no-such-beta-2020-01-01"]}, HAIKU, "invalid beta flag"),
    ({"context_management": {"edits": []}}, HAIKU, "context_management: Extra inputs are not permitted"),
    ({"output_config": {"effort": "high"}}, HAIKU, "output_config.effort: Extra inputs are not permitted"),
    ({"max_tokens": 999_999}, HAIKU, "max_tokens: 999999 > 64000, which is the maximum allowed number of output tokens"),
    ({"temperature": 0.5}, OPUS, "`temperature` is deprecated"),
    ({"messages": [{"role": "assistant", "content": "hi"}]}, HAIKU, 'first message must use the "user" role'),
    ({"messages": [{"role": "user", "content": "x" * 1_000_000}]}, HAIKU, "prompt is too long: 250000 tokens > 200000"),
    ({}, HAIKU_BARE, "with on-demand throughput isn\u2019t supported"),
    ({}, "us.anthropic.claude-9", "The provided model identifier is invalid."),
]


@pytest.mark.parametrize(("fields", "model", "text"), REFUSED)
def test_refusals(runtime, fields, model, text):
    code, message = code_and_message(lambda: invoke(runtime, "hi", model=model, **fields))
    assert code == "ValidationException" and text in message


FAULTS = [
    ("throttle", "ThrottlingException", 429),
    ("not_ready", "ModelNotReadyException", 429),
    ("500", "InternalServerException", 500),
    ("503", "ServiceUnavailableException", 503),
    ("424", "ModelErrorException", 424),
    ("model_timeout", "ModelTimeoutException", 408),
    ("access_denied", "AccessDeniedException", 403),
    ("quota", "ServiceQuotaExceededException", 400),
]


@pytest.mark.parametrize(("fault", "name", "status"), FAULTS)
def test_faults_become_their_exception_classes(runtime, fault, name, status):
    with pytest.raises(getattr(runtime.exceptions, name)) as caught:
        invoke(runtime, f"[[sim fault={fault}]]")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_throttling_is_retried(sim, mark):
    prompt = f'[[sim fault=throttle times=1 message="{mark}"]] [[sim say="after all"]]'
    answer = connect(sim.port, attempts=3).invoke_model(modelId=HAIKU, body=native(prompt))
    assert answer["ResponseMetadata"]["RetryAttempts"] == 1
    assert "after all" in answer["body"].read().decode()
    assert [record["status"] for record in sim.requests(mark)] == [429, 200]


def test_a_rule_hits_the_nth_request(sim, mark):
    sim.faults({"match": {"contains": mark, "nth": 2}, "fault": {"kind": "503"}})
    try:
        client = connect(sim.port)
        assert invoke(client, mark)
        assert code_and_message(lambda: invoke(client, mark))[0] == "ServiceUnavailableException"
        assert invoke(client, mark)
    finally:
        sim.clear_faults()


def test_an_exception_in_the_middle_of_a_stream(runtime):
    with pytest.raises(EventStreamError) as caught:
        stream(runtime, "[[sim text=50 tokens]] [[sim fault=mid_stream_exception after=4]]")
    assert "modelStreamErrorException" in str(caught.value)
    with pytest.raises(EventStreamError) as caught:
        answer = runtime.converse_stream(modelId=HAIKU, messages=user("[[sim fault=mid_stream_exception type=throttlingException]]"))
        list(answer["stream"])
    assert "throttlingException" in str(caught.value)


@pytest.mark.parametrize(("fault", "error"), [("cut", ProtocolError), ("corrupt_crc", ChecksumMismatch)])
def test_broken_streams_are_noticed(runtime, fault, error):
    with pytest.raises(error):
        stream(runtime, f"[[sim text=50 tokens]] [[sim fault={fault} after=4]]")


def test_half_a_frame_ends_the_stream_early(runtime):
    events = stream(runtime, "[[sim text=50 tokens]] [[sim fault=half_frame after=4]]")
    assert len(events) == 4 and events[-1]["type"] == "content_block_delta"


def test_the_bill_has_what_was_generated(sim, runtime):
    def entry(answer):
        return next(e for e in sim.bill() if e["request_id"] == answer["ResponseMetadata"]["RequestId"])

    whole = entry(runtime.invoke_model(modelId=HAIKU, body=native("[[sim text=70 tokens]]")))
    assert (whole["output_tokens"], whole["end"], whole["model"]) == (70, "complete", HAIKU_BARE)
    prompt = native("[[sim text=70 tokens]] [[sim fault=cut after=6]]")
    answer = runtime.invoke_model_with_response_stream(modelId=HAIKU, body=prompt)
    with pytest.raises(ProtocolError):
        list(answer["body"])
    cut = entry(answer)
    assert (cut["output_tokens"], cut["end"]) == (20, "cut")
