// How each language and framework connects. The code is that of examples/, which the tests run;
// tools/snippets carries it here. It reads the three variables, so it is the same text for everybody;
// what cannot read them (a hand, stunnel) has one's own values in it. What the tests cannot run comes from
// the guide, which says so; it too has one's own values where it does not read the variables.
import carried from "./snippets.json";

export interface Snippet {
  id: string;
  language: string;
  title: string; // the framework, or the client where there is none
  install: string; // a command, or empty
  code: string;
  lead?: string; // of what is tried by hand: that the tests do not run it, and where the code goes
  note?: string;
}

export interface Variables {
  servers: string;
  tlsServers: string;
  username: string;
  password: string;
  ownPort: number; // where a client without a login is a credential that may write; 0: nowhere
}

// With one's own values where the code cannot read the environment; an example's stays as it is.
export function codeOf(snippet: Snippet, variables: Variables): string {
  return BY_HAND.includes(snippet) || snippet.lead !== undefined ? filled(snippet.code, variables) : snippet.code;
}

function filled(code: string, variables: Variables): string {
  const { servers, tlsServers, username, password, ownPort } = variables;
  const first = servers.split(",")[0] ?? "";
  const [host = "", port = "11211"] = first.split(/:(?=\d+$)/);
  return code
    .replaceAll("{servers}", servers)
    .replaceAll("{tls_server}", tlsServers.split(",")[0] ?? "")
    .replaceAll("{host}", host)
    .replaceAll("{port}", port)
    .replaceAll("{own_address}", `${host}:${ownPort || "PORT"}`)
    .replaceAll("{username}", username)
    .replaceAll("{username_bytes}", String(username.length + password.length + 1))
    .replaceAll("{password}", password);
}

const BY_HAND: Snippet[] = [
  {
    id: "telnet",
    language: "Telnet",
    title: "by hand",
    install: "",
    code: `telnet {host} {port}
set login 0 0 {username_bytes}
{username} {password}
set greeting 0 60 5
hello
get greeting
quit`,
    note: "The first command logs in: its value is the username, a space and the password.",
  },
  {
    id: "stunnel",
    language: "TLS",
    title: "stunnel",
    install: "apt install stunnel4",
    code: `; /etc/stunnel/memcache.conf: clients connect to 127.0.0.1:11211
[memcache]
client = yes
accept = 127.0.0.1:11211
connect = {tls_server}
CAfile = /etc/stunnel/ca.pem
verifyChain = yes`,
  },
];

export const SNIPPETS: Snippet[] = [...(carried as Snippet[]), ...BY_HAND];
