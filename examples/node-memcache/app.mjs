// Counts visits and keeps the answers of a slow query, by the package memcache (Node 22).
//
// After its SASL login only verbs of single nodes work (node.binaryGet …), no others. So the servers
// are a port of the credential's own, or `serve --local`.
import http from 'node:http';

// snippet: connect
import { Memcache } from 'memcache';

const cache = new Memcache({
  nodes: process.env.MEMCACHIER_SERVERS.split(','),
  timeout: 1000, // ms
});
cache.on('error', () => {}); // or the process ends when a server goes away

// The cache's answer; undefined when it is away or refuses.
const ask = (call) => call.catch(() => undefined);
// end snippet

// snippet: use
const slowQuery = (number) => number * number; // in place of your own

async function square(number) {
  const key = `square:${number}`;
  const kept = await ask(cache.get(key));
  if (kept !== undefined) return [kept, 'cached'];
  const answer = slowQuery(number);
  await ask(cache.set(key, String(answer), 300));
  return [answer, 'computed'];
}
// end snippet

async function visits() {
  await ask(cache.add('visits', '0', 0));
  return `visits ${(await ask(cache.incr('visits', 1))) || 'unknown'}`;
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
