// Pictures of pages with canned data.
//     node e2e/screenshots.mjs               those of the documentation, into docs/images
//     node e2e/screenshots.mjs OUT [TEXT]    every story whose address holds TEXT, in both themes and
//                                            three widths, into the folder OUT, to be looked at
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { STORIES } from "../../build/web/stories.mjs";
import { launch, root, serveStorybook, shown } from "./browser.mjs";

const WIDTHS = [390, 820, 1440];
const HEIGHT_MAX = 12_000; // two thousand rows are more than a picture can hold
const OF_DOCUMENTATION = [
  { name: "caches", world: "normal", path: "/caches", theme: "light" },
  { name: "overview", world: "degraded", path: "/caches/100001/overview", theme: "light" },
  { name: "overview-dark", world: "normal", path: "/caches/100001/overview", theme: "dark" },
  { name: "analytics", world: "normal", path: "/caches/100001/analytics?window=86400", theme: "light" },
  { name: "insight", world: "degraded", path: "/caches/100001/insight", theme: "light" },
  { name: "connect", world: "normal", path: "/caches/100001/connect", theme: "light" },
];

const [out, text = ""] = process.argv.slice(2);
const shots =
  out === undefined
    ? OF_DOCUMENTATION.map((shot) => ({ ...shot, width: 1280, folder: join(root, "docs/images") }))
    : STORIES.filter(({ world, path }) => `${world}${path}`.includes(text)).flatMap((story) =>
        ["light", "dark"].flatMap((theme) =>
          WIDTHS.map((width) => {
            const name = `${story.world}${story.path.replace(/[^a-z0-9]+/g, "-")}-${theme}-${width}`;
            return { ...story, theme, width, name, folder: out };
          }),
        ),
      );

// The canned data follow the clock, so a picture of the same code is the same picture.
const NOW = new Date("2026-11-20T14:20:00Z");

const book = await serveStorybook();
const browser = await launch();
const page = await browser.newPage({
  locale: "en-GB",
  timezoneId: "Europe/Berlin",
  reducedMotion: "reduce",
});
await page.clock.setFixedTime(NOW);
await page.goto(`${book.url}/stories`);
for (const { world, path, theme, width, name, folder } of shots) {
  mkdirSync(folder, { recursive: true });
  await page.emulateMedia({ colorScheme: theme });
  await page.setViewportSize({ width, height: 900 });
  await page.evaluate((story) => globalThis.showStory(story), { world, path });
  await shown(page);
  await page.waitForTimeout(400); // until what moves has come to rest
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  const fullPage = out !== undefined && height <= HEIGHT_MAX;
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage });
}
await browser.close();
book.stop();
console.log(`${shots.length} pictures`);
