// What the Node clients share: naming a check, printing its outcome, asking for a restart.
// Twin of python/checks.py; the lines are read by tests/clients/run.
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { isDeepStrictEqual } from 'node:util';

export const KEY = 'cachery-check-';
export const TOO_LARGE = randomBytes((1 << 20) + 1); // no client can compress it to fit
export const EXPIRY_SECONDS = 2;
const RECOVERY_SECONDS = 20;

export class Skip extends Error {}

export function expect(actual, wanted) {
  if (isDeepStrictEqual(actual, wanted)) return;
  const short = (value) => String(JSON.stringify(value)).slice(0, 80);
  throw new Error(`got ${short(actual)}, wanted ${short(wanted)}`);
}

// An environment variable that this world may not offer; empty counts as absent.
export function setting(name) {
  if (!process.env[name]) throw new Skip(`this server offers no ${name}`);
  return process.env[name];
}

// True when the act says no, be it by a false answer or by an error.
export async function refused(act) {
  try {
    return !(await act());
  } catch {
    return true;
  }
}

export const pause = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

// The one real wait of a program: an item set at `since` must be gone by its last second.
export async function waitUntilGone(get, since) {
  await pause(Math.max(0, since / 1000 + EXPIRY_SECONDS + 1.1 - Date.now() / 1000));
  expect(await get(), undefined);
}

const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

export async function askForRestart() {
  console.log('restart');
  expect((await answers.next()).value, 'restarted');
}

// Tries until the client has recovered; how long it sulks is its own business.
export async function waitUntilBack(works) {
  const deadline = Date.now() + RECOVERY_SECONDS * 1000;
  let why = 'the client answered no';
  while (Date.now() < deadline) {
    try {
      if (await works()) return;
    } catch (error) {
      why = String(error);
    }
    await pause(0.2);
  }
  throw new Error(`not back after ${RECOVERY_SECONDS} s: ${why}`);
}

export async function run(checks) {
  let failed = 0;
  for (const [name, check] of Object.entries(checks)) {
    try {
      await check();
      console.log(`ok ${name}`);
    } catch (why) {
      if (why instanceof Skip) {
        console.log(`skip ${name}: ${why.message}`);
      } else {
        failed += 1;
        console.log(`not ok ${name}: ${String(why).replaceAll('\n', ' ')}`);
      }
    }
  }
  process.exit(failed ? 1 : 0);
}
