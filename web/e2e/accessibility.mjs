// axe on a page as it stands: nothing serious, nothing critical.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export async function problemsOf(page) {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(source);
  // Styles are not asked for once more: the one rule that reads them is not on.
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document, { resultTypes: ["violations"], preload: false }),
  );
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => {
      const [first] = nodes;
      return `${id} (${nodes.length}): ${first?.html.slice(0, 160)} ${first?.any[0]?.message ?? ""}`;
    });
}
