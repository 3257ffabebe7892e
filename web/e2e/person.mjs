// Somebody at a browser who works with a service: one page, what was asked of other hosts, what broke.
import { problemsOf } from "./accessibility.mjs";
import { launch } from "./browser.mjs";
import { check, expect } from "./checks.mjs";

export const PASSWORD = "a sentence is a good password";

export class Person {
  outside = []; // addresses of other hosts that were asked for
  broken = []; // errors of scripts, and what the policy forbade
  errors = []; // what the console shows in red

  static async at(service) {
    const person = new Person();
    person.service = service;
    person.browser = await launch();
    person.context = await person.browser.newContext({
      reducedMotion: "reduce",
      viewport: { width: 1280, height: 900 },
    });
    person.page = await person.context.newPage();
    person.page.setDefaultTimeout(60_000); // passwords are slow to hash on a busy machine
    person.watch();
    return person;
  }

  watch() {
    this.page.on("request", (request) => {
      const url = request.url();
      if (!url.startsWith(this.service.url) && !/^(data|blob):/.test(url)) this.outside.push(url);
    });
    this.page.on("pageerror", (error) => this.broken.push(error.message));
    this.page.on("console", (message) => {
      if (message.type() === "error") this.errors.push(message.text());
      if (/Content Security Policy/.test(message.text())) this.broken.push(message.text());
    });
  }

  goto(path) {
    return this.page.goto(this.service.url + path);
  }

  button(name) {
    return this.page.getByRole("button", { name, exact: true });
  }

  link(name) {
    return this.page.getByRole("link", { name, exact: true });
  }

  tab(name) {
    return this.page.getByRole("tab", { name, exact: true }).click();
  }

  seen(text) {
    return this.page.getByText(text).first().waitFor();
  }

  dialog() {
    return this.page.getByRole("dialog");
  }

  // Types what a dialog wants to be typed, and does it.
  async confirm(word, label) {
    await this.page.getByRole("textbox", { name: `Type ${word} to confirm` }).fill(word);
    await this.dialog().getByRole("button", { name: label }).click();
    await this.dialog().waitFor({ state: "detached" });
  }

  async signOut() {
    await this.page.getByRole("button", { name: /^Signed in as/ }).click();
    await this.page.getByRole("menuitem", { name: "Sign out" }).click();
    await this.page.getByRole("heading", { name: "Sign in" }).waitFor();
  }

  // The status of a GET of the admin API, as this person.
  statusOf(path) {
    return this.page.evaluate((url) => fetch(url).then(({ status }) => status), `/api/admin/v1${path}`);
  }

  axe(name) {
    return check(`axe finds nothing serious on: ${name}`, async () => {
      const problems = await problemsOf(this.page);
      expect(problems.length === 0, problems.join("\n"));
    });
  }
}
