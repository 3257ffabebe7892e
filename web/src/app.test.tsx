// Pages as a person uses them, over the fake service of the storybook.
import { QueryClient } from "@tanstack/react-query";
import { cleanup, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeService } from "../storybook/fake_service";
import type { WorldName } from "../storybook/worlds";
import { setOperatorToken } from "./api/client";
import { App } from "./app";

let sent: { method: string; path: string; body: unknown }[] = [];
let isStranger = false; // nobody is signed in until somebody signs in
let refusals = 0; // how many changes are answered by 401 first

function open(path: string, world: WorldName) {
  const service = new FakeService(world);
  sent = [];
  vi.stubGlobal("fetch", async (url: string, init: RequestInit = {}) => {
    const method = init.method ?? "GET";
    if (method !== "GET" && refusals > 0 && !url.endsWith("/sign_in")) {
      refusals -= 1;
      return new Response('{"error":{"code":"unauthorized","message":"signed out"}}', { status: 401 });
    }
    if (method !== "GET") {
      const body = typeof init.body === "string" ? (JSON.parse(init.body) as unknown) : null;
      sent.push({ method, path: url.replace("/api/admin/v1", ""), body });
    }
    if (url.endsWith("/sign_in")) {
      isStranger = false;
      return new Response('{"account":{},"csrf_token":"new"}');
    }
    if (url.endsWith("/caller") && isStranger) return new Response('{"me":null}');
    return service.fetch(url, init);
  });
  history.pushState(null, "", path);
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(<App client={client} nonce="" />);
  return { client, user: userEvent.setup() };
}

beforeEach(() => {
  refusals = 0;
  isStranger = false;
});
afterEach(() => {
  vi.unstubAllGlobals();
  setOperatorToken(null);
});

describe("the list of caches", () => {
  it("invites to create the first one where there is none", async () => {
    open("/caches", "empty");
    expect(await screen.findByText("Create your first cache")).toBeTruthy();
  });

  it("holds two thousand without as many rows in the page, and finds one", async () => {
    const { user } = open("/caches", "huge");
    const table = await screen.findByRole("table", { name: "Caches" });
    expect(table.getAttribute("aria-rowcount")).toBe("2001");
    expect(within(table).getAllByRole("row").length).toBeLessThan(60);
    await user.click(screen.getByRole("textbox", { name: "Search caches" }));
    await user.paste("tenant-1234");
    await waitFor(() => expect(within(table).getByRole("link", { name: "tenant-1234" })).toBeTruthy());
    expect(screen.getByText("1 of 2,000")).toBeTruthy();
  });
});

describe("a new cache", () => {
  it("is created with the plan that was chosen", async () => {
    const { user } = open("/caches/new", "normal");
    await user.type(await screen.findByRole("textbox", { name: /Name/ }), "basket");
    await user.click(screen.getByRole("radio", { name: /^500:/ }));
    await user.click(screen.getByRole("button", { name: "Create basket" }));
    await waitFor(() => expect(location.pathname).toBe("/caches/100900/connect"));
    expect(sent).toEqual([
      { method: "POST", path: "/caches", body: { name: "basket", plan: "500" } },
    ]);
  });
});

describe("what destroys", () => {
  it("asks for the cache's name first", async () => {
    const { user } = open("/caches/100001/settings", "normal");
    await user.click(await screen.findByRole("button", { name: "Flush" }));
    const dialog = await screen.findByRole("dialog", { name: "Flush shop?" });
    const button = within(dialog).getByRole<HTMLButtonElement>("button", { name: "Flush" });
    expect(button.disabled).toBe(true);
    await user.type(within(dialog).getByRole("textbox", { name: "Type shop to confirm" }), "shop");
    await user.click(button);
    await waitFor(() => expect(sent).toHaveLength(1));
    expect(sent[0]).toMatchObject({ method: "POST", path: "/caches/100001/flush" });
  });
});

describe("whose a cache is", () => {
  it("is told where caches of several teams are listed", async () => {
    open("/caches", "huge");
    const table = await screen.findByRole("table", { name: "Caches" });
    expect(within(table).getByRole("columnheader", { name: "Team" })).toBeTruthy();
    cleanup();
    open("/caches", "normal");
    const own = await screen.findByRole("table", { name: "Caches" });
    expect(within(own).queryByRole("columnheader", { name: "Team" })).toBeNull();
  });
});

describe("what is not done by accident", () => {
  it("is asked before", async () => {
    const { user } = open("/account/tokens", "normal");
    await user.click(await screen.findByRole("button", { name: "Delete token deploy" }));
    const dialog = await screen.findByRole("dialog", { name: "Delete the token deploy?" });
    expect(sent).toEqual([]);
    await user.click(within(dialog).getByRole("button", { name: "Delete it" }));
    await waitFor(() => expect(sent).toEqual([{ method: "DELETE", path: "/account/tokens/1", body: null }]));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  });
});

describe("a dialog", () => {
  it("gives the focus back to what opened it", async () => {
    const { user } = open("/caches/100001/settings", "normal");
    const opener = await screen.findByRole("button", { name: "Flush" });
    await user.click(opener);
    const dialog = await screen.findByRole("dialog", { name: "Flush shop?" });
    await user.click(within(dialog).getByRole("button", { name: "Cancel" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(document.activeElement).toBe(opener);
  });
});

describe("a session that ends in the middle of work", () => {
  it("is asked for over the page, and nothing typed is lost", async () => {
    const { user } = open("/caches/new", "normal");
    const name = await screen.findByRole<HTMLInputElement>("textbox", { name: /Name/ });
    await user.type(name, "basket");
    refusals = 1;
    await user.click(screen.getByRole("button", { name: "Create basket" }));
    const dialog = await screen.findByRole("dialog", { name: "Your session has ended" });
    expect(name.value).toBe("basket");
    const email = within(dialog).getByRole<HTMLInputElement>("textbox", { name: /E-mail/ });
    expect(email.value).toBe("ada@example.org");
    await user.type(within(dialog).getByLabelText(/^Password/), "a long sentence");
    await user.click(within(dialog).getByRole("button", { name: "Sign in" }));
    await waitFor(() => expect(location.pathname).toBe("/caches/100900/connect"));
    expect(sent.map(({ path }) => path)).toEqual(["/sign_in", "/caches"]);
    expect(sent[1]?.body).toEqual({ name: "basket", plan: "dev" });
  });
});

describe("signing in", () => {
  it("offers to sign up, also where the page was loaded before", async () => {
    isStranger = true;
    open("/sign-in", "normal");
    await screen.findByRole("link", { name: "Sign up" });
    cleanup();
    open("/sign-in", "normal");
    expect(await screen.findByRole("link", { name: "Sign up" })).toBeTruthy();
  });

  it("leads to the page that one wanted", async () => {
    isStranger = true;
    const { user } = open("/caches?q=shop", "normal");
    await user.type(await screen.findByRole("textbox", { name: /E-mail/ }), "ada@example.org");
    await user.type(screen.getByLabelText(/^Password/), "a long sentence");
    await user.click(screen.getByRole("button", { name: "Sign in" }));
    expect(await screen.findByRole("link", { name: "shop" })).toBeTruthy();
    await waitFor(() => expect(location.search).toBe("?q=shop"));
  });
});

describe("a new credential", () => {
  it("is made with the rights that were left ticked", async () => {
    const { user } = open("/caches/100001/credentials", "normal");
    await user.click(await screen.findByRole("button", { name: "Create a credential" }));
    const dialog = await screen.findByRole("dialog", { name: "Create a credential" });
    await user.click(within(dialog).getByRole("checkbox", { name: "May flush" }));
    expect(sent).toEqual([]);
    await user.click(within(dialog).getByRole("button", { name: "Create it" }));
    await waitFor(() => expect(sent).toHaveLength(1));
    expect(sent[0]?.path).toBe("/caches/100001/credentials");
    expect(sent[0]?.body).toEqual({ write: true, flush: false, api: true });
  });
});

describe("an address that is no tab", () => {
  it("leads to the first tab, once", async () => {
    open("/account/nonsense/profile", "normal");
    await waitFor(() => expect(location.pathname).toBe("/account/profile"));
    expect(await screen.findByRole("tab", { name: "Profile", selected: true })).toBeTruthy();
  });
});

describe("a new password", () => {
  it("is asked for again before it is sent where it is too short", async () => {
    const { user } = open("/reset#secret", "stranger");
    const field = await screen.findByLabelText<HTMLInputElement>(/^New password/);
    await user.type(field, "123456789");
    await user.click(screen.getByRole("button", { name: "Set the password" }));
    expect(field.validationMessage).toBe("A password has 10 to 1024 characters; this one has 9.");
    expect(sent).toEqual([]);
    await user.type(field, "0");
    await user.click(screen.getByRole("button", { name: "Set the password" }));
    await waitFor(() => expect(sent.map(({ path }) => path)).toEqual(["/password/reset/confirm"]));
  });

  it("is not promised by mail where no mail is sent", async () => {
    open("/reset", "stranger");
    expect(await screen.findByText(/sends no mail/)).toBeTruthy();
    expect(screen.queryByRole("button", { name: "Send me a link" })).toBeNull();
  });
});

describe("signing out", () => {
  it("forgets everything that was known", async () => {
    const { user, client } = open("/caches", "normal");
    await screen.findByRole("link", { name: "shop" });
    await user.click(screen.getByRole("button", { name: /Signed in as/ }));
    // jsdom lays nothing out, so the menu soon thinks that what it hangs on is out of sight, and hides.
    await user.click(await screen.findByRole("menuitem", { name: "Sign out", hidden: true }));
    await waitFor(() => expect(location.pathname).toBe("/sign-in"));
    expect(location.search).toBe("");
    expect(client.getQueryData(["caches"])).toBeUndefined();
  });
});

describe("the overview", () => {
  it("says what is off and leads to what mends it", async () => {
    open("/caches/100001/overview", "degraded");
    const mend = await screen.findByRole("link", { name: "Change to 500 MiB" });
    expect(mend.getAttribute("href")).toBe("/caches/100001/settings?plan=500");
    expect(screen.getByText(/^Evicting .* items a minute/)).toBeTruthy();
  });
});

describe("how to connect", () => {
  it("says of what is tried by hand that the tests do not run it, and only of that", async () => {
    open("/caches/100001/connect?for=php-wordpress", "normal");
    const code = await screen.findByLabelText("Code for WordPress (object cache)");
    expect(code.textContent).toContain("['mc1.example.org:PORT']"); // none of its own is open for writing
    expect(screen.getByText(/^Not run by our tests/)).toBeTruthy();
    cleanup();
    open("/caches/100001/connect?for=php-symfony", "normal");
    await screen.findByLabelText("Code for Symfony cache (php-memcached)");
    expect(screen.queryByText(/Not run by our tests/)).toBeNull();
  });
});
