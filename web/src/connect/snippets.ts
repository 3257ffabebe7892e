// How each language and framework connects: code that reads the three variables, so that it is the same
// text for everybody; the page shows one's own values beside it.

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

// What stands for the cache's own values in code that cannot read the environment.
export function filled(code: string, variables: Variables): string {
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

export const SNIPPETS: Snippet[] = [
  {
    id: "ruby-dalli",
    language: "Ruby",
    title: "Dalli",
    install: "gem install dalli",
    code: `require "dalli"

cache = Dalli::Client.new(
  ENV["MEMCACHIER_SERVERS"].split(","),
  username: ENV["MEMCACHIER_USERNAME"],
  password: ENV["MEMCACHIER_PASSWORD"],
  failover: true, socket_timeout: 1.5, socket_failure_delay: 0.2, down_retry_delay: 60
)

cache.set("greeting", "hello", 60)
puts cache.get("greeting")`,
  },
  {
    id: "ruby-rails",
    language: "Ruby",
    title: "Rails",
    install: "bundle add dalli",
    code: `# config/environments/production.rb
config.cache_store = :mem_cache_store,
  *ENV["MEMCACHIER_SERVERS"].split(","),
  { username: ENV["MEMCACHIER_USERNAME"],
    password: ENV["MEMCACHIER_PASSWORD"],
    failover: true, socket_timeout: 1.5, socket_failure_delay: 0.2, down_retry_delay: 60,
    pool: { size: ENV.fetch("RAILS_MAX_THREADS", 5).to_i } }`,
  },
  {
    id: "python-bmemcached",
    language: "Python",
    title: "python-binary-memcached",
    install: "pip install python-binary-memcached",
    code: `import os
import bmemcached

cache = bmemcached.Client(
    os.environ["MEMCACHIER_SERVERS"].split(","),
    os.environ["MEMCACHIER_USERNAME"],
    os.environ["MEMCACHIER_PASSWORD"],
)
cache.set("greeting", "hello", time=60)
print(cache.get("greeting"))`,
  },
  {
    id: "python-django",
    language: "Python",
    title: "Django",
    install: "pip install django-bmemcached",
    code: `# settings.py
import os

CACHES = {
    "default": {
        "BACKEND": "django_bmemcached.memcached.BMemcached",
        "TIMEOUT": None,
        "LOCATION": os.environ["MEMCACHIER_SERVERS"],
        "OPTIONS": {
            "username": os.environ["MEMCACHIER_USERNAME"],
            "password": os.environ["MEMCACHIER_PASSWORD"],
        },
    }
}`,
  },
  {
    id: "php-memcached",
    language: "PHP",
    title: "memcached extension",
    install: "pecl install memcached",
    code: `<?php
$cache = new Memcached("main");  // kept between requests
$cache->setOption(Memcached::OPT_BINARY_PROTOCOL, true);
$cache->setOption(Memcached::OPT_TCP_NODELAY, true);
$cache->setSaslAuthData(getenv("MEMCACHIER_USERNAME"), getenv("MEMCACHIER_PASSWORD"));
if (!$cache->getServerList()) {
    foreach (explode(",", getenv("MEMCACHIER_SERVERS")) as $server) {
        [$host, $port] = explode(":", $server) + [1 => 11211];
        $cache->addServer($host, (int) $port);
    }
}
$cache->set("greeting", "hello", 60);
echo $cache->get("greeting");`,
  },
  {
    id: "node-memjs",
    language: "Node.js",
    title: "memjs",
    install: "npm install memjs",
    code: `import memjs from "memjs";

// Reads MEMCACHIER_SERVERS, MEMCACHIER_USERNAME and MEMCACHIER_PASSWORD.
const cache = memjs.Client.create();

await cache.set("greeting", "hello", { expires: 60 });
const { value } = await cache.get("greeting");
console.log(value.toString());`,
  },
  {
    id: "java-spymemcached",
    language: "Java",
    title: "spymemcached",
    install: "",
    code: `// net.spy:spymemcached:2.12.3
AuthDescriptor login = new AuthDescriptor(new String[] {"PLAIN"},
    new PlainCallbackHandler(System.getenv("MEMCACHIER_USERNAME"),
                             System.getenv("MEMCACHIER_PASSWORD")));
MemcachedClient cache = new MemcachedClient(
    new ConnectionFactoryBuilder()
        .setProtocol(ConnectionFactoryBuilder.Protocol.BINARY)
        .setAuthDescriptor(login).build(),
    AddrUtil.getAddresses(System.getenv("MEMCACHIER_SERVERS").replace(",", " ")));
cache.set("greeting", 60, "hello").get();
System.out.println(cache.get("greeting"));`,
  },
  {
    id: "go-mc",
    language: "Go",
    title: "mc",
    install: "go get github.com/memcachier/mc/v3",
    code: `cache := mc.NewMC(os.Getenv("MEMCACHIER_SERVERS"),
    os.Getenv("MEMCACHIER_USERNAME"), os.Getenv("MEMCACHIER_PASSWORD"))
defer cache.Quit()

if _, err := cache.Set("greeting", "hello", 0, 60, 0); err != nil {
    log.Fatal(err)
}
value, _, _, err := cache.Get("greeting")`,
  },
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
