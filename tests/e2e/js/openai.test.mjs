// OpenAI's JavaScript SDK against the gateway in front of the simulator.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI from 'openai';
import { HAIKU, PNG, SONNET, key, url, user } from './stack.mjs';

const connect = (options = {}) => new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0, ...options });
const client = connect();
const tools = [
  {
    type: 'function',
    function: {
      name: 'get_weather',
      parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
  },
];
const create = (content, fields = {}) =>
  client.chat.completions.create({ model: HAIKU, messages: user(content), ...fields });

test('a whole answer', async () => {
  const answer = await create('[[sim say="Hello there"]]');
  assert.equal(answer.choices[0].message.content, 'Hello there');
  assert.equal(answer.choices[0].finish_reason, 'stop');
  assert.equal(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens);
  assert.ok(answer._request_id);
});

test('a stream, with usage at its end', async () => {
  let text = '';
  let last;
  for await (const chunk of await create('[[sim say="One two"]]', { stream: true, stream_options: { include_usage: true } })) {
    text += chunk.choices[0]?.delta.content ?? '';
    last = chunk;
  }
  assert.equal(text, 'One two');
  assert.deepEqual(last.choices, []);
  assert.ok(last.usage.completion_tokens > 0);
});

test('a tool round trip, streamed', async () => {
  const messages = user('[[sim tool=get_weather {"city":"Paris"}]]');
  const first = await client.chat.completions.stream({ model: HAIKU, messages, tools }).finalMessage();
  assert.deepEqual(JSON.parse(first.tool_calls[0].function.arguments), { city: 'Paris' });
  messages.push(first, { role: 'tool', tool_call_id: first.tool_calls[0].id, content: 'sunny' });
  const second = await client.chat.completions.create({ model: HAIKU, messages, tools });
  assert.match(second.choices[0].message.content, /sunny/);
});

test('an image', async () => {
  const image = { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } };
  const answer = await create([{ type: 'text', text: '[[sim say="seen"]]' }, image]);
  assert.equal(answer.choices[0].message.content, 'seen');
});

test('reasoning', async () => {
  const answer = await create('[[sim think=30]] [[sim say="done"]]', {
    model: SONNET,
    reasoning_effort: 'low',
    max_completion_tokens: 5000,
  });
  assert.ok(answer.choices[0].message.reasoning_content);
  assert.equal(answer.choices[0].message.content, 'done');
});

test('structured output, whole and streamed', async () => {
  const schema = { type: 'object', properties: { age: { type: 'integer' } }, required: ['age'], additionalProperties: false };
  const response_format = { type: 'json_schema', json_schema: { name: 'person', strict: true, schema } };
  const prompt = '[[sim json={"age":36}]]';
  const answer = await create(prompt, { response_format });
  assert.deepEqual(JSON.parse(answer.choices[0].message.content), { age: 36 });
  const stream = client.chat.completions.stream({ model: HAIKU, messages: user(prompt), response_format });
  assert.deepEqual(JSON.parse((await stream.finalMessage()).content), { age: 36 });
});

test('the list of models', async () => {
  const names = [];
  for await (const model of client.models.list()) names.push(model.id);
  assert.ok(names.includes(HAIKU));
});

test('errors have their classes', async () => {
  await assert.rejects(
    connect({ apiKey: 'sk-wrong' }).chat.completions.create({ model: HAIKU, messages: user('hi') }),
    OpenAI.AuthenticationError,
  );
  await assert.rejects(create('hi', { model: 'gpt-nothing' }), OpenAI.NotFoundError);
  await assert.rejects(create('hi', { messages: 'no list' }), OpenAI.BadRequestError);
  await assert.rejects(create('[[sim fault=throttle]]'), OpenAI.RateLimitError);
  await assert.rejects(create('[[sim fault=503]]'), OpenAI.InternalServerError);
  await assert.rejects(create('x'.repeat(33 * 1024 * 1024)), { status: 413 });
});

test('an error in the middle of a stream', async () => {
  const stream = await create('[[sim text=50 tokens]] [[sim fault=mid_stream_exception after=4]]', { stream: true });
  await assert.rejects(async () => {
    for await (const chunk of stream) assert.ok(chunk);
  }, OpenAI.APIError);
});

test('a throttle that passes is retried', async () => {
  const prompt = `[[sim fault=throttle times=1 message="openai-js-${Date.now()}"]] [[sim say="after all"]]`;
  const answer = await connect({ maxRetries: 2 }).chat.completions.create({ model: HAIKU, messages: user(prompt) });
  assert.equal(answer.choices[0].message.content, 'after all');
});
