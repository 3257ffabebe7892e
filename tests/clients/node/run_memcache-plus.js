// memcache-plus: text, no login, no TLS. It keeps commands while it is disconnected.
import MemcachePlus from 'memcache-plus';

import { runStore } from './store_checks.js';

const known = (value) => (value === null ? undefined : value);

function open(servers) {
  const client = new MemcachePlus({
    hosts: servers.split(','), netTimeout: 5000, reconnect: true, maxValueSize: 4 << 20,
    onNetError() {}, // or the process ends when the server goes away
  });
  return {
    get: async (key) => known(await client.get(key)),
    async set(key, value, seconds) {
      await client.set(key, value, seconds); // or it rejects
      return true;
    },
    async getMany(keys) {
      const found = Object.entries(await client.getMulti(keys));
      return Object.fromEntries(found.filter(([, value]) => value !== null));
    },
    async change(key, between, value) {
      const [, cas] = await client.gets(key);
      await between();
      return client.cas(key, value, cas, 0);
    },
    incr: async (key, by) => Number(await client.incr(key, by)),
    decr: async (key, by) => Number(await client.decr(key, by)),
    remove: (key) => client.delete(key),
  };
}

// An empty value ends the process when it is read (connection.js, `deferred` is undefined).
runStore(open, { readsEmpty: false });
