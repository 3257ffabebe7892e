import { afterEach, describe, expect, it, vi } from "vitest";
import { onSessionEnd, request, ServiceError, setCsrfToken, setOperatorToken } from "./client";

function answers(...responses: Response[]) {
  const sent: { url: string; init: RequestInit }[] = [];
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    sent.push({ url, init });
    const next = responses.shift();
    if (next === undefined) throw new TypeError("refused");
    return next;
  });
  return sent;
}

const json = (status: number, value: unknown, headers = {}) =>
  new Response(JSON.stringify(value), { status, headers });
const refusal = () => json(401, { error: { code: "unauthorized", message: "who are you" } });

afterEach(() => {
  vi.unstubAllGlobals();
  onSessionEnd(null);
  setCsrfToken(null);
  setOperatorToken(null);
});

describe("a request", () => {
  it("carries the session's CSRF value on changes alone", async () => {
    const sent = answers(json(200, {}), json(200, {}));
    setCsrfToken("secret");
    await request("/caches");
    await request("/caches", { method: "POST", body: { name: "shop" } });
    expect(sent[0]?.init.headers).not.toHaveProperty("X-CSRF-Token");
    expect(sent[1]?.init.headers).toMatchObject({ "X-CSRF-Token": "secret" });
    expect(sent[1]?.url).toBe("/api/admin/v1/caches");
  });

  it("carries the operator's token in place of it", async () => {
    const sent = answers(json(200, {}));
    setCsrfToken("secret");
    setOperatorToken("operator");
    await request("/caches", { method: "POST" });
    expect(sent[0]?.init.headers).toMatchObject({ Authorization: "Bearer operator" });
    expect(sent[0]?.init.headers).not.toHaveProperty("X-CSRF-Token");
  });

  it("fails with the service's words as a sentence, and when to come again", async () => {
    answers(json(429, { error: { code: "busy", message: "too many tries" } }, { "Retry-After": "7" }));
    const error = await request("/sign_in").catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ServiceError);
    expect(error).toMatchObject({ status: 429, message: "Too many tries.", retryAfterSeconds: 7 });
  });

  it("tells a service that is away from one that refuses", async () => {
    answers();
    const error = await request("/caches").catch((thrown: unknown) => thrown);
    expect((error as ServiceError).isUnreachable).toBe(true);
  });
});

describe("a session that has ended", () => {
  it("is asked for once, and what waited is sent again", async () => {
    const sent = answers(refusal(), refusal(), json(200, { n: 1 }), json(200, { n: 2 }));
    let asked = 0;
    onSessionEnd(async () => {
      asked += 1;
      setCsrfToken("new");
      await Promise.resolve();
    });
    const both = await Promise.all([
      request("/caches", { method: "POST", body: { name: "typed" } }),
      request("/teams", { method: "POST", body: {} }),
    ]);
    expect(asked).toBe(1);
    expect(both).toEqual([{ n: 1 }, { n: 2 }]);
    expect(sent[2]?.init.body).toBe('{"name":"typed"}');
    expect(sent[2]?.init.headers).toMatchObject({ "X-CSRF-Token": "new" });
  });

  it("is not asked for where one signs in", async () => {
    answers(refusal());
    onSessionEnd(() => Promise.reject(new Error("must not be asked")));
    const error = await request("/sign_in", { mayAsk: false }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ status: 401 });
  });
});
