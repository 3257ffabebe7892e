//! The crate memcache: binary with SASL PLAIN, or ASCII with upstream's login (any key, value
//! `USERNAME PASSWORD`), as the first argument says.
use std::cell::Cell;
use std::collections::HashMap;
use std::time::{Duration, Instant};

use checks::{ask_for_restart, expect, refused, setting, skip, Outcome, Stop, KEY};
use memcache::{Client, MemcacheError};

/// The crate logs in while it connects, so a wrong password already fails here.
fn connect(username: &str, password: &str) -> Result<Client, MemcacheError> {
    let server = std::env::var("MEMCACHIER_SERVERS").unwrap_or_default();
    let protocol = protocol();
    let client = Client::connect(format!(
        "memcache://{username}:{password}@{server}?protocol={protocol}&connect_timeout=2"
    ))?;
    client.set_read_timeout(Some(Duration::from_secs(5)))?;
    Ok(client)
}

fn key(name: &str) -> String {
    format!("{KEY}{name}")
}

fn holds(client: &Client, name: &str, wanted: Option<&str>) -> Outcome {
    expect(client.get::<String>(&key(name))?.as_deref(), wanted)
}

fn multi_get(client: &Client) -> Outcome {
    let names = [key("a"), key("missing"), key("b")];
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let values: HashMap<String, String> = client.gets(&names)?;
    let wanted = [("a", "value a"), ("b", "value b")];
    expect(
        values,
        wanted
            .iter()
            .map(|(name, value)| (key(name), value.to_string()))
            .collect(),
    )
}

fn cas(client: &Client) -> Outcome {
    let found: HashMap<String, (Vec<u8>, u32, Option<u64>)> = client.gets(&[&key("a")])?;
    let token = match found.get(&key("a")) {
        Some((_, _, Some(token))) => *token,
        _ => return Err(Stop::Failed("no cas came back".to_string())),
    };
    expect(client.cas(&key("a"), "value a2", 0, token)?, true)?;
    expect(client.cas(&key("a"), "never", 0, token)?, false)?;
    holds(client, "a", Some("value a2"))
}

fn read_only(client: &Client) -> Outcome {
    let reader = connect(
        &setting("READONLY_USERNAME")?,
        &setting("READONLY_PASSWORD")?,
    )?;
    holds(&reader, "a", Some("value a2"))?;
    let answer = reader.set(&key("a"), "written", 0);
    if protocol() == "binary" {
        // Over ASCII the crate drops the answer NOT_STORED, whoever gives it.
        refused(answer)?;
    }
    holds(client, "a", Some("value a2"))
}

fn protocol() -> String {
    std::env::args()
        .nth(1)
        .unwrap_or_else(|| "binary".to_string())
}

fn wrong_password(client: &Client, username: &str) -> Outcome {
    let wrong = setting("WRONG_PASSWORD")?;
    refused(connect(username, &wrong).and_then(|it| it.set(&key("a"), "stolen", 0)))?;
    holds(client, "a", Some("value a2"))
}

fn too_large(client: &Client) -> Outcome {
    refused(client.set(&key("big"), checks::too_large().as_slice(), 0))?;
    client.set(&key("after-big"), "still here", 0)?;
    holds(client, "after-big", Some("still here"))
}

fn restart(client: &Client) -> Outcome {
    ask_for_restart()?;
    checks::wait_until_back(|| client.set(&key("back"), "again", 0))?;
    holds(client, "back", Some("again"))?;
    holds(client, "a", None)
}

fn main() {
    let username = std::env::var("MEMCACHIER_USERNAME").unwrap_or_default();
    let password = std::env::var("MEMCACHIER_PASSWORD").unwrap_or_default();
    let client = match connect(&username, &password) {
        Ok(client) => client,
        Err(why) => {
            println!("not ok authenticate: {why}");
            std::process::exit(1);
        }
    };
    let expiring_since = Cell::new(Instant::now());
    let c = &client;
    checks::run(&mut [
        ("authenticate", &mut || match username.as_str() {
            "" => skip("this server offers no MEMCACHIER_USERNAME"),
            _ => Ok(c.set(&key("login"), "first", 0)?),
        }),
        ("set", &mut || {
            c.set(&key("expiry"), "soon gone", checks::EXPIRY_SECONDS)?;
            expiring_since.set(Instant::now());
            holds(c, "expiry", Some("soon gone"))?;
            c.set(&key("a"), "value a", 0)?;
            c.set(&key("b"), "value b", 0)?;
            Ok(c.set(&key("empty"), "", 0)?)
        }),
        ("get", &mut || {
            holds(c, "a", Some("value a"))?;
            holds(c, "empty", Some(""))?;
            holds(c, "missing", None)
        }),
        ("multi_get", &mut || multi_get(c)),
        ("cas", &mut || cas(c)),
        ("incr", &mut || {
            c.set(&key("n"), "10", 0)?;
            expect(c.increment(&key("n"), 5)?, 15)
        }),
        ("decr", &mut || {
            expect(c.decrement(&key("n"), 6)?, 9)?;
            expect(c.decrement(&key("n"), 60)?, 0)
        }),
        ("delete", &mut || {
            expect(c.delete(&key("b"))?, true)?;
            holds(c, "b", None)
        }),
        ("too_large", &mut || too_large(c)),
        ("read_only", &mut || read_only(c)),
        ("wrong_password", &mut || wrong_password(c, &username)),
        ("expiry", &mut || {
            checks::wait_for_expiry(expiring_since.get());
            holds(c, "expiry", None)
        }),
        ("restart", &mut || restart(c)),
    ]);
}
