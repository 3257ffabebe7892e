//! Counts visits and keeps the answers of a slow query, by the crate memcache.

// snippet: connect
use memcache::{Client, MemcacheError};
use std::env;
use std::time::Duration;

/// The crate logs in while it connects, by the address: memcache://USERNAME:PASSWORD@HOST:PORT.
fn connect() -> Result<Client, MemcacheError> {
    let servers = env::var("MEMCACHIER_SERVERS").unwrap_or_default();
    let login = [env::var("MEMCACHIER_USERNAME"), env::var("MEMCACHIER_PASSWORD")]
        .map(Result::unwrap_or_default)
        .join(":");
    let addresses: Vec<String> = servers
        .split(',')
        .map(|server| format!("memcache://{login}@{server}?protocol=binary&connect_timeout=1"))
        .collect();
    let client = Client::connect(addresses)?;
    client.set_read_timeout(Some(Duration::from_millis(750)))?;
    client.set_write_timeout(Some(Duration::from_millis(750)))?;
    Ok(client)
}

/// It connects when it is first needed and again after an error, since the service may be away
/// when the application starts.
#[derive(Default)]
struct Cache {
    client: Option<Client>,
}

impl Cache {
    /// The cache's answer; None when it is away or refuses.
    fn ask<T>(&mut self, call: impl FnOnce(&Client) -> Result<T, MemcacheError>) -> Option<T> {
        if self.client.is_none() {
            self.client = connect().ok();
        }
        let answer = call(self.client.as_ref()?);
        if matches!(answer, Err(MemcacheError::IOError(_))) {
            self.client = None;
        }
        answer.ok()
    }
}
// end snippet

// snippet: use
/// In place of your own.
fn slow_query(number: u64) -> u64 {
    number * number
}

fn square(cache: &mut Cache, number: u64) -> String {
    let key = format!("square:{number}");
    if let Some(Some(kept)) = cache.ask(|client| client.get::<u64>(&key)) {
        return format!("{kept} cached");
    }
    let answer = slow_query(number);
    cache.ask(|client| client.set(&key, answer, 300));
    format!("{answer} computed")
}
// end snippet

fn visits(cache: &mut Cache) -> String {
    cache.ask(|client| client.add("visits", 0, 0));
    match cache.ask(|client| client.increment("visits", 1)) {
        Some(after) => format!("visits {after}"),
        None => "visits unknown".to_string(),
    }
}

fn page(cache: &mut Cache, path: &str) -> Option<String> {
    if path == "/" {
        return Some(visits(cache));
    }
    let number = path.strip_prefix("/square/")?.parse().ok()?;
    Some(square(cache, number))
}

fn main() {
    let port = env::var("PORT").unwrap_or_else(|_| "8000".to_string());
    let server = tiny_http::Server::http(format!("127.0.0.1:{port}")).expect("the port is free");
    let mut cache = Cache::default();
    for request in server.incoming_requests() {
        let (text, status) = match page(&mut cache, request.url()) {
            Some(text) => (text, 200),
            None => ("not found".to_string(), 404),
        };
        let response = tiny_http::Response::from_string(text).with_status_code(status);
        let _ = request.respond(response); // whoever has gone away needs no answer
    }
}
