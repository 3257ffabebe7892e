import { expect, it } from "vitest";
import { codeOf, SNIPPETS, type Variables } from "./snippets";

const VARIABLES: Variables = {
  servers: "mc1.example.org:11211,mc2.example.org:11211",
  tlsServers: "mc1.example.org:11212",
  username: "shop",
  password: "secret",
  ownPort: 11_305,
};

function shown(id: string): string {
  const snippet = SNIPPETS.find((one) => one.id === id);
  return snippet === undefined ? "" : codeOf(snippet, VARIABLES);
}

it("puts one's own address where code cannot read the variables", () => {
  expect(shown("php-wordpress")).toContain("['mc1.example.org:11305']");
  expect(shown("haskell-memcache")).toContain("-- mc1.example.org\n");
  expect(shown("telnet")).toContain("telnet mc1.example.org 11211\nset login 0 0 11\n");
  expect(shown("stunnel")).toContain("connect = mc1.example.org:11212\n");
});

it("leaves code that reads them as the tests ran it", () => {
  const symfony = SNIPPETS.find(({ id }) => id === "php-symfony");
  expect(shown("php-symfony")).toBe(symfony?.code);
  expect(shown("php-cakephp")).toContain("env('MEMCACHIER_SERVERS')");
});

it("marks what is tried by hand", () => {
  const marked = SNIPPETS.filter(({ lead }) => lead?.includes("Not run by our tests"));
  expect(marked.map(({ id }) => id)).toEqual(["haskell-memcache", "php-cakephp", "php-wordpress"]);
});
