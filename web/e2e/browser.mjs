// What the programs here share: the distribution's Chromium, and a server of the built storybook.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { dirname, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const here = dirname(fileURLToPath(import.meta.url));
export const root = resolve(here, "../..");

// Chromium of the distribution; CHROMIUM names another one.
export function launch() {
  const executablePath =
    process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find(existsSync);
  if (executablePath === undefined) throw new Error("there is no chromium: run tools/setup test");
  // A container's root may not make the namespaces that the sandbox is built of.
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return chromium.launch({ executablePath, args: [...args, "--font-render-hinting=none"] });
}

const CONTENT_TYPES = {
  ".css": "text/css",
  ".html": "text/html",
  ".js": "text/javascript",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

// The storybook as `npm run build-storybook` left it, on a free port; every address without a file is
// its page.
export async function serveStorybook() {
  const site = join(root, "build/web/storybook");
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const path = join(site, pathname);
    const file = extname(path) !== "" && existsSync(path) ? path : join(site, "index.html");
    response.setHeader("Content-Type", CONTENT_TYPES[extname(file)] ?? "application/octet-stream");
    response.end(await readFile(file));
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", () => ready(undefined)));
  return { url: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}

// Until the page of a story stands: nothing is asked any more, nothing stands in for what will come.
export async function shown(page) {
  await page.waitForFunction(
    () =>
      document.querySelector("h1") !== null &&
      !globalThis.isAsking() &&
      document.querySelector('[role="status"] .mantine-Skeleton-root') === null,
  );
  await page.evaluate(() => document.fonts.ready);
}
