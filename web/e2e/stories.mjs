// Every story of the storybook, in both themes, wide and on a phone: it shows without an error of its own,
// axe finds nothing serious, and nothing sticks out of the page. A page is loaded once and shows one story
// after another: loading each anew took three quarters of the time.
//     node e2e/stories.mjs [TEXT]     only those whose address holds TEXT
import { STORIES } from "../../build/web/stories.mjs";
import { problemsOf } from "./accessibility.mjs";
import { launch, serveStorybook, shown } from "./browser.mjs";
import { check, expect, finish } from "./checks.mjs";

const only = process.argv[2] ?? "";
const SETTINGS = [
  { colorScheme: "light", width: 1280 },
  { colorScheme: "dark", width: 390 },
];
const PAGES = 2; // side by side

const book = await serveStorybook();
const browser = await launch();
const waiting = STORIES.filter(({ world, path }) => `${world}${path}`.includes(only));

async function look(page, story) {
  const errors = [];
  const note = (error) => errors.push(error.message);
  page.on("pageerror", note);
  await page.evaluate((one) => globalThis.showStory(one), story);
  for (const { colorScheme, width } of SETTINGS) {
    await check(`${story.world}${story.path} ${colorScheme} ${width}`, async () => {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      await shown(page);
      const problems = await problemsOf(page);
      expect(problems.length === 0, problems.join("\n"));
      const excess = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(excess <= 0, `the page is ${excess} pixels wider than the screen`);
      await page.waitForFunction(stopsWhereItScrolls);
      expect(errors.length === 0, errors.join("\n"));
    });
  }
  page.off("pageerror", note);
}

// A table is a tab stop while it is wider than its room, and only then.
function stopsWhereItScrolls() {
  const rooms = [...document.querySelectorAll(".mantine-TableScrollContainer-scrollContainer .mantine-ScrollArea-viewport")];
  return rooms.every((room) => (room.tabIndex === 0 && room.hasAttribute("tabindex")) === room.scrollWidth > room.clientWidth);
}

async function work() {
  const page = await browser.newPage({ reducedMotion: "reduce" });
  await page.goto(`${book.url}/stories`);
  // Or axe measures the contrast of a colour on its way from one theme to the other.
  await page.addStyleTag({ content: "*, ::before, ::after { transition: none !important; animation: none !important }" });
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await look(page, next);
}

await Promise.all(Array.from({ length: PAGES }, work));
await browser.close();
book.stop();
finish();
