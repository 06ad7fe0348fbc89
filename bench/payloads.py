"""The bytes of the bench: requests as clients send them, answers as Bedrock and as a plain upstream give them."""

import base64
import binascii
import json
import struct
from pathlib import Path

KEY = "sk-bench-master-key"
MODEL = "claude-haiku-4-5"
REQUEST_BYTES = {"small": 2 * 1024, "large": 64 * 1024, "chunks": 2 * 1024, "hold": 2 * 1024}
REPLY_BYTES = {"small": 1024, "large": 4 * 1024}
CHUNKS = 100  # text deltas of a streamed answer
DELTA_TEXT = "a few words of an answer, some more to "
WORDS = "The quick brown fox jumps over the lazy dog and thinks about \\u201cquotes\\u201d; "
BASE = {"model": MODEL, "max_tokens": 1000}


def filler(size_bytes: int) -> str:
    text = json.loads(f'"{WORDS}"')
    return (text * (size_bytes // len(text.encode()) + 1))[:size_bytes]


def request_body(scenario: str, dialect: str) -> bytes:
    """A body of exactly the scenario's size."""
    system = "You are a careful assistant."
    body = BASE | {"stream": True} if scenario in ("chunks", "hold") else dict(BASE)
    turns = [{"role": "user", "content": f"bench:{scenario} "}]
    if dialect == "messages":
        body |= {"system": system, "messages": turns}
    else:
        body |= {"messages": [{"role": "system", "content": system}, *turns]}
    room = REQUEST_BYTES[scenario] - len(json.dumps(body))
    turns[0]["content"] += "word " * (room // 5) + "." * (room % 5)
    return json.dumps(body).encode()


def request(scenario: str, dialect: str) -> bytes:
    body = request_body(scenario, dialect)
    path = "/v1/messages" if dialect == "messages" else "/v1/chat/completions"
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "User-Agent: bench/1",
        "Accept: application/json",
        f"Authorization: Bearer {KEY}",
        "anthropic-version: 2023-06-01",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def usage(output: int) -> dict:
    return {"input_tokens": 500, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": output}


def events(deltas: list[str]) -> list[dict]:
    message = {"id": "msg_bdrk_bench", "type": "message", "role": "assistant", "model": "claude-haiku-4-5-20251001"}
    message |= {"content": [], "stop_reason": None, "stop_sequence": None, "usage": usage(1)}
    listed = [
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    ]
    for text in deltas:
        listed.append({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}})
    metrics = {"inputTokenCount": 500, "outputTokenCount": 250, "invocationLatency": 100, "firstByteLatency": 10}
    listed += [
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": usage(250)},
        {"type": "message_stop", "amazon-bedrock-invocationMetrics": metrics},
    ]
    return listed


def frame(event: dict) -> bytes:
    """One AWS event-stream message, as InvokeModelWithResponseStream sends it."""
    data = base64.b64encode(json.dumps(event, separators=(",", ":")).encode()).decode()
    payload = json.dumps({"bytes": data, "p": "abcdefghijklmnop"}, separators=(",", ":")).encode()
    headers = b""
    for name, value in ((":event-type", "chunk"), (":content-type", "application/json"), (":message-type", "event")):
        headers += bytes([len(name)]) + name.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode()
    prelude = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    message = prelude + struct.pack(">I", binascii.crc32(prelude)) + headers + payload
    return message + struct.pack(">I", binascii.crc32(message))


def sse(event: dict) -> bytes:
    return f"event: {event['type']}\ndata: {json.dumps(event, separators=(',', ':'))}\n\n".encode()


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def head(content_type: str, length: int | None = None) -> bytes:
    body = f"Content-Length: {length}" if length is not None else "Transfer-Encoding: chunked"
    lines = ["HTTP/1.1 200 OK", "Date: Mon, 02 Nov 2026 10:00:00 GMT", f"Content-Type: {content_type}", body]
    lines += ["x-amzn-RequestId: 00000000-0000-0000-0000-000000000000", "", ""]
    return "\r\n".join(lines).encode()


def streamed(content_type: str, encode, listed: list[dict], ends: bool = True) -> list[bytes]:
    pieces = [chunk(encode(event)) for event in listed]
    pieces[0] = head(content_type) + pieces[0]
    if ends:
        pieces[-1] += b"0\r\n\r\n"
    return pieces


def answers() -> dict[str, list[bytes]]:
    """By the name that upstream.cc gives a request. "stream-": what Bedrock sends; without: what nginx passes through."""
    bedrock = "application/vnd.amazon.eventstream"
    table = {}
    for scenario, size in REPLY_BYTES.items():
        text = "word " * (size // 5)
        message = events([])[0]["message"] | {"content": [{"type": "text", "text": text}], "stop_reason": "end_turn"}
        whole = json.dumps(message).encode()
        table[scenario] = [head("application/json", len(whole)) + whole]
        deltas = [text[start : start + 200] for start in range(0, len(text), 200)]
        table[f"stream-{scenario}"] = streamed(bedrock, frame, events(deltas))
    chunks, held = events([DELTA_TEXT] * CHUNKS), events([DELTA_TEXT] * 5)[:5]
    table["chunks"] = streamed("text/event-stream", sse, chunks)
    table["stream-chunks"] = streamed(bedrock, frame, chunks)
    table["hold"] = streamed("text/event-stream", sse, held, ends=False)
    table["stream-hold"] = streamed(bedrock, frame, held, ends=False)
    return table


def write(folder: Path):
    with (folder / "answers.bin").open("wb") as out:
        for name, pieces in answers().items():
            out.write(f"{name} {len(pieces)}\n".encode())
            for piece in pieces:
                out.write(b"%d\n%s\n" % (len(piece), piece))
    for scenario in REQUEST_BYTES:
        for dialect in ("messages", "chat"):
            (folder / f"{scenario}-{dialect}.http").write_bytes(request(scenario, dialect))
