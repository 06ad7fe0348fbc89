"""Anthropic's Python SDK against the gateway in front of the simulator."""

import json

import anthropic
import pytest

from stack import HAIKU, KEY, PNG, SONNET

WEATHER_TOOL = {
    "name": "get_weather",
    "description": "Weather of a city",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
PERSON_SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
    "required": ["name", "age"],
    "additionalProperties": False,
}


def user(content) -> list[dict]:
    return [{"role": "user", "content": content}]


@pytest.fixture(scope="module")
def client(gateway):
    return anthropic.Anthropic(base_url=gateway.url, api_key=KEY, max_retries=0)


def create(client, content, **fields):
    return client.messages.create(**({"model": HAIKU, "max_tokens": 1000, "messages": user(content)} | fields))


def test_a_whole_answer(client):
    message = create(client, '[[sim say="Hello there"]]')
    assert (message.type, message.role, message.stop_reason) == ("message", "assistant", "end_turn")
    assert message.content[0].text == "Hello there"
    assert message.usage.input_tokens > 0 and message.usage.output_tokens > 0
    assert message._request_id


def test_a_stream(client):
    fields = {"model": HAIKU, "max_tokens": 1000, "messages": user('[[sim say="One two three"]]')}
    with client.messages.stream(**fields) as stream:
        assert "".join(stream.text_stream) == "One two three"
        final = stream.get_final_message()
    assert final.stop_reason == "end_turn"
    assert final.usage.output_tokens > 0


def test_the_events_of_a_stream_are_in_order(client):
    events = [e.type for e in create(client, "[[sim text=20 tokens]]", stream=True) if e.type != "ping"]
    assert events[:2] == ["message_start", "content_block_start"]
    assert events[-3:] == ["content_block_stop", "message_delta", "message_stop"]
    assert set(events[2:-3]) == {"content_block_delta"}


def test_tool_round_trip(client):
    messages = user('[[sim tool=get_weather {"city":"Paris"}]]')
    first = create(client, None, messages=messages, tools=[WEATHER_TOOL])
    assert first.stop_reason == "tool_use"
    call = next(block for block in first.content if block.type == "tool_use")
    assert (call.name, call.input) == ("get_weather", {"city": "Paris"})
    messages.append({"role": "assistant", "content": [block.model_dump(exclude_none=True) for block in first.content]})
    messages += user([{"type": "tool_result", "tool_use_id": call.id, "content": "sunny, 21 degrees"}])
    second = create(client, None, messages=messages, tools=[WEATHER_TOOL])
    assert "sunny" in second.content[0].text


def test_a_tool_call_in_a_stream(client):
    fields = {"model": HAIKU, "max_tokens": 1000, "tools": [WEATHER_TOOL]}
    with client.messages.stream(messages=user('[[sim tool=get_weather {"city":"Rome"}]]'), **fields) as stream:
        final = stream.get_final_message()
    assert [block.input for block in final.content if block.type == "tool_use"] == [{"city": "Rome"}]


def test_an_image(client, sim, mark):
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}}
    create(client, [image, {"type": "text", "text": mark}])
    assert sim.requests(mark)[-1]["body"]["messages"][0]["content"][0] == image


def test_thinking_and_its_signature_survive_a_second_turn(client, sim, mark):
    thinking = {"type": "enabled", "budget_tokens": 2000}
    prompt = f'{mark} [[sim think=40]] [[sim say="done"]]'
    first = create(client, prompt, model=SONNET, max_tokens=5000, thinking=thinking)
    block = first.content[0]
    assert block.type == "thinking" and block.thinking and block.signature
    turns = [*user(prompt), {"role": "assistant", "content": [b.model_dump(exclude_none=True) for b in first.content]}, *user("go on")]
    create(client, None, messages=turns, model=SONNET, max_tokens=5000, thinking=thinking)
    again = sim.requests(mark)[-1]["body"]["messages"][1]["content"][0]
    assert (again["thinking"], again["signature"]) == (block.thinking, block.signature)


def test_thinking_in_a_stream(client):
    fields = {"model": SONNET, "max_tokens": 5000, "thinking": {"type": "enabled", "budget_tokens": 2000}}
    with client.messages.stream(messages=user('[[sim think=40]] [[sim say="done"]]'), **fields) as stream:
        final = stream.get_final_message()
    assert [block.type for block in final.content] == ["thinking", "text"]
    assert final.content[0].signature


def test_structured_output(client):
    output = {"format": {"type": "json_schema", "schema": PERSON_SCHEMA}}
    message = create(client, '[[sim json={"name":"Ada","age":36}]]', output_config=output)
    assert json.loads(message.content[0].text) == {"name": "Ada", "age": 36}


def test_unknown_members_and_cache_control_reach_the_model_untouched(client, sim, mark):
    system = [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}]
    create(client, mark, system=system, stop_sequences=["END"], metadata={"user_id": "u-1"})
    body = sim.requests(mark)[-1]["body"]
    assert body["system"] == system
    assert (body["stop_sequences"], body["metadata"]) == (["END"], {"user_id": "u-1"})
    assert body["anthropic_version"] == "bedrock-2023-05-31"
    assert "model" not in body and "stream" not in body


def test_an_unknown_beta_does_not_break_the_call(client):
    message = create(client, "hi", extra_headers={"anthropic-beta": "never-heard-of-2031-01-01"})
    assert message.content


def test_count_tokens(client):
    assert client.messages.count_tokens(model=SONNET, messages=user("How many tokens is this?")).input_tokens > 3


def test_models(client):
    models = {model.id: model for model in client.models.list()}
    assert {HAIKU, SONNET} <= set(models)
    assert models[HAIKU].display_name and models[HAIKU].type == "model"
    assert client.models.retrieve(HAIKU).id == HAIKU


def test_a_request_id_per_call(client):
    assert create(client, "a")._request_id != create(client, "b")._request_id


def error_of(client, expected, content="hi", **fields):
    with pytest.raises(expected) as caught:
        create(client, content, **fields)
    error = caught.value
    assert error.body["type"] == "error" and error.body["error"]["message"]
    return error


def test_an_unknown_key(gateway):
    client = anthropic.Anthropic(base_url=gateway.url, api_key="sk-wrong")
    error = error_of(client, anthropic.AuthenticationError)
    assert error.response.headers["x-should-retry"] == "false"
    assert error.body["error"]["type"] == "authentication_error"


def test_a_key_in_either_header(gateway):
    for headers in ({"x-api-key": KEY}, {"authorization": f"Bearer {KEY}"}):
        assert gateway.messages("hi", headers=headers, key=None).status == 200


def test_an_unknown_model(client):
    error = error_of(client, anthropic.NotFoundError, model="claude-nothing")
    assert error.body["error"]["type"] == "not_found_error"


def test_a_bad_request(client):
    error = error_of(client, anthropic.BadRequestError, messages=[{"role": "nobody", "content": "x"}])
    assert error.body["error"]["type"] == "invalid_request_error"


def test_a_body_over_the_limit(client):
    assert error_of(client, anthropic.APIStatusError, "x" * (33 * 1024 * 1024)).status_code == 413


def test_bedrocks_throttling(client):
    error = error_of(client, anthropic.RateLimitError, "[[sim fault=throttle]]")
    assert error.body["error"]["type"] == "rate_limit_error"
    assert int(error.response.headers["retry-after"]) >= 1


def test_server_errors(client):
    error = error_of(client, anthropic.APIStatusError, "[[sim fault=503]]")
    assert error.status_code >= 500


def test_an_error_in_the_middle_of_a_stream(client):
    prompt = "[[sim text=50 tokens]] [[sim fault=mid_stream_exception after=4]]"
    with pytest.raises(anthropic.APIError):
        for _ in create(client, prompt, stream=True):
            pass


def test_a_prompt_that_is_too_long_keeps_bedrocks_wording(client):
    error = error_of(client, anthropic.BadRequestError, "word " * 400_000)
    assert "too long" in str(error)


def test_a_throttle_that_passes_is_retried(gateway, mark):
    client = anthropic.Anthropic(base_url=gateway.url, api_key=KEY, max_retries=2)
    message = create(client, f'[[sim fault=throttle times=1 message="{mark}"]] [[sim say="after all"]]')
    assert message.content[0].text == "after all"
