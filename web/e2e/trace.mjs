// A trace of reads, replayed over TCP as an application would make them: what is missed is stored. Its
// keys come from a seed, so that it is the same trace each time.
import { random } from "./random.mjs";
import { Memcache } from "./service.mjs";

// `keys` of `bytes` each, asked for `requests` times in all, each as likely as the others.
export async function replay(login, { keys, bytes, requests, seed }) {
  const client = await Memcache.login(login.port, login.username, login.password);
  const value = "v".repeat(bytes);
  const next = random(seed);
  let misses = 0;
  for (let i = 0; i < requests; i += 1) {
    const key = `trace:${Math.floor(next() * keys)}`;
    if (await client.has(key)) continue;
    misses += 1;
    const answer = await client.set(key, value);
    if (answer !== "STORED") throw new Error(`${key} was answered by ${answer}`);
  }
  client.quit();
  return { misses };
}
