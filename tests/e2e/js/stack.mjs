// What the tests share: where the gateway is, told by the pytest module that runs them.
export const url = process.env.GATEWAY_URL;
export const key = process.env.GATEWAY_KEY;
export const HAIKU = 'claude-haiku-4-5';
export const SONNET = 'claude-sonnet-4-5';
export const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
export const user = (content) => [{ role: 'user', content }];
