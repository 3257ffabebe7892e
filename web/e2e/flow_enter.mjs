// From the printed link to a cache of one's own: what comes first of the way that flow.mjs goes.
import { check, expect } from "./checks.mjs";
import { PASSWORD } from "./person.mjs";
import { Memcache } from "./service.mjs";

export async function enter(person, service) {
  await theFirstLoad(person, service);
  await theOperator(person, service);
  await aStranger(person);
  return aCache(person, service);
}

async function theFirstLoad(person, service) {
  const { context, page } = person;
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
    await person.goto("/");
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await page.waitForLoadState("networkidle");
    page.off("response", count);
    console.log(`        first load: ${bytes} bytes`);
    expect(bytes > 50_000 && bytes < 300_000, `${bytes} bytes`);
  });
  await check("the console is clean before anybody is signed in", async () => {
    expect(person.errors.length === 0, person.errors.join("\n"));
  });
  await person.axe("sign in");
}

async function theOperator(person, service) {
  const { page } = person;
  await check("the printed link makes the first operator", async () => {
    await page.goto(service.operatorLink);
    await page.getByLabel("E-mail address").fill("root@example.org");
    await page.getByRole("textbox", { name: "Password" }).fill(PASSWORD);
    await person.button("Become the operator").click();
    await person.link("first").waitFor();
    await person.link("Operator").waitFor();
  });
  await check("an alert of the installation is made", async () => {
    await person.goto("/admin/alerts");
    await person.button("New alert").click();
    await page.getByLabel("is below").fill("365"); // the certificate that it made itself lives shorter
    await person.button("Create the alert").click();
    await person.seen("life of the TLS certificate below 365 days");
  });
  await check("signing out leads to signing in, and not back to where it was", async () => {
    await person.signOut();
    expect(new URL(page.url()).search === "", page.url());
  });
}

const FIRST_ID = 100001;

async function aStranger(person) {
  const { page } = person;
  await check("a stranger signs up", async () => {
    await person.link("Sign up").click();
    await page.getByLabel("E-mail address").fill("ada@example.org");
    await page.getByLabel("Name").fill("Ada");
    await page.getByRole("textbox", { name: "Password" }).fill(PASSWORD);
    await person.button("Sign up").click();
    await person.seen("Create your first cache");
  });
  await person.axe("no caches");
  await check("a stranger sees nothing of others' caches", async () => {
    expect((await person.statusOf(`/caches/${FIRST_ID}`)) === 404, "the first cache is not hidden");
    await person.goto(`/caches/${FIRST_ID}/overview`);
    await person.seen(`There is no cache ${FIRST_ID}`);
  });
}

// The cache and how one logs in to it, with a client that has done so.
async function aCache(person, service) {
  const { page } = person;
  await check("a cache is created with a plan", async () => {
    await person.goto("/caches");
    await person.link("Create a cache").first().click();
    await page.getByLabel("Name").fill("shop");
    await page.getByRole("radio", { name: /^100:/ }).check();
    await person.axe("create a cache");
    await person.button("Create shop").click();
    await person.seen("Three variables");
  });
  const shop = { id: Number(/\/caches\/(\d+)/.exec(page.url())?.[1]), port: service.memcachePort };
  await check("a client logs in with what Connect shows", async () => {
    await person.button("Show password").click();
    const value = (name) =>
      page.getByRole("row", { name: new RegExp(name) }).locator("td .mono").first().innerText();
    shop.username = await value("MEMCACHIER_USERNAME");
    shop.password = await value("MEMCACHIER_PASSWORD");
    expect((await value("MEMCACHIER_SERVERS")).endsWith(`:${shop.port}`), "another server");
    shop.client = await Memcache.login(shop.port, shop.username, shop.password);
    expect(shop.client.greeting === "STORED", `the login was answered by ${shop.client.greeting}`);
  });
  await person.axe("connect");
  return shop;
}
