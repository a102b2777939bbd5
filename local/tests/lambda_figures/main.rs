//! Measures the functions' binaries as `make lambda` has built them, over a database with the synthetic history in it:
//! size, time from the process's start to its first answer, and memory after many requests. The arguments are the Cargo
//! profile they were built with and the names of the functions; the figures go to standard output and to
//! `target/lambda/results.json`.
#![expect(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "figures are what this prints, and those that cannot be taken are not to be told"
)]

mod events;
mod world;

use events::event_of;
use serde_json::{Value, json};
use shared::testing::runtime_api::{RunningFunction, built};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use world::World;

/// Starts that a median is taken of.
const N_STARTS: usize = 11;
/// Requests after which memory is read: at least, and of what people and feeds call.
const N_REQUESTS: usize = 1_000;
/// Invocations of what a schedule or a deployment calls.
const N_TASKS: usize = 100;
/// A schedule's and a deployment's functions have minutes.
const TIMEOUT: Duration = Duration::from_secs(600);
/// The profile of what is deployed, and the only one whose sizes are held to a limit.
const DEPLOYED: &str = "lambda";
/// What each HTTP function is to keep to as it is deployed.
const MAX_BYTES: u64 = 10_000_000;
/// What ingest and alerts are to keep to, with their model loaded.
const MAX_KIB: u64 = 40 * 1024;

/// Figures of one function.
struct Figures {
    size_bytes: u64,
    ready_ms: f64,
    first_answer_ms: f64,
    rss_kib: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let is_deployed = arguments.next().is_some_and(|profile| profile == DEPLOYED);
    let names: Vec<String> = arguments.collect();
    let world = World::make(&names).await;
    println!("model: {}", world.model);
    println!("{:<16}{:>12}{:>11}{:>18}{:>12}", "function", "bytes", "ready ms", "first answer ms", "RSS KiB");
    let mut results = BTreeMap::new();
    let mut faults = Vec::new();
    for name in &names {
        let figures = measure(name, &world).await;
        let Figures { size_bytes, ready_ms, first_answer_ms, rss_kib } = figures;
        println!("{name:<16}{size_bytes:>12}{ready_ms:>11.1}{first_answer_ms:>18.1}{rss_kib:>12}");
        let is_http = ["ingest", "alerts", "investigations", "admin", "health"].contains(&name.as_str());
        if is_deployed && is_http && size_bytes > MAX_BYTES {
            faults.push(format!("{name} has {size_bytes} bytes; {MAX_BYTES} at most"));
        }
        if ["ingest", "alerts"].contains(&name.as_str()) && rss_kib >= MAX_KIB {
            faults.push(format!("{name} takes {rss_kib} KiB; less than {MAX_KIB} are wanted"));
        }
        let figures = json!({"size_bytes": size_bytes, "ready_ms": ready_ms,
            "first_answer_ms": first_answer_ms, "rss_kib": rss_kib});
        results.insert(name.clone(), figures);
    }
    write(&results);
    for fault in &faults {
        println!("over: {fault}");
    }
    if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn write(results: &BTreeMap<String, Value>) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/lambda/results.json");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, serde_json::to_string_pretty(results).unwrap() + "\n").unwrap();
}

async fn measure(name: &str, world: &World) -> Figures {
    let (mut ready, mut first) = (Vec::new(), Vec::new());
    for n in 0..N_STARTS {
        let mut function = start(name, world).await;
        function.ready().await;
        ready.push(function.age());
        invoke(&mut function, event_of(name, world, n)).await;
        first.push(function.age());
    }
    Figures {
        size_bytes: std::fs::metadata(built(&format!("telltale-{name}"))).unwrap().len(),
        ready_ms: median_ms(ready),
        first_answer_ms: median_ms(first),
        rss_kib: memory(name, world).await,
    }
}

async fn memory(name: &str, world: &World) -> u64 {
    let mut function = start(name, world).await;
    let is_task = ["retrain", "migrate"].contains(&name);
    for n in 0..if is_task { N_TASKS } else { N_REQUESTS } {
        invoke(&mut function, event_of(name, world, N_STARTS + n)).await;
    }
    if name == "retrain" {
        world.train(&mut function).await;
    }
    function.resident_kib()
}

pub(crate) async fn start(name: &str, world: &World) -> RunningFunction {
    let url = world.database.url_of(name);
    let settings = [("DATABASE_URL", url.as_str()), ("MIGRATE_DATABASE_URL", &world.database.owner_url)];
    RunningFunction::start_within(&format!("telltale-{name}"), &settings, TIMEOUT).await
}

/// Invokes, and takes no figure of what did not succeed; a queue is told of failures in a list.
pub(crate) async fn invoke(function: &mut RunningFunction, event: Value) -> Value {
    let answer = function.invoke(event).await.unwrap();
    let status = answer["statusCode"].as_u64().unwrap_or(200);
    let failures = answer["batchItemFailures"].as_array().map_or(0, Vec::len);
    assert!((200..300).contains(&status) && failures == 0, "{answer}");
    answer
}

fn median_ms(mut times: Vec<Duration>) -> f64 {
    times.sort();
    (times[times.len() / 2].as_secs_f64() * 10_000.0).round() / 10.0
}
