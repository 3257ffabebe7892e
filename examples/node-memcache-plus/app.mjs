// Counts visits and keeps the answers of a slow query, by memcache-plus.
//
// It has no login: the servers are a port of the credential's own, or `serve --local`.
import http from 'node:http';

// snippet: connect
import MemcachePlus from 'memcache-plus';

const cache = new MemcachePlus({
  hosts: process.env.MEMCACHIER_SERVERS.split(','),
  netTimeout: 1000, // ms
  reconnect: true,
  onNetError: () => {}, // or the process ends when a server goes away
});

// The cache's answer; null when it is away, refuses or takes longer than a second. While it is
// disconnected the client keeps commands for later: the deadline is what lets a page go on.
function ask(call) {
  const late = new Promise((resolve) => { setTimeout(resolve, 1000, null).unref(); });
  return Promise.race([call.catch(() => null), late]);
}
// end snippet

// snippet: use
const slowQuery = (number) => number * number; // in place of your own

async function square(number) {
  const key = `square:${number}`;
  const kept = await ask(cache.get(key));
  if (kept !== null && kept !== undefined) return [kept, 'cached'];
  const answer = slowQuery(number);
  await ask(cache.set(key, String(answer), 300));
  return [answer, 'computed'];
}
// end snippet

async function visits() {
  await ask(cache.add('visits', '0'));
  return `visits ${(await ask(cache.incr('visits'))) || 'unknown'}`;
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
