//! What every function is held to under the Runtime API: many invocations after one start, a database that goes
//! silent, and a freeze that its connections do not outlive.

use super::database::{TestDatabase, with_address};
use super::proxy::Proxy;
use super::runtime_api::{FUNCTION_TIMEOUT, RunningFunction};
use serde_json::Value;
use std::time::{Duration, Instant};

/// How long a freeze lasts: longer than a connection may rest without being asked for a sign of life.
const FREEZE: Duration = Duration::from_millis(1_500);
/// A fault's end and the next good answer lie this far apart at most.
const RECOVERY: Duration = Duration::from_secs(5);

/// A function over its own login, with a proxy before its database.
#[derive(Debug)]
pub struct Proof {
    function: RunningFunction,
    proxy: Proxy,
}

impl Proof {
    /// Starts a function's binary.
    pub async fn start(binary: &str, name: &str, database: &TestDatabase) -> Self {
        let url = database.url_of(name);
        let target: tokio_postgres::Config = url.parse().expect("the function's URL");
        let proxy = Proxy::to(format!("127.0.0.1:{}", target.get_ports()[0])).await;
        let url = with_address(&url, &proxy.address.to_string());
        let function = RunningFunction::start(binary, &[("DATABASE_URL", &url)]).await;
        Self { function, proxy }
    }

    /// Holds it to all of it. `event` makes the event of a number, each of which must be answered with `is_good`: the
    /// output, or the error, of an invocation.
    pub async fn hold(
        mut self,
        event: impl Fn(usize) -> Value,
        is_good: impl Fn(&Result<Value, Value>) -> bool,
    ) {
        for n in 0..100 {
            let outcome = self.function.invoke(event(n)).await;
            assert!(is_good(&outcome), "invocation {n}: {outcome:?}");
        }
        assert_eq!(self.proxy.n_connections(), 1, "one start, one connection");
        self.function
            .freeze(async {
                self.proxy.forget_connections();
                // The freeze is what is tested: it has a length.
                tokio::time::sleep(FREEZE).await;
            })
            .await;
        let outcome = self.function.invoke(event(100)).await;
        assert!(is_good(&outcome), "after a freeze: {outcome:?}");
        self.proxy.hang();
        let started = Instant::now();
        let outcome = self.function.invoke(event(101)).await;
        assert!(!is_good(&outcome), "a silent database was not noticed: {outcome:?}");
        assert!(started.elapsed() < FUNCTION_TIMEOUT, "answered after {:?}", started.elapsed());
        self.proxy.restore();
        let restored = Instant::now();
        while !is_good(&self.function.invoke(event(101)).await) {
            assert!(restored.elapsed() < RECOVERY, "no good answer {:?} after the fault", restored.elapsed());
        }
    }
}
