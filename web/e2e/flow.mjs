// A person's way through the dashboard of a real service, with a real memcache client beside it.
import { problemsOf } from "./accessibility.mjs";
import { launch } from "./browser.mjs";
import { check, expect, finish, skip, until } from "./checks.mjs";
import { Memcache, Service } from "./service.mjs";

const PASSWORD = "a sentence is a good password";
const service = await Service.start();
const browser = await launch();
const context = await browser.newContext({ reducedMotion: "reduce", viewport: { width: 1280, height: 900 } });
const page = await context.newPage();
page.setDefaultTimeout(60_000); // passwords are slow to hash on a busy machine
const outside = [];
const broken = [];
page.on("request", (request) => {
  const isOurs = request.url().startsWith(service.url) || /^(data|blob):/.test(request.url());
  if (!isOurs) outside.push(request.url());
});
page.on("pageerror", (error) => broken.push(error.message));
page.on("console", (message) => {
  if (/Content Security Policy/.test(message.text())) broken.push(message.text());
});

const goto = (path) => page.goto(service.url + path);
const button = (name) => page.getByRole("button", { name, exact: true });
const tab = (name) => page.getByRole("tab", { name, exact: true }).click();
const seen = (text) => page.getByText(text).first().waitFor({ timeout: 60_000 });
const axe = (name) =>
  check(`axe finds nothing serious on: ${name}`, async () => {
    const problems = await problemsOf(page);
    expect(problems.length === 0, problems.join("\n"));
  });
const cacheId = () => Number(/\/caches\/(\d+)/.exec(page.url())?.[1]);
const api = (path) => page.evaluate((url) => fetch(url).then((r) => r.status), `/api/admin/v1${path}`);

await check("the page comes with a strict policy, and compressed", async () => {
  const answer = await context.request.get(service.url, { headers: { Accept: "text/html" } });
  const policy = answer.headers()["content-security-policy"] ?? "";
  expect(policy.includes("default-src 'none'") && !policy.includes("unsafe"), policy);
  const script = /src="(\/assets\/[^"]+\.js)"/.exec(await answer.text())?.[1];
  const file = await context.request.get(service.url + script, { headers: { "Accept-Encoding": "br" } });
  expect(file.headers()["content-encoding"] === "br", "the script is not compressed");
  expect(/immutable/.test(file.headers()["cache-control"] ?? ""), "the script is not cached");
});

await check("the first load is under 300 kB", async () => {
  let bytes = 0;
  const count = async (response) => {
    const sizes = await response.request().sizes().catch(() => null);
    bytes += sizes?.responseBodySize ?? 0;
  };
  page.on("response", count);
  await goto("/");
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.waitForLoadState("networkidle");
  page.off("response", count);
  console.log(`        first load: ${bytes} bytes`);
  expect(bytes > 50_000 && bytes < 300_000, `${bytes} bytes`);
});
await axe("sign in");

await check("the printed link makes the first operator", async () => {
  await goto("/sign-in");
  await page.goto(service.operatorLink);
  await page.getByLabel("E-mail address").fill("root@example.org");
  await page.getByLabel("Password", { exact: false }).first().fill(PASSWORD);
  await button("Become the operator").click();
  await page.getByRole("link", { name: "first" }).waitFor();
  await page.getByRole("link", { name: "Operator" }).waitFor();
});
const firstId = 100001;

await check("signing out leads to signing in, and a stranger signs up", async () => {
  await page.getByRole("button", { name: /^Signed in as/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("link", { name: "Sign up" }).click();
  await page.getByLabel("E-mail address").fill("ada@example.org");
  await page.getByLabel("Name").fill("Ada");
  await page.getByRole("textbox", { name: "Password" }).fill(PASSWORD);
  await button("Sign up").click();
  await seen("Create your first cache");
});
await axe("no caches");

await check("a stranger sees nothing of others' caches", async () => {
  expect((await api(`/caches/${firstId}`)) === 404, "the first cache is not hidden");
  await goto(`/caches/${firstId}/overview`);
  await seen(`There is no cache ${firstId}`);
});

await check("a cache is created with a plan", async () => {
  await goto("/caches");
  await page.getByRole("link", { name: "Create a cache" }).first().click();
  await page.getByLabel("Name").fill("shop");
  await page.getByRole("radio", { name: /^100:/ }).check();
  await axe("create a cache");
  await button("Create shop").click();
  await seen("Three variables");
});
const id = cacheId();

let username = "";
let password = "";
let client = null;
await check("a client logs in with what Connect shows", async () => {
  await button("Show password").click();
  const value = (name) =>
    page.getByRole("row", { name: new RegExp(name) }).locator("td .mono").first().innerText();
  username = await value("MEMCACHIER_USERNAME");
  password = await value("MEMCACHIER_PASSWORD");
  expect((await value("MEMCACHIER_SERVERS")).endsWith(`:${service.memcachePort}`), "another server");
  client = await Memcache.login(service.memcachePort, username, password);
  expect(client.greeting === "STORED", `the login was answered by ${client.greeting}`);
});
await axe("connect");

let isLoading = true;
const load = (async () => {
  for (let i = 0; isLoading; i = (i + 1) % 500) {
    if (client !== null && !client.isClosed) {
      if (!(await client.get(`page:${i}`))) await client.set(`page:${i}`, "x".repeat(2000));
    }
    await new Promise((go) => setTimeout(go, 2));
  }
})();

await check("its traffic shows within seconds", async () => {
  await tab("Overview");
  const figure = (title) => page.locator(".mantine-Card-root", { hasText: title }).first();
  await until("requests are counted", async () => {
    const text = await figure("Requests").innerText();
    return /[1-9][\d.,K]*\/s/.test(text);
  });
  await until("items are counted", async () => /\n[1-9]\d*\n/.test(await figure("Items").innerText()));
});
await axe("overview");

await check("and in the chart", async () => {
  await goto(`/caches/${id}/analytics?left=request_rate&right=items`);
  await until("a minute's sample is drawn", async () => {
    const label = await page.getByRole("img", { name: /over time/ }).getAttribute("aria-label").catch(() => "");
    return /request rate: .*last [1-9]/.test(label ?? "");
  }, 150_000);
  const download = page.waitForEvent("download");
  await button("Download CSV").click();
  expect((await download).suggestedFilename() === `cache-${id}.csv`, "the CSV has another name");
});
await axe("analytics");

await check("a credential that may not write is refused", async () => {
  await tab("Credentials");
  await button("Create a credential").click();
  const row = page.getByRole("row").filter({ has: page.getByRole("button", { name: "Promote" }) });
  await row.waitFor();
  const name = await row.locator(".mono").first().innerText();
  await row.getByRole("button", { name: /^Show password/ }).click();
  const secret = await row.locator(".mono").nth(1).innerText();
  const reader = await Memcache.login(service.memcachePort, name, secret);
  expect((await reader.set("a", "1")) === "STORED", "it could not write before");
  await row.getByRole("checkbox", { name: "write" }).click();
  await until("its writes are refused", async () => (await reader.set("a", "2")) !== "STORED");
  expect(await reader.get("a"), "it cannot read any more");
  reader.quit();
});
await axe("credentials");

await check("another credential is promoted, and Connect names it", async () => {
  const row = page.getByRole("row").filter({ has: page.getByRole("button", { name: "Promote" }) });
  const name = await row.locator(".mono").first().innerText();
  await row.getByRole("button", { name: "Promote" }).click();
  await button("Promote it").click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await tab("Connect");
  await page.getByRole("row", { name: /MEMCACHIER_USERNAME/ }).getByText(name).waitFor();
});

const confirm = async (label) => {
  await page.getByRole("textbox", { name: "Type shop to confirm" }).fill("shop");
  await page.getByRole("dialog").getByRole("button", { name: label }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
};

await check("a flush asks for the name, and empties the cache", async () => {
  await store(username, password, "before-the-flush");
  await tab("Settings");
  await button("Flush").click();
  expect(await page.getByRole("dialog").getByRole("button", { name: "Flush" }).isDisabled(), "not asked");
  await confirm("Flush");
  await until("the item is gone", async () => !(await probe(username, password, "before-the-flush")));
});
await axe("settings");

// On connections of their own: the load's has one request at a time.
async function store(user, secret, key) {
  const one = await Memcache.login(service.memcachePort, user, secret);
  expect((await one.set(key, "1")) === "STORED", `${key} was not stored`);
  one.quit();
}

async function probe(user, secret, key) {
  const one = await Memcache.login(service.memcachePort, user, secret);
  const isThere = await one.get(key);
  one.quit();
  return isThere;
}

if ((await api("/alerts/triggers")) === 404) {
  skip("an alert is made, and fires", "the service has no alerts yet");
} else {
  await check("an alert is made, and fires", async () => {
    await tab("Alerts");
    await button("New alert").click();
    await page.getByRole("textbox", { name: "Tell me when the" }).click();
    await page.getByRole("option", { name: "memory in use" }).click();
    await page.getByLabel("is above").fill("0");
    await axe("a new alert");
    await button("Create the alert").click();
    await seen("memory in use above 0 %");
    await page.getByText("firing").first().waitFor({ timeout: 240_000 });
  });
}

if ((await api(`/caches/${id}/insight/miss_ratio_curve`)) === 404) {
  skip("a plan is recommended", "the service has no insight yet");
} else {
  await check("a plan is recommended from what was read", async () => {
    await goto(`/caches/${id}/insight`);
    await seen("How big should it be?");
    await page.getByRole("table", { name: "Expected hit rate by plan" }).waitFor();
    await page.getByText("recommended").first().waitFor({ timeout: 90_000 });
  });
  await axe("insight");
}

await check("the plan changes in place", async () => {
  await goto(`/caches/${id}/settings`);
  await page.getByRole("radio", { name: /^250:/ }).check();
  await seen(/more, by the hour from now on/);
  await page.getByRole("button", { name: /^Change to 250/ }).click();
  await seen("shop is of plan 250 now.");
  expect(!client.isClosed, "the client was disconnected");
});

await check("a disabled cache refuses its clients until it is enabled", async () => {
  await goto(`/caches/${id}/settings`);
  await button("Disable").click();
  await confirm("Disable");
  await until("the client is disconnected", () => client.isClosed);
  await tab("Overview");
  await seen("Clients cannot log in: this cache is disabled");
  await button("Enable it").click();
  await until("clients can log in", async () => {
    client = await Memcache.login(service.memcachePort, username, password);
    return client.greeting === "STORED";
  });
});

await check("a deleted cache comes back with what it held", async () => {
  await store(username, password, "precious");
  await tab("Settings");
  await button("Delete").click();
  await confirm("Delete it");
  await seen("shop is deleted.");
  await button("Undo").click();
  await seen("shop is back, with what it held.");
  expect(await probe(username, password, "precious"), "its items are gone");
});

await check("a restart of the service loses nothing that was typed", async () => {
  await goto("/caches/new");
  await page.getByLabel("Name").fill("typed before");
  await service.end();
  await page.evaluate(() => window.dispatchEvent(new Event("visibilitychange")));
  await button("Create typed before").click();
  await seen("The service does not answer.");
  await service.again();
  expect((await page.getByLabel("Name").inputValue()) === "typed before", "it is gone");
});

await check("nor does a session that ends", async () => {
  await page.getByLabel("Name").fill("typed-later");
  await page.getByRole("radio", { name: /^dev:/ }).check();
  await context.clearCookies();
  await button("Create typed-later").click();
  const dialog = page.getByRole("dialog", { name: "Your session has ended" });
  await dialog.getByLabel("E-mail address").fill("ada@example.org");
  await dialog.getByRole("textbox", { name: "Password" }).fill(PASSWORD);
  await dialog.getByRole("button", { name: "Sign in" }).click();
  await seen("Three variables");
  await page.getByRole("heading", { name: "typed-later" }).waitFor();
});

for (const path of ["profile", "security", "tokens", "teams"]) {
  await goto(`/account/${path}`);
  await page.waitForLoadState("networkidle");
  await axe(`account: ${path}`);
}

await check("the operator's token signs in, and sees every cache", async () => {
  await goto("/caches");
  await page.getByRole("button", { name: /^Signed in as/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByText("Operator token", { exact: true }).click();
  await page.getByRole("textbox", { name: "Operator token" }).fill(await service.operatorToken());
  await button("Sign in").click();
  for (const name of ["first", "shop", "typed-later"]) await page.getByRole("link", { name }).waitFor();
});

await check("nothing was asked of another host, and nothing broke the policy", async () => {
  expect(outside.length === 0, outside.join("\n"));
  expect(broken.length === 0, broken.join("\n"));
});

isLoading = false;
client?.quit();
await load;
await browser.close();
await service.remove();
finish();
