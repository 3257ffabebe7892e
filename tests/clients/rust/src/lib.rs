//! What the Rust clients share: naming a check, printing its outcome, asking for a restart.
//! Twin of python/checks.py; the lines are read by tests/clients/run.
use std::fmt::{Debug, Display};
use std::io::Read;
use std::time::{Duration, Instant};

pub const KEY: &str = "cachery-check-";
pub const EXPIRY_SECONDS: u32 = 2;
const RECOVERY_SECONDS: u64 = 20;

pub enum Stop {
    Failed(String),
    /// The check has no meaning here; the text is the reason.
    Skipped(String),
}

pub type Outcome = Result<(), Stop>;

impl<E: Display> From<E> for Stop {
    fn from(error: E) -> Self {
        Stop::Failed(error.to_string())
    }
}

pub fn skip<T>(why: &str) -> Result<T, Stop> {
    Err(Stop::Skipped(why.to_string()))
}

/// An environment variable that this world may not offer; empty counts as absent.
pub fn setting(name: &str) -> Result<String, Stop> {
    match std::env::var(name) {
        Ok(value) if !value.is_empty() => Ok(value),
        _ => skip(&format!("this server offers no {name}")),
    }
}

pub fn expect<T: PartialEq + Debug>(actual: T, wanted: T) -> Outcome {
    if actual == wanted {
        return Ok(());
    }
    let short = |value: &T| format!("{value:?}").chars().take(80).collect::<String>();
    Err(Stop::Failed(format!(
        "got {}, wanted {}",
        short(&actual),
        short(&wanted)
    )))
}

pub fn refused<T, E>(result: Result<T, E>) -> Outcome {
    match result {
        Ok(_) => Err(Stop::Failed("succeeded, a refusal was wanted".to_string())),
        Err(_) => Ok(()),
    }
}

/// A value that no server takes and no client can compress to fit.
pub fn too_large() -> Vec<u8> {
    let mut value = vec![0; (1 << 20) + 1];
    let mut source = std::fs::File::open("/dev/urandom").expect("/dev/urandom");
    source.read_exact(&mut value).expect("/dev/urandom");
    value
}

/// The one real wait of a program: after it, an item set at `since` is past its last second.
pub fn wait_for_expiry(since: Instant) {
    let end = since + Duration::from_millis(u64::from(EXPIRY_SECONDS) * 1000 + 1100);
    std::thread::sleep(end.saturating_duration_since(Instant::now()));
}

pub fn ask_for_restart() -> Outcome {
    println!("restart");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    expect(line.trim(), "restarted")
}

/// Tries until the client has recovered; how long it sulks is its own business.
pub fn wait_until_back<T, E: Display>(works: impl Fn() -> Result<T, E>) -> Outcome {
    let deadline = Instant::now() + Duration::from_secs(RECOVERY_SECONDS);
    loop {
        match works() {
            Ok(_) => return Ok(()),
            Err(why) if Instant::now() > deadline => {
                return Err(Stop::Failed(format!(
                    "not back after {RECOVERY_SECONDS} s: {why}"
                )))
            }
            Err(_) => std::thread::sleep(Duration::from_millis(200)),
        }
    }
}

pub type Check<'a> = (&'a str, &'a mut dyn FnMut() -> Outcome);

pub fn run(checks: &mut [Check]) {
    let mut code = 0;
    for (name, check) in checks {
        match check() {
            Ok(()) => println!("ok {name}"),
            Err(Stop::Skipped(why)) => println!("skip {name}: {why}"),
            Err(Stop::Failed(why)) => {
                code = 1;
                println!("not ok {name}: {}", why.replace('\n', " "));
            }
        }
    }
    std::process::exit(code);
}
