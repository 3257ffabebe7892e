// Express: whole pages and sessions in one cache, by memjs.

// snippet: connect
import express from 'express';
import memjs from 'memjs';
import session from 'express-session';
import connectMemjs from 'connect-memjs';

const cache = memjs.Client.create(process.env.MEMCACHIER_SERVERS, {
  username: process.env.MEMCACHIER_USERNAME,
  password: process.env.MEMCACHIER_PASSWORD,
  timeout: 1, // seconds for an answer
  conntimeout: 2, // seconds for a connection
  failover: true,
  failoverTime: 5, // seconds until a server that was down is tried again
  keepAlive: true,
  logger: { log: () => {} },
});
const ask = (call) => call.catch(() => null); // a cache that is away is a miss

const MemcachedStore = connectMemjs(session);
const sessions = session({
  secret: process.env.SESSION_SECRET || 'an example keeps no secrets',
  resave: false,
  saveUninitialized: false,
  store: new MemcachedStore({ client: cache, prefix: 'session:' }),
});

// Keeps a whole page under its address for so many seconds.
function keepPage(seconds) {
  return async (request, response, next) => {
    const key = `page:${request.originalUrl}`;
    const kept = await ask(cache.get(key));
    if (kept?.value) {
      response.send(kept.value.toString());
      return;
    }
    const send = response.send.bind(response);
    response.send = (body) => {
      if (response.statusCode === 200) ask(cache.set(key, body, { expires: seconds }));
      return send(body);
    };
    next();
  };
}
// end snippet

const slowQuery = (number) => number * number;

// snippet: use
const app = express();

app.get('/page', keepPage(300), (request, response) => {
  response.send(`made by ${process.pid} at ${Date.now()}`);
});

app.get('/login/:name', sessions, (request, response) => {
  request.session.name = request.params.name;
  response.send(`hello ${request.params.name}`);
});
// end snippet

app.get('/me', sessions, (request, response) => {
  response.send(`hello ${request.session.name || 'stranger'}`);
});

app.get('/square/:number', async (request, response) => {
  const key = `square:${request.params.number}`;
  const kept = await ask(cache.get(key));
  if (kept?.value) {
    response.send(`${kept.value} cached`);
    return;
  }
  const answer = slowQuery(Number(request.params.number));
  await ask(cache.set(key, String(answer), { expires: 300 }));
  response.send(`${answer} computed`);
});

app.get('/', async (request, response) => {
  const after = await ask(cache.increment('visits', 1, { initial: 1 }));
  response.send(`visits ${after?.success ? after.value : 'unknown'}`);
});

app.listen(process.env.PORT || 8000, '127.0.0.1');
