// What the service has kept and told meanwhile, and what survives a restart and a session's end: the last
// part of the way that flow.mjs goes.
import { readFileSync } from "node:fs";
import { check, expect, until } from "./checks.mjs";
import { PASSWORD } from "./person.mjs";

export async function comeBack(person, service, shop) {
  await theAccount(person);
  await theChart(person, shop);
  await aRestart(person, service);
  await aSessionsEnd(person);
  await theOperatorsToken(person, service);
}

async function theAccount(person) {
  for (const path of ["profile", "security", "tokens", "teams", "invoices"]) {
    await person.goto(`/account/${path}`);
    await person.page.waitForLoadState("networkidle");
    await person.axe(`account: ${path}`);
  }
}

async function theChart(person, shop) {
  const { page } = person;
  const told = (chart) =>
    page.evaluate((name) => document.querySelector(`[role="img"][aria-label^="${name}"]`)?.ariaLabel ?? "", chart);
  await check("the minute's sample is in the chart", async () => {
    await person.goto(`/caches/${shop.id}/analytics?left=request_rate&right=items`);
    await until("it is drawn", async () => {
      const label = await told("request rate and items over time");
      return /request rate: .*last [1-9]/.test(label);
    }, 150_000);
    expect(/p99: .*last [\d.]+ .?s/.test(await told("Latency over time")), "latency is not told");
    const download = page.waitForEvent("download");
    await person.button("Download CSV").click();
    const file = await download;
    expect(file.suggestedFilename() === `cache-${shop.id}.csv`, "the CSV has another name");
    const [head, ...rows] = readFileSync(await file.path(), "utf8").trim().split("\r\n");
    const columns = "time,request_rate (per second),items (items),latency_p50 (nanoseconds),latency_p99 (nanoseconds)";
    expect(head === columns && rows.some((row) => /,[\d.]+$/.test(row)), `the CSV begins ${head}`);
  });
  await person.axe("analytics");
}

async function aRestart(person, service) {
  const { page } = person;
  await check("a restart of the service loses nothing that was typed", async () => {
    await person.goto("/caches/new");
    await page.getByLabel("Name").fill("typed before");
    await service.end();
    await page.evaluate(() => window.dispatchEvent(new Event("visibilitychange")));
    await person.button("Create typed before").click();
    await person.seen("The service does not answer.");
    await service.again();
    expect((await page.getByLabel("Name").inputValue()) === "typed before", "it is gone");
  });
}

async function aSessionsEnd(person) {
  const { page, context } = person;
  await check("nor does a session that ends", async () => {
    await page.getByLabel("Name").fill("typed-later");
    await page.getByRole("radio", { name: /^dev:/ }).check();
    await context.clearCookies();
    await person.button("Create typed-later").click();
    const dialog = page.getByRole("dialog", { name: "Your session has ended" });
    await dialog.getByLabel("E-mail address").fill("ada@example.org");
    await dialog.getByRole("textbox", { name: "Password" }).fill(PASSWORD);
    await dialog.getByRole("button", { name: "Sign in" }).click();
    await person.seen("Three variables");
    await page.getByRole("heading", { name: "typed-later" }).waitFor();
  });
}

async function theOperatorsToken(person, service) {
  const { page } = person;
  await check("the operator's token signs in, and sees every cache", async () => {
    await person.signOut();
    await page.getByText("Operator token", { exact: true }).click();
    await page.getByRole("textbox", { name: "Operator token" }).fill(await service.operatorToken());
    await person.button("Sign in").click();
    for (const name of ["first", "shop", "typed-later"]) await person.link(name).waitFor();
  });
  await check("an operator sees the node's load and memory", async () => {
    await person.goto("/admin/nodes");
    await page.getByRole("progressbar", { name: /^Load of / }).waitFor();
    await person.seen(/resident$/);
  });
  await person.axe("nodes");
  await check("the installation's alert has fired too", async () => {
    await person.goto("/admin/alerts");
    await page.getByText("firing", { exact: true }).waitFor();
    await page.getByRole("table", { name: "What fired" }).getByText("fired").waitFor();
  });
}
