// Anthropic's JavaScript SDK against the gateway in front of the simulator.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { HAIKU, PNG, SONNET, key, url, user } from './stack.mjs';

const connect = (options = {}) => new Anthropic({ baseURL: url, apiKey: key, maxRetries: 0, ...options });
const client = connect();
const tools = [
  {
    name: 'get_weather',
    input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
];
const create = (content, fields = {}) =>
  client.messages.create({ model: HAIKU, max_tokens: 1000, messages: user(content), ...fields });

test('a whole answer', async () => {
  const message = await create('[[sim say="Hello there"]]');
  assert.equal(message.content[0].text, 'Hello there');
  assert.equal(message.stop_reason, 'end_turn');
  assert.ok(message.usage.output_tokens > 0);
  assert.ok(message._request_id);
});

test('a stream', async () => {
  const stream = client.messages.stream({ model: HAIKU, max_tokens: 1000, messages: user('[[sim say="One two"]]') });
  let text = '';
  stream.on('text', (delta) => (text += delta));
  const final = await stream.finalMessage();
  assert.equal(text, 'One two');
  assert.ok(final.usage.output_tokens > 0);
});

test('a tool round trip, streamed', async () => {
  const messages = user('[[sim tool=get_weather {"city":"Paris"}]]');
  const fields = { model: HAIKU, max_tokens: 1000, tools };
  const first = await client.messages.stream({ ...fields, messages }).finalMessage();
  const call = first.content.find((block) => block.type === 'tool_use');
  assert.deepEqual(call.input, { city: 'Paris' });
  messages.push({ role: 'assistant', content: first.content });
  messages.push(...user([{ type: 'tool_result', tool_use_id: call.id, content: 'sunny' }]));
  assert.match((await client.messages.create({ ...fields, messages })).content[0].text, /sunny/);
});

test('an image', async () => {
  const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } };
  const message = await create([image, { type: 'text', text: '[[sim say="seen"]]' }]);
  assert.equal(message.content[0].text, 'seen');
});

test('thinking', async () => {
  const fields = { model: SONNET, max_tokens: 5000, thinking: { type: 'enabled', budget_tokens: 2000 } };
  const message = await create('[[sim think=30]] [[sim say="done"]]', fields);
  assert.deepEqual(message.content.map((block) => block.type), ['thinking', 'text']);
  assert.ok(message.content[0].signature);
});

test('structured output', async () => {
  const schema = { type: 'object', properties: { age: { type: 'integer' } }, required: ['age'], additionalProperties: false };
  const message = await create('[[sim json={"age":36}]]', { output_config: { format: { type: 'json_schema', schema } } });
  assert.deepEqual(JSON.parse(message.content[0].text), { age: 36 });
});

test('tokens are counted', async () => {
  const count = await client.messages.countTokens({ model: SONNET, messages: user('How many tokens is this?') });
  assert.ok(count.input_tokens > 3);
});

test('the list of models', async () => {
  const names = [];
  for await (const model of client.models.list()) names.push(model.id);
  assert.ok(names.includes(HAIKU));
});

test('errors have their classes', async () => {
  await assert.rejects(
    connect({ apiKey: 'sk-wrong' }).messages.create({ model: HAIKU, max_tokens: 10, messages: user('hi') }),
    Anthropic.AuthenticationError,
  );
  await assert.rejects(create('hi', { model: 'claude-nothing' }), Anthropic.NotFoundError);
  await assert.rejects(create('hi', { messages: 'no list' }), Anthropic.BadRequestError);
  await assert.rejects(create('[[sim fault=throttle]]'), Anthropic.RateLimitError);
  await assert.rejects(create('[[sim fault=503]]'), (error) => error instanceof Anthropic.APIError && error.status >= 500);
  await assert.rejects(create('x'.repeat(33 * 1024 * 1024)), { status: 413 });
});

test('an error in the middle of a stream', async () => {
  const stream = await create('[[sim text=50 tokens]] [[sim fault=mid_stream_exception after=4]]', { stream: true });
  await assert.rejects(async () => {
    for await (const event of stream) assert.ok(event);
  }, Anthropic.APIError);
});

test('a throttle that passes is retried', async () => {
  const prompt = `[[sim fault=throttle times=1 message="anthropic-js-${Date.now()}"]] [[sim say="after all"]]`;
  const fields = { model: HAIKU, max_tokens: 1000, messages: user(prompt) };
  assert.equal((await connect({ maxRetries: 2 }).messages.create(fields)).content[0].text, 'after all');
});
