// A real `cachery serve` on free ports in a temporary directory, and a memcache client that speaks to it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { root } from "./browser.mjs";

const executable = process.env.CACHERY ?? join(root, "build/release/cachery");

export class Service {
  static async start() {
    const directory = await mkdtemp(join(tmpdir(), "cachery-e2e-"));
    const service = new Service(directory);
    await service.begin({ http: 0, memcache: 0 });
    return service;
  }

  constructor(directory) {
    this.directory = directory;
  }

  async begin({ http, memcache }) {
    const ports = ["--http-port", http, "--memcache-port", memcache, "--tls-port", 0];
    const settings = [...ports, "--alert-window", 10]; // judged every two seconds
    this.process = spawn(
      executable,
      ["serve", "--data-dir", join(this.directory, "data"), ...settings.map(String)],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    const lines = createInterface({ input: this.process.stdout });
    for await (const line of lines) {
      const ready = /^ready memcache=\S+:(\d+) .*http=(\S+)$/.exec(line);
      if (ready) {
        this.memcachePort = Number(ready[1]);
        this.url = `http://${ready[2]}`;
        if (this.operatorLink !== undefined) break;
      }
      const link = /^operator_link \S+?(\/operator#\S+)$/.exec(line);
      if (link) {
        this.operatorLink = this.url + link[1];
        break;
      }
    }
  }

  async end() {
    this.process.kill("SIGTERM");
    if (this.process.exitCode === null) await once(this.process, "exit");
  }

  // The same data on the same ports.
  async again() {
    await this.begin({ http: Number(new URL(this.url).port), memcache: this.memcachePort });
  }

  async remove() {
    await this.end();
    await rm(this.directory, { recursive: true, force: true });
  }

  operatorToken() {
    return readFile(join(this.directory, "data/operator.token"), "utf8").then((text) => text.trim());
  }
}

// The text protocol, one request at a time.
export class Memcache {
  static async login(port, username, password) {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    const client = new Memcache(socket);
    client.greeting = await client.set("login", `${username} ${password}`);
    return client;
  }

  constructor(socket) {
    this.socket = socket;
    this.rest = "";
    this.waiting = null;
    this.isClosed = false;
    socket.on("data", (data) => {
      this.rest += data.toString("latin1");
      this.look();
    });
    socket.on("close", () => {
      this.isClosed = true;
      this.waiting?.resolve("closed");
    });
    socket.on("error", () => undefined);
  }

  look() {
    const found = this.waiting?.pattern.exec(this.rest);
    if (!found) return;
    this.rest = this.rest.slice(found[0].length);
    const { resolve } = this.waiting;
    this.waiting = null;
    resolve(found[0].trim());
  }

  ask(text, pattern) {
    if (this.isClosed) return Promise.resolve("closed");
    return new Promise((resolve) => {
      this.waiting = { pattern, resolve };
      this.socket.write(text);
      this.look();
    });
  }

  set(key, value) {
    return this.ask(`set ${key} 0 0 ${value.length}\r\n${value}\r\n`, /^[^\n]*\n/);
  }

  // Whether it was there.
  async get(key) {
    const answer = await this.ask(`get ${key}\r\n`, /^(?:VALUE [^\n]*\n[^\n]*\n)?(?:END|[A-Z_]*ERROR[^\n]*)\r\n/);
    return answer.startsWith("VALUE");
  }

  // The same without the value: a meta get.
  async has(key) {
    return (await this.ask(`mg ${key}\r\n`, /^[^\n]*\n/)) === "HD";
  }

  quit() {
    this.socket.destroy();
  }
}
