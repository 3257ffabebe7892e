// Counts visits and keeps the answers of a slow query, by memjs.
import http from 'node:http';

// snippet: connect
import memjs from 'memjs';

const cache = memjs.Client.create(process.env.MEMCACHIER_SERVERS, {
  username: process.env.MEMCACHIER_USERNAME,
  password: process.env.MEMCACHIER_PASSWORD,
  timeout: 1, // seconds for an answer
  conntimeout: 2, // seconds for a connection
  retries: 2,
  failover: true, // the next server takes over while one is down
  failoverTime: 5, // seconds until a server that was down is tried again
  keepAlive: true,
  logger: { log: () => {} }, // it logs each failure; the application counts its misses
});

// The cache's answer; null when it is away or refuses.
const ask = (call) => call.catch(() => null);
// end snippet

// snippet: use
const slowQuery = (number) => number * number; // in place of your own

async function square(number) {
  const key = `square:${number}`;
  const kept = await ask(cache.get(key));
  if (kept?.value) return [kept.value.toString(), 'cached'];
  const answer = slowQuery(number);
  await ask(cache.set(key, String(answer), { expires: 300 }));
  return [answer, 'computed'];
}
// end snippet

async function visits() {
  const after = await ask(cache.increment('visits', 1, { initial: 1 }));
  return `visits ${after?.success ? after.value : 'unknown'}`;
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
