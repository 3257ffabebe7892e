// Counts visits and keeps the answers of a slow query, by the package memcached.
//
// It has no login: the servers are a port of the credential's own, or `serve --local`.
import http from 'node:http';

// snippet: connect
import { promisify } from 'node:util';
import Memcached from 'memcached';

const cache = new Memcached(process.env.MEMCACHIER_SERVERS.split(','), {
  timeout: 1000, // ms for a connection and an answer
  retries: 1,
  retry: 2000, // ms until a server that failed is tried again
  failures: 2,
  reconnect: 5000,
  remove: true, // its keys go to the other servers meanwhile
  poolSize: 4,
  idle: 30000,
});

// The cache's answer; undefined when it is away or refuses.
const ask = (verb, ...words) =>
  promisify(cache[verb]).apply(cache, words).catch(() => undefined);
// end snippet

// snippet: use
const slowQuery = (number) => number * number; // in place of your own

async function square(number) {
  const key = `square:${number}`;
  const kept = await ask('get', key);
  if (kept !== undefined) return [kept, 'cached'];
  const answer = slowQuery(number);
  await ask('set', key, answer, 300);
  return [answer, 'computed'];
}
// end snippet

async function visits() {
  await ask('add', 'visits', 0, 0);
  return `visits ${(await ask('incr', 'visits', 1)) || 'unknown'}`;
}

const pages = [
  [/^\/$/, visits],
  [/^\/square\/(\d+)$/, async (number) => (await square(Number(number))).join(' ')],
];

async function answer(request, response) {
  for (const [path, page] of pages) {
    const found = path.exec(request.url);
    if (found) {
      response.end(await page(found[1]));
      return;
    }
  }
  response.writeHead(404).end('not found');
}

http.createServer(answer).listen(process.env.PORT || 8000, '127.0.0.1');
