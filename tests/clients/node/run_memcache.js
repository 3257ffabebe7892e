// memcache: text, TLS; its login is one of single nodes' verbs only, so it is let in by its port.
// It needs Node 22, or 20 with what that brought; a machine with an older one skips it.
import { readFileSync } from 'node:fs';

import { Skip, run } from './checks.js';
import { runStore } from './store_checks.js';

function opener({ Memcache }) {
  return (servers, ca) => {
    const client = new Memcache({
      nodes: servers.split(','), timeout: 5000, ...(ca && { tls: { ca: readFileSync(ca) } }),
    });
    client.on('error', () => {}); // or the process ends when the server goes away
    return {
      get: (key) => client.get(key),
      set: (key, value, seconds) => client.set(key, value, seconds),
      getMany: async (keys) => Object.fromEntries(await client.gets(keys)),
      incr: (key, by) => client.incr(key, by),
      decr: (key, by) => client.decr(key, by),
      remove: (key) => client.delete(key),
    };
  };
}

const names = ('authenticate set get multi_get cas incr decr delete too_large read_only '
  + 'wrong_password tls expiry restart').split(' ');

try {
  runStore(opener(await import('memcache')), { hasTls: true });
} catch (why) {
  const skip = () => { throw new Skip(`the package memcache needs Node 22: ${why.message}`); };
  run(Object.fromEntries(names.map((name) => [name, skip])));
}
