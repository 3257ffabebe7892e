// memcached: the oldest of the npm clients; text, no login, no TLS.
import { promisify } from 'node:util';

import Memcached from 'memcached';

import { runStore } from './store_checks.js';

function open(servers) {
  const client = new Memcached(servers.split(','), {
    timeout: 5000, retries: 0, retry: 200, reconnect: 500, failures: 100, maxValue: 4 << 20,
  });
  const ask = (verb, ...words) => promisify(client[verb]).apply(client, words);
  return {
    get: (key) => ask('get', key),
    set: (key, value, seconds) => ask('set', key, value, seconds),
    getMany: async (keys) => ({ ...(await ask('getMulti', keys)) }),
    async change(key, between, value) {
      const { cas } = await ask('gets', key);
      await between();
      return ask('cas', key, value, cas, 0);
    },
    incr: (key, by) => ask('incr', key, by),
    decr: (key, by) => ask('decr', key, by),
    remove: (key) => ask('del', key),
  };
}

runStore(open);
