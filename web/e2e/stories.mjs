// Every story of the storybook, in both themes, wide and on a phone: it shows without an error of its own,
// axe finds nothing serious, and nothing sticks out of the page.
//     node e2e/stories.mjs [TEXT]     only those whose address holds TEXT
import { STORIES } from "../../build/web/stories.mjs";
import { problemsOf } from "./accessibility.mjs";
import { addressOf, launch, serveStorybook, settled } from "./browser.mjs";
import { check, expect, finish } from "./checks.mjs";

const only = process.argv[2] ?? "";
const SETTINGS = [
  { theme: "light", width: 1280 },
  { theme: "dark", width: 390 },
];
const PAGES = 3; // side by side

const book = await serveStorybook();
const browser = await launch();
const waiting = SETTINGS.flatMap((setting) =>
  STORIES.filter(({ world, path }) => `${world}${path}`.includes(only)).map((story) => ({
    ...story,
    ...setting,
  })),
);

async function look({ theme, width, ...story }) {
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme: theme,
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  await check(`${story.world}${story.path} ${theme} ${width}`, async () => {
    await page.goto(addressOf(book.url, story));
    await settled(page);
    const problems = await problemsOf(page);
    expect(problems.length === 0, problems.join("\n"));
    const excess = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(excess <= 0, `the page is ${excess} pixels wider than the screen`);
    expect(errors.length === 0, errors.join("\n"));
  });
  await context.close();
}

async function work() {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await look(next);
}

await Promise.all(Array.from({ length: PAGES }, work));
await browser.close();
book.stop();
finish();
