// What the steps print, with the seconds that each took, and the sum that ends them: "N passed, N failed,
// N skipped".
const counts = { passed: 0, failed: 0, skipped: 0 };

export async function check(claim, work) {
  const start = performance.now();
  const took = () => `${((performance.now() - start) / 1000).toFixed(1).padStart(5)} s`;
  try {
    await work();
    counts.passed += 1;
    console.log(`ok     ${took()}  ${claim}`);
  } catch (error) {
    counts.failed += 1;
    console.log(`FAILED ${took()}  ${claim}\n        ${String(error?.message ?? error).replaceAll("\n", "\n        ")}`);
  }
}

export function skip(claim, why) {
  counts.skipped += 1;
  console.log(`skipped ${claim}: ${why}`);
}

export function expect(condition, text) {
  if (!condition) throw new Error(text);
}

// Until it holds; a condition and no time is what is waited for.
export async function until(what, condition, limitMs = 60_000) {
  const end = Date.now() + limitMs;
  for (;;) {
    if (await condition()) return;
    if (Date.now() > end) throw new Error(`never came true: ${what}`);
    await new Promise((go) => setTimeout(go, 100));
  }
}

export function finish() {
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1;
}
