// A person's way through the dashboard of a real service, with a real memcache client beside it. History
// has a point a minute: what waits for that comes last, so that it has happened meanwhile.
import { check, expect, finish } from "./checks.mjs";
import { enter } from "./flow_enter.mjs";
import { comeBack } from "./flow_return.mjs";
import { work } from "./flow_work.mjs";
import { Person } from "./person.mjs";
import { Service } from "./service.mjs";

const service = await Service.start();
const person = await Person.at(service);
const shop = await enter(person, service);

let isLoading = true;
const load = (async () => {
  for (let i = 0; isLoading; i = (i + 1) % 500) {
    const { client } = shop;
    if (!client.isClosed && !(await client.get(`page:${i}`))) await client.set(`page:${i}`, "x".repeat(2000));
    await new Promise((go) => setTimeout(go, 2));
  }
})();

await work(person, shop);
await comeBack(person, service, shop);
await check("nothing was asked of another host, and nothing broke the policy", async () => {
  expect(person.outside.length === 0, person.outside.join("\n"));
  expect(person.broken.length === 0, person.broken.join("\n"));
});

isLoading = false;
await load;
shop.client.quit();
await person.browser.close();
await service.remove();
finish();
