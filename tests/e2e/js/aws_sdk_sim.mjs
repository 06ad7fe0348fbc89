// The simulator's wire form, proven by AWS's own JavaScript SDK. Run by itself, against a built stargate-sim:
//   STARGATE_SIM_BIN=build/release/stargate-sim node tests/e2e/js/aws_sdk_sim.mjs
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  CountTokensCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
  ThrottlingException,
  ValidationException,
} from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const PROGRAM = process.env.STARGATE_SIM_BIN || join(ROOT, 'build/release/stargate-sim');
const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const HAIKU = 'us.anthropic.claude-haiku-4-5-20251001-v1:0';
const HAIKU_BARE = 'anthropic.claude-haiku-4-5-20251001-v1:0';

let sim;
let endpoint;

before(async () => {
  const keys = ['--access-key', KEYS.accessKeyId, '--secret-key', KEYS.secretAccessKey];
  sim = spawn(PROGRAM, ['--listen', '127.0.0.1:0', ...keys], {
    cwd: mkdtempSync(join(tmpdir(), 'stargate-sim-')),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: sim.stdout })) {
    endpoint = /ready on (\S+)/.exec(line)?.[1];
    if (endpoint) break;
  }
  assert.ok(endpoint, 'the simulator did not start');
});

after(async () => {
  const ended = new Promise((resolve) => sim.once('exit', resolve));
  sim.kill('SIGTERM');
  assert.equal(await ended, 0);
});

// The SDK speaks HTTP/2 to Bedrock by default; the simulator, like most proxies in between, speaks HTTP/1.1.
const connect = (options = {}) =>
  new BedrockRuntimeClient({
    region: 'us-east-1',
    endpoint,
    credentials: KEYS,
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler({ requestTimeout: 20_000 }),
    ...options,
  });

const native = (prompt, fields = {}) =>
  JSON.stringify({
    anthropic_version: 'bedrock-2023-05-31',
    max_tokens: 500,
    messages: [{ role: 'user', content: prompt }],
    ...fields,
  });
const user = (text) => [{ role: 'user', content: [{ text }] }];
const parse = (bytes) => JSON.parse(new TextDecoder().decode(bytes));

async function stream(client, prompt) {
  const command = new InvokeModelWithResponseStreamCommand({ modelId: HAIKU, body: native(prompt) });
  const events = [];
  for await (const event of (await client.send(command)).body) events.push(parse(event.chunk.bytes));
  return events;
}

test('InvokeModel', async () => {
  const command = new InvokeModelCommand({ modelId: HAIKU, body: native('[[sim say="Hello there"]]') });
  const answer = await connect().send(command);
  assert.equal(parse(answer.body).content[0].text, 'Hello there');
  assert.equal(answer.$metadata.requestId.length, 36);
});

test('InvokeModelWithResponseStream', async () => {
  const events = await stream(connect(), '[[sim text=40 tokens]]');
  assert.equal(events[0].type, 'message_start');
  assert.equal(events.at(-1)['amazon-bedrock-invocationMetrics'].outputTokenCount, 40);
  const text = events.filter((e) => e.type === 'content_block_delta').map((e) => e.delta.text);
  assert.equal(text.join('').length, 160);
});

test('Converse', async () => {
  const answer = await connect().send(new ConverseCommand({ modelId: HAIKU, messages: user('[[sim say="Hi"]]') }));
  assert.deepEqual(answer.output.message, { role: 'assistant', content: [{ text: 'Hi' }] });
  assert.equal(answer.stopReason, 'end_turn');
  assert.equal(answer.usage.totalTokens, answer.usage.inputTokens + answer.usage.outputTokens);
});

test('ConverseStream with a tool call', async () => {
  const inputSchema = { json: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } };
  const command = new ConverseStreamCommand({
    modelId: HAIKU,
    messages: user('[[sim tool=get_weather {"city":"Lima"}]]'),
    toolConfig: { tools: [{ toolSpec: { name: 'get_weather', description: 'Weather.', inputSchema } }] },
  });
  const events = [];
  for await (const event of (await connect().send(command)).stream) events.push(event);
  const input = events.map((e) => e.contentBlockDelta?.delta.toolUse?.input ?? '').join('');
  assert.deepEqual(JSON.parse(input), { city: 'Lima' });
  assert.equal(events.find((e) => e.messageStop).messageStop.stopReason, 'tool_use');
  assert.ok(events.at(-1).metadata.usage.outputTokens > 0);
});

test('CountTokens', async () => {
  const body = new TextEncoder().encode(native('count me'));
  const command = new CountTokensCommand({ modelId: HAIKU_BARE, input: { invokeModel: { body } } });
  assert.equal((await connect().send(command)).inputTokens, 2);
});

test('errors come as their classes', async () => {
  const invoke = (client, prompt, fields) =>
    client.send(new InvokeModelCommand({ modelId: HAIKU, body: native(prompt, fields) }));
  await assert.rejects(invoke(connect(), '[[sim fault=throttle]]'), ThrottlingException);
  await assert.rejects(invoke(connect(), 'hi', { model: 'x' }), (error) => {
    assert.ok(error instanceof ValidationException);
    return error.message === 'model: Extra inputs are not permitted';
  });
  const wrong = connect({ credentials: { ...KEYS, secretAccessKey: 'wrong' } });
  await assert.rejects(invoke(wrong, 'hi'), { name: 'InvalidSignatureException' });
});

test('an exception in the middle of a stream', async () => {
  const broken = stream(connect(), '[[sim text=40 tokens]] [[sim fault=mid_stream_exception after=4]]');
  await assert.rejects(broken, { name: 'ModelStreamErrorException' });
});

test('throttling is retried', async () => {
  const prompt = '[[sim fault=throttle times=1 message="aws-js"]] [[sim say="after all"]]';
  const command = new InvokeModelCommand({ modelId: HAIKU, body: native(prompt) });
  const answer = await connect({ maxAttempts: 3 }).send(command);
  assert.equal(parse(answer.body).content[0].text, 'after all');
  assert.equal(answer.$metadata.attempts, 2);
});
