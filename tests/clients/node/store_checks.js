// The list of checks for the clients that speak text without a login. Each shows itself as a store:
// get, set, getMany, incr, decr, remove, and change (by cas) where it has it; misses are undefined.
import * as checks from './checks.js';
import { KEY, Skip, expect, setting } from './checks.js';

const cannot = () => { throw new Skip('the client cannot authenticate'); };

// `open(servers, ca)` gives a store; `ca` is a certificate when TLS is wanted.
export function runStore(open, { hasTls = false, readsEmpty = true } = {}) {
  const store = open(process.env.MEMCACHIER_SERVERS);
  const read = (key) => store.get(KEY + key);
  const write = (key, value, seconds = 0) => store.set(KEY + key, value, seconds);
  let expiringSince;

  return checks.run({
    authenticate: cannot,
    async set() {
      expect(await write('expiry', 'soon gone', checks.EXPIRY_SECONDS), true);
      expiringSince = Date.now();
      expect(await read('expiry'), 'soon gone');
      for (const name of ['a', 'b']) expect(await write(name, `value ${name}`), true);
      expect(await write('empty', ''), true);
    },
    async get() {
      expect([await read('a'), await read('missing')], ['value a', undefined]);
      if (readsEmpty) expect(await read('empty'), '');
    },
    async multi_get() {
      const found = await store.getMany(['a', 'missing', 'b'].map((name) => KEY + name));
      expect(found, { [`${KEY}a`]: 'value a', [`${KEY}b`]: 'value b' });
    },
    async cas() {
      if (!store.change) throw new Skip('the client reads no cas values');
      expect(await store.change(KEY + 'a', () => {}, 'value a2'), true);
      expect(await store.change(KEY + 'a', () => write('a', 'value a3'), 'never'), false);
      expect(await read('a'), 'value a3');
    },
    async incr() {
      expect(await write('n', '10'), true);
      expect(await store.incr(KEY + 'n', 5), 15);
    },
    async decr() {
      expect(await store.decr(KEY + 'n', 6), 9);
      expect(await store.decr(KEY + 'n', 60), 0);
    },
    async delete() {
      expect(await store.remove(KEY + 'b'), true);
      expect(await read('b'), undefined);
    },
    async too_large() {
      // Text that is one byte each: the clients write strings.
      const big = checks.TOO_LARGE.toString('latin1').replace(/[^a-zA-Z]/g, 'x');
      expect(await checks.refused(() => write('big', big)), true);
      // memcached takes a refusal for a failure and leaves the server alone for a moment.
      await checks.waitUntilBack(() => write('after-big', 'still here'));
      expect(await read('after-big'), 'still here');
    },
    async read_only() {
      const reader = open(setting('READONLY_SERVERS'));
      const before = await read('a');
      expect(await reader.get(KEY + 'a'), before);
      expect(await checks.refused(() => reader.set(KEY + 'a', 'written', 0)), true);
      await checks.waitUntilBack(async () => (await reader.get(KEY + 'a')) === before);
    },
    wrong_password: cannot,
    async tls() {
      if (!hasTls) throw new Skip('the client speaks no TLS');
      const secured = open(setting('NATIVE_TLS_SERVERS'), setting('TLS_CA'));
      expect(await secured.set(KEY + 'tls', 'over tls', 0), true);
      expect(await read('tls'), 'over tls');
    },
    async expiry() {
      await checks.waitUntilGone(() => read('expiry'), expiringSince);
    },
    async restart() {
      await checks.askForRestart();
      await checks.waitUntilBack(() => write('back', 'again'));
      expect(await read('back'), 'again');
      expect(await read('a'), undefined);
    },
  });
}
