// memjs: the service's own Node client; binary protocol, SASL PLAIN, no multi-get and no cas.
import memjs from 'memjs';

import * as checks from './checks.js';
import { KEY, Skip, expect, setting } from './checks.js';

const { MEMCACHIER_SERVERS, MEMCACHIER_USERNAME, MEMCACHIER_PASSWORD } = process.env;
const quiet = { log() {} }; // it logs each failed try, and ours fail on purpose

function connect(username, password) {
  return memjs.Client.create(MEMCACHIER_SERVERS, {
    username, password, timeout: 5, conntimeout: 5, retries: 2, failoverTime: 1, logger: quiet,
  });
}

const client = connect(MEMCACHIER_USERNAME, MEMCACHIER_PASSWORD);
const read = async (from, key) => {
  const { value } = await from.get(KEY + key);
  return value === null ? undefined : String(value);
};
const write = (key, value, options = {}) => client.set(KEY + key, value, options);
let expiringSince;

checks.run({
  async authenticate() {
    setting('MEMCACHIER_USERNAME');
    expect(await write('expiry', 'soon gone', { expires: checks.EXPIRY_SECONDS }), true);
    expiringSince = Date.now();
    expect(await read(client, 'expiry'), 'soon gone');
  },
  async set() {
    expect(await write('a', 'value a'), true);
    expect(await write('b', 'value b'), true);
    expect(await write('empty', ''), true);
  },
  async get() {
    expect(await read(client, 'a'), 'value a');
    expect(await read(client, 'empty'), '');
    expect(await read(client, 'missing'), undefined);
  },
  async multi_get() {
    throw new Skip('the client has no multi-get');
  },
  async cas() {
    throw new Skip('the client has no cas');
  },
  async incr() {
    await client.delete(KEY + 'n');
    expect((await client.increment(KEY + 'n', 5, { initial: 10 })).value, 10);
    expect((await client.increment(KEY + 'n', 5)).value, 15);
  },
  async decr() {
    expect((await client.decrement(KEY + 'n', 6, {})).value, 9);
    expect((await client.decrement(KEY + 'n', 60, {})).value, 0);
  },
  async delete() {
    expect(await client.delete(KEY + 'b'), true);
    expect(await client.delete(KEY + 'b'), false);
    expect(await read(client, 'b'), undefined);
  },
  async too_large() {
    expect(await checks.refused(() => write('big', checks.TOO_LARGE)), true);
    expect(await write('after-big', 'still here'), true);
    expect(await read(client, 'after-big'), 'still here');
  },
  async read_only() {
    const reader = connect(setting('READONLY_USERNAME'), setting('READONLY_PASSWORD'));
    const before = await read(client, 'a');
    expect(await read(reader, 'a'), before);
    expect(await checks.refused(() => reader.set(KEY + 'a', 'written', {})), true);
    expect(await read(reader, 'a'), before);
    reader.close();
  },
  async wrong_password() {
    const stranger = connect(MEMCACHIER_USERNAME, setting('WRONG_PASSWORD'));
    expect(await checks.refused(() => stranger.set(KEY + 'a', 'stolen', {})), true);
    stranger.close();
    expect(await read(client, 'a'), 'value a');
  },
  async expiry() {
    await checks.waitUntilGone(() => read(client, 'expiry'), expiringSince);
  },
  async restart() {
    await checks.askForRestart();
    await checks.waitUntilBack(() => write('back', 'again'));
    expect(await read(client, 'back'), 'again');
    expect(await read(client, 'a'), undefined);
  },
});
