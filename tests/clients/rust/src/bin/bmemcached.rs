//! The crate bmemcached: the binary protocol without a login, so it gets a credential's own
//! port. It has neither multi-get nor cas.
use std::cell::Cell;
use std::time::Instant;

use bmemcached::MemcachedClient;
use checks::{ask_for_restart, expect, refused, setting, skip, Outcome, KEY};

fn connect(server: &str) -> MemcachedClient {
    MemcachedClient::new(vec![server], 1).expect("a server that listens")
}

fn key(name: &str) -> String {
    format!("{KEY}{name}")
}

fn holds(client: &MemcachedClient, name: &str, wanted: &str) -> Outcome {
    let value: String = client.get(key(name))?;
    expect(value.as_str(), wanted)
}

fn misses(client: &MemcachedClient, name: &str) -> Outcome {
    refused(client.get::<_, String>(key(name)))
}

fn read_only(client: &MemcachedClient) -> Outcome {
    let reader = connect(&setting("READONLY_SERVERS")?);
    holds(&reader, "a", "value a")?;
    refused(reader.set(key("a"), "written", 0))?;
    holds(client, "a", "value a")
}

fn too_large(client: &MemcachedClient) -> Outcome {
    let value = checks::too_large();
    refused(client.set(key("big"), value.as_slice(), 0))?;
    client.set(key("after-big"), "still here", 0)?;
    holds(client, "after-big", "still here")
}

/// This client never replaces a connection that broke, whatever the server: a new one is made, as
/// its users must.
fn restart(_: &MemcachedClient) -> Outcome {
    ask_for_restart()?;
    let client = connect(&server());
    client.set(key("back"), "again", 0)?;
    holds(&client, "back", "again")?;
    misses(&client, "a")
}

fn server() -> String {
    std::env::var("MEMCACHIER_SERVERS").unwrap_or_default()
}

fn main() {
    let client = connect(&server());
    let expiring_since = Cell::new(Instant::now());
    let c = &client;
    checks::run(&mut [
        ("authenticate", &mut || {
            skip("the client cannot authenticate")
        }),
        ("set", &mut || {
            c.set(key("expiry"), "soon gone", checks::EXPIRY_SECONDS)?;
            expiring_since.set(Instant::now());
            holds(c, "expiry", "soon gone")?;
            c.set(key("a"), "value a", 0)?;
            c.set(key("b"), "value b", 0)?;
            Ok(c.set(key("empty"), "", 0)?)
        }),
        ("get", &mut || {
            holds(c, "a", "value a")?;
            holds(c, "empty", "")?;
            misses(c, "missing")
        }),
        ("multi_get", &mut || skip("the client has no multi-get")),
        ("cas", &mut || skip("the client has no cas")),
        ("incr", &mut || {
            let _ = c.delete(key("n"));
            expect(c.increment(key("n"), 5, 10, 0)?, 10)?;
            expect(c.increment(key("n"), 5, 10, 0)?, 15)
        }),
        ("decr", &mut || {
            expect(c.decrement(key("n"), 6, 0, 0)?, 9)?;
            expect(c.decrement(key("n"), 60, 0, 0)?, 0)
        }),
        ("delete", &mut || {
            c.delete(key("b"))?;
            misses(c, "b")
        }),
        ("too_large", &mut || too_large(c)),
        ("read_only", &mut || read_only(c)),
        ("wrong_password", &mut || {
            skip("the client cannot authenticate")
        }),
        ("expiry", &mut || {
            checks::wait_for_expiry(expiring_since.get());
            misses(c, "expiry")
        }),
        ("restart", &mut || restart(c)),
    ]);
}
