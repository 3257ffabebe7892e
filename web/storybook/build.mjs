// Builds the storybook into build/web/storybook, and the list of its stories beside it. esbuild and one
// file of script and of styles: a second instead of the eight that vite takes for the product's chunks.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const web = join(here, "..");
const out = join(web, "../build/web");
const site = join(out, "storybook");

rmSync(site, { recursive: true, force: true });
mkdirSync(site, { recursive: true });
cpSync(join(web, "public"), site, { recursive: true });
const common = { bundle: true, format: "esm", target: "es2022", logLevel: "warning" };
await Promise.all([
  build({
    ...common,
    entryPoints: [join(here, "main.tsx")],
    outdir: site,
    jsx: "automatic",
    define: { "process.env.NODE_ENV": '"production"' },
    loader: { ".woff2": "file" },
  }),
  build({ ...common, entryPoints: [join(here, "stories.ts")], outfile: join(out, "stories.mjs") }),
]);
const page = readFileSync(join(here, "index.html"), "utf8")
  .replace("</head>", '<link rel="stylesheet" href="/main.css" /></head>')
  .replace("/main.tsx", "/main.js");
writeFileSync(join(site, "index.html"), page);
