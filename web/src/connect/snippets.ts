// How each language and framework connects. The code is that of examples/, which the tests run;
// tools/snippets carries it here. It reads the three variables, so it is the same text for everybody;
// what cannot read them (a hand, stunnel) has one's own values in it.
import ofExamples from "./snippets.json";

export interface Snippet {
  id: string;
  language: string;
  title: string; // the framework, or the client where there is none
  install: string; // a command, or empty
  code: string;
  note?: string;
}

export interface Variables {
  servers: string;
  tlsServers: string;
  username: string;
  password: string;
}

// With one's own values where the code cannot read the environment; an example's stays as it is.
export function codeOf(snippet: Snippet, variables: Variables): string {
  return BY_HAND.includes(snippet) ? filled(snippet.code, variables) : snippet.code;
}

function filled(code: string, variables: Variables): string {
  const { servers, tlsServers, username, password } = variables;
  const first = servers.split(",")[0] ?? "";
  const [host = "", port = "11211"] = first.split(/:(?=\d+$)/);
  return code
    .replaceAll("{servers}", servers)
    .replaceAll("{tls_server}", tlsServers.split(",")[0] ?? "")
    .replaceAll("{host}", host)
    .replaceAll("{port}", port)
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

export const SNIPPETS: Snippet[] = [...(ofExamples as Snippet[]), ...BY_HAND];
