"""OpenAI's Python SDK against the gateway in front of the simulator."""

import hashlib
import json

import openai
import pydantic
import pytest

import stack
from stack import HAIKU, KEY, PNG, SONNET

WEATHER_TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Weather of a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


class Person(pydantic.BaseModel):
    name: str
    age: int


PERSON = '[[sim json={"name":"Ada","age":36}]]'


def user(text) -> list[dict]:
    return [{"role": "user", "content": text}]


@pytest.fixture(scope="module")
def client(gateway):
    return openai.OpenAI(base_url=f"{gateway.url}/v1", api_key=KEY, max_retries=0)


def test_a_whole_answer(client):
    answer = client.chat.completions.create(model=HAIKU, messages=user('[[sim say="Hello there"]]'))
    assert answer.object == "chat.completion"
    assert answer.model and answer.id and answer.created > 1_600_000_000
    assert answer.choices[0].message.role == "assistant"
    assert answer.choices[0].message.content == "Hello there"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.prompt_tokens > 0 and answer.usage.completion_tokens > 0
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


def test_a_stream(client):
    chunks = list(client.chat.completions.create(model=HAIKU, messages=user('[[sim say="One two three"]]'), stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "One two three"
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [c.choices[0].finish_reason for c in chunks if c.choices[0].finish_reason] == ["stop"]
    assert len({chunk.id for chunk in chunks}) == 1
    assert all(chunk.usage is None for chunk in chunks), "usage was not asked for"


def test_usage_in_a_stream_only_when_asked_for_and_in_openais_form(client):
    options = {"stream": True, "stream_options": {"include_usage": True}}
    chunks = list(client.chat.completions.create(model=HAIKU, messages=user("[[sim text=20 tokens]]"), **options))
    assert chunks[-1].choices == []
    assert chunks[-1].usage.completion_tokens > 0
    assert chunks[-1].usage.total_tokens == chunks[-1].usage.prompt_tokens + chunks[-1].usage.completion_tokens
    assert all(chunk.usage is None for chunk in chunks[:-1])


def test_stopping_at_max_tokens(client):
    answer = client.chat.completions.create(model=HAIKU, messages=user("[[sim text=200 tokens]]"), max_completion_tokens=16)
    assert answer.choices[0].finish_reason == "length"
    assert answer.usage.completion_tokens == 16


def test_tool_round_trip(client):
    messages = user('[[sim tool=get_weather {"city":"Paris"}]]')
    first = client.chat.completions.create(model=HAIKU, messages=messages, tools=[WEATHER_TOOL])
    assert first.choices[0].finish_reason == "tool_calls"
    call = first.choices[0].message.tool_calls[0]
    assert (call.type, call.function.name, json.loads(call.function.arguments)) == ("function", "get_weather", {"city": "Paris"})
    messages.append(first.choices[0].message.model_dump(exclude_none=True))
    messages.append({"role": "tool", "tool_call_id": call.id, "content": "sunny, 21 degrees"})
    second = client.chat.completions.create(model=HAIKU, messages=messages, tools=[WEATHER_TOOL])
    assert second.choices[0].finish_reason == "stop"
    assert "sunny" in second.choices[0].message.content


def test_parallel_tool_calls_in_a_stream(client):
    prompt = '[[sim tool=get_weather {"city":"Paris"}]] [[sim tool=get_weather {"city":"Rome"}]]'
    calls: dict[int, dict] = {}
    for chunk in client.chat.completions.create(model=HAIKU, messages=user(prompt), tools=[WEATHER_TOOL], stream=True):
        for delta in chunk.choices[0].delta.tool_calls or []:
            call = calls.setdefault(delta.index, {"id": delta.id, "name": delta.function.name, "arguments": ""})
            call["arguments"] += delta.function.arguments or ""
    assert sorted(calls) == [0, 1]
    assert [json.loads(calls[index]["arguments"])["city"] for index in (0, 1)] == ["Paris", "Rome"]
    assert calls[0]["id"] != calls[1]["id"]
    assert all(call["name"] == "get_weather" for call in calls.values())


def test_a_forced_tool(client):
    choice = {"type": "function", "function": {"name": "get_weather"}}
    answer = client.chat.completions.create(model=HAIKU, messages=user("hi"), tools=[WEATHER_TOOL], tool_choice=choice)
    assert answer.choices[0].message.tool_calls[0].function.name == "get_weather"


def test_an_image_as_a_data_uri_reaches_the_model(client, sim, mark):
    parts = [{"type": "text", "text": mark}, {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}]
    client.chat.completions.create(model=HAIKU, messages=user(parts))
    sent = sim.requests(mark)[-1]["body"]["messages"][0]["content"]
    image = next(block for block in sent if block["type"] == "image")
    assert image["source"] == {"type": "base64", "media_type": "image/png", "data": PNG}


def test_reasoning(client):
    prompt = user('[[sim think=30]] [[sim say="done"]]')
    answer = client.chat.completions.create(model=SONNET, messages=prompt, reasoning_effort="low", max_tokens=5000)
    message = answer.choices[0].message.model_dump()
    assert message["content"] == "done"
    assert message["reasoning_content"]
    assert message["thinking_blocks"][0]["signature"]


def test_reasoning_in_a_stream(client):
    prompt = user('[[sim think=30]] [[sim say="done"]]')
    options = {"reasoning_effort": "low", "max_tokens": 5000, "stream": True}
    deltas = [c.choices[0].delta.model_dump() for c in client.chat.completions.create(model=SONNET, messages=prompt, **options)]
    assert "".join(delta.get("reasoning_content") or "" for delta in deltas)
    assert "".join(delta.get("content") or "" for delta in deltas) == "done"


@pytest.mark.parametrize("model", [HAIKU, SONNET])
def test_json_schema(client, model):
    answer = client.chat.completions.parse(model=model, messages=user(PERSON), response_format=Person)
    assert answer.choices[0].message.parsed == Person(name="Ada", age=36)
    assert answer.choices[0].finish_reason == "stop"


def test_json_schema_in_a_stream(client):
    with client.chat.completions.stream(model=HAIKU, messages=user(PERSON), response_format=Person) as stream:
        for _ in stream:
            pass
        assert stream.get_final_completion().choices[0].message.parsed == Person(name="Ada", age=36)


def test_json_object(client):
    answer = client.chat.completions.create(model=HAIKU, messages=user(PERSON), response_format={"type": "json_object"})
    assert json.loads(answer.choices[0].message.content) == {"name": "Ada", "age": 36}


def test_roles_and_sampling_reach_the_model(client, sim, mark):
    messages = [{"role": "system", "content": "Be brief."}, *user(mark), {"role": "assistant", "content": "ok"}, *user("more")]
    client.chat.completions.create(model=HAIKU, messages=messages, temperature=0.5, stop=["END"], user="u-1", max_tokens=77)
    body = sim.requests(mark)[-1]["body"]
    assert "Be brief." in json.dumps(body["system"])
    assert [turn["role"] for turn in body["messages"]] == ["user", "assistant", "user"]
    assert (body["temperature"], body["stop_sequences"], body["max_tokens"]) == (0.5, ["END"], 77)
    assert body["anthropic_version"] == "bedrock-2023-05-31"
    assert "model" not in body and "stream" not in body


def test_models(client):
    names = [model.id for model in client.models.list()]
    assert {HAIKU, SONNET, "claude-opus-4-5", "claude-sonnet-5"} <= set(names)
    assert client.models.retrieve(HAIKU).id == HAIKU
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt-nothing")


def test_headers(client):
    raw = client.chat.completions.with_raw_response.create(model=HAIKU, messages=user("hi"))
    for name in ("x-request-id", "x-litellm-call-id", "x-litellm-model-id", "x-litellm-response-duration-ms"):
        assert raw.headers.get(name), name
    assert raw.parse()._request_id == raw.headers["x-request-id"]


def error_of(client, expected, prompt="hi", model=HAIKU, **options):
    with pytest.raises(expected) as caught:
        client.chat.completions.create(model=model, messages=user(prompt), **options)
    return caught.value


def test_an_unknown_key(gateway):
    client = openai.OpenAI(base_url=f"{gateway.url}/v1", api_key="sk-wrong")
    error = error_of(client, openai.AuthenticationError)
    assert error.response.headers["x-should-retry"] == "false"
    assert set(error.body) >= {"message", "type", "param", "code"}
    assert "sk-wrong" not in str(error)


def test_an_unknown_model(client):
    assert "gpt-nothing" in str(error_of(client, openai.NotFoundError, model="gpt-nothing"))


def test_a_bad_request(client):
    error = error_of(client, openai.BadRequestError, extra_body={"messages": "not a list"})
    assert "messages" in str(error)


def test_a_body_over_the_limit(client):
    assert error_of(client, openai.APIStatusError, prompt="x" * (33 * 1024 * 1024)).status_code == 413


def test_bedrocks_throttling_keeps_its_wording(client):
    error = error_of(client, openai.RateLimitError, prompt="[[sim fault=throttle]]")
    assert "Too many" in str(error) or "throttl" in str(error).lower()
    assert int(error.response.headers["retry-after"]) >= 1


def test_server_errors(client):
    assert error_of(client, openai.InternalServerError, prompt="[[sim fault=503]]").status_code >= 500


def test_an_error_in_the_middle_of_a_stream(client):
    prompt = "[[sim text=50 tokens]] [[sim fault=mid_stream_exception after=4]]"
    with pytest.raises(openai.APIError) as caught:
        for _ in client.chat.completions.create(model=HAIKU, messages=user(prompt), stream=True):
            pass
    assert caught.value.message


def test_a_throttle_that_passes_is_retried(gateway, mark):
    client = openai.OpenAI(base_url=f"{gateway.url}/v1", api_key=KEY, max_retries=2)
    prompt = f'{mark} [[sim fault=throttle times=1 message="{mark}"]] [[sim say="after all"]]'
    answer = client.chat.completions.create(model=HAIKU, messages=user(prompt))
    assert answer.choices[0].message.content == "after all"


def test_a_key_of_the_configuration_may_be_limited_to_models(start_gateway):
    digest = hashlib.sha256(b"sk-limited").hexdigest()
    yaml = stack.CONFIG + f"  keys:\n    - sha256: {digest}\n      models: [{HAIKU}]\n"
    client = openai.OpenAI(base_url=f"{start_gateway(yaml).url}/v1", api_key="sk-limited", max_retries=0)
    assert client.chat.completions.create(model=HAIKU, messages=user("hi")).choices
    error = error_of(client, openai.PermissionDeniedError, model=SONNET)
    assert SONNET in str(error)
    assert error.response.headers["x-should-retry"] == "false"
    assert [model.id for model in client.models.list()] == [HAIKU]
