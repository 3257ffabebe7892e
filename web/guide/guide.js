// Search over all pages of the guide, in the browser: search.json is fetched when it is first needed.
// A page is found when it has every word; words in its title count most, then headings, then text.
const input = document.getElementById("search");
const list = document.getElementById("found");
const RESULTS_MAX = 12;
let pages;

async function load() {
  pages ??= fetch("/docs/search.json").then((answer) => answer.json());
  return pages;
}

function score(page, word) {
  if (page.t.toLowerCase().includes(word)) return 100;
  if (page.h.some((heading) => heading.toLowerCase().includes(word))) return 20;
  return page.x.toLowerCase().includes(word) ? 1 : 0;
}

function context(page, word) {
  const at = page.x.toLowerCase().indexOf(word);
  return at < 0 ? "" : page.x.slice(Math.max(0, at - 40), at + 80);
}

function matches(all, words) {
  return all
    .map((page) => ({ page, scores: words.map((word) => score(page, word)) }))
    .filter(({ scores }) => scores.every((one) => one > 0))
    .sort((a, b) => sum(b.scores) - sum(a.scores))
    .slice(0, RESULTS_MAX)
    .map(({ page }) => page);
}

const sum = (numbers) => numbers.reduce((total, one) => total + one, 0);

function row(page, word) {
  const link = document.createElement("a");
  link.href = page.u;
  link.textContent = page.t;
  const small = document.createElement("small");
  small.textContent = context(page, word);
  link.append(small);
  const item = document.createElement("li");
  item.append(link);
  return item;
}

async function search() {
  const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) {
    list.hidden = true;
    return;
  }
  const found = matches(await load(), words);
  list.replaceChildren(...found.map((page) => row(page, words[0])));
  if (found.length === 0) list.append(Object.assign(document.createElement("li"), { textContent: "Nothing found" }));
  list.hidden = false;
}

input.addEventListener("input", search);
input.form.addEventListener("submit", (event) => {
  event.preventDefault();
  list.querySelector("a")?.click();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && document.activeElement !== input) {
    event.preventDefault();
    input.focus();
  } else if (event.key === "Escape") {
    list.hidden = true;
  }
});

// On a wide screen the list of pages stays open; on a phone it is one tap away.
const wide = window.matchMedia("(min-width: 60rem)");
const menu = document.querySelector("nav details");
const fit = () => { menu.open = wide.matches; };
wide.addEventListener("change", fit);
fit();
for (const link of menu.querySelectorAll("a")) {
  if (link.pathname === window.location.pathname) link.setAttribute("aria-current", "page");
}
