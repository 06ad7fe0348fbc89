"""Wordings of Bedrock that clients act on: they compact, shorten or repair a conversation when they see them.

The text must reach the client byte for byte, in both dialects, streaming or not, as a 400.
"""

import json

import pytest

import stack

WORDINGS = {
    "prompt": "prompt is too long: 250000 tokens > 200000 maximum",
    "input": "Input is too long for requested model.",
    "sum": "input length and `max_tokens` exceed context limit: 190000 + 64000 > 200000, "
    "decrease input length or `max_tokens` and try again",
    "signature": "messages.1.content.0: Invalid `signature` in `thinking` block",
}


@pytest.fixture(params=WORDINGS.values(), ids=WORDINGS.keys())
def wording(request):
    return request.param


def prompt(wording: str) -> str:
    return f"[[sim fault=status status=400 type=ValidationException message={json.dumps(wording)}]]"


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_a_messages_client_reads_the_wording(gateway, wording, stream):
    answer = gateway.messages(prompt(wording), stream=stream)
    assert answer.status == 400, answer.body
    body = answer.json()
    assert body["type"] == "error"
    assert body["error"] == {"type": "invalid_request_error", "message": wording}
    assert wording.encode() in answer.body


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_a_chat_client_reads_the_wording(gateway, wording, stream):
    answer = gateway.chat(prompt(wording), stream=stream)
    assert answer.status == 400, answer.body
    assert answer.json()["error"]["message"] == wording
    assert wording.encode() in answer.body


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/chat/completions"])
def test_the_wording_also_comes_through_a_frame_of_the_stream(gateway, wording, path):
    """Bedrock may refuse a request in the stream's first frame, behind a 200."""
    text = f"[[sim fault=mid_stream_exception after=0 type=validationException message={json.dumps(wording)}]]"
    body = {"model": stack.HAIKU, "max_tokens": 1000, "stream": True, "messages": [{"role": "user", "content": text}]}
    answer = gateway.request("POST", path, body)
    assert answer.status == 400, answer.body
    assert answer.json()["error"]["message"] == wording
