//! What the sheet is made from: prices with their sources, counts of the template, measured figures.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Why there is no sheet.
#[derive(Debug, thiserror::Error)]
pub enum CostError {
    /// Not the JSON of an input.
    #[error("docs/costs/{name} is not understood: correct it as its cause says")]
    Malformed {
        /// The file.
        name: &'static str,
        /// Where and why.
        source: serde_json::Error,
    },
    /// Figures of fewer functions than are known: `make lambda-ci` builds some, and not as they are deployed.
    #[error("target/lambda/results.json lacks {0}: it is of `make lambda-ci`; type: make lambda")]
    Partial(String),
}

/// How far a price can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Standing {
    /// Read on a page of the vendor.
    Vendor,
    /// Read on a page of somebody else.
    ThirdParty,
    /// Known, and read nowhere for this sheet.
    NotVerified,
}

/// One price and where it is from.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Price {
    pub(super) what: String,
    pub(super) usd: f64,
    pub(super) source: String,
    pub(super) as_of: String,
    pub(super) standing: Standing,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PriceFile<P> {
    region: String,
    prices: P,
}

/// Every price by its use, in USD.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Prices {
    pub(super) lambda_gb_second: Price,
    pub(super) lambda_request: Price,
    pub(super) gateway_request: Price,
    pub(super) firewall_acl: Price,
    pub(super) firewall_rule: Price,
    pub(super) firewall_request: Price,
    pub(super) database_small_hour: Price,
    pub(super) database_large_hour: Price,
    pub(super) storage_gb_month: Price,
    pub(super) proxy_vcpu_hour: Price,
    pub(super) key_month: Price,
    pub(super) secret_month: Price,
    pub(super) metric_month: Price,
    pub(super) alarm_month: Price,
    pub(super) dashboard_month: Price,
    pub(super) log_gb: Price,
    pub(super) detector_first: Price,
    pub(super) detector_further: Price,
    pub(super) detector_hosting_hour: Price,
    pub(super) task_vcpu_hour: Price,
    pub(super) task_gb_hour: Price,
    pub(super) balancer_hour: Price,
    pub(super) cluster_hour: Price,
}

/// What the template makes, and what a fleet is taken to be.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Deployment {
    /// Of every function with routes.
    pub(super) function_memory_mb: f64,
    /// Of the database at first.
    pub(super) storage_gb: f64,
    /// Of the database, which the proxy is paid by.
    pub(super) proxy_vcpus: f64,
    /// Of the firewall.
    pub(super) firewall_rules: f64,
    /// Of KMS.
    pub(super) keys: f64,
    /// Of Secrets Manager.
    pub(super) secrets: f64,
    /// At most.
    pub(super) custom_metrics: f64,
    /// Of CloudWatch.
    pub(super) alarms: f64,
    /// Of CloudWatch.
    pub(super) dashboards: f64,
    /// Containers of the fleet.
    pub(super) fleet_tasks: f64,
    /// Of each.
    pub(super) fleet_task_vcpus: f64,
    /// Of each.
    pub(super) fleet_task_gb: f64,
}

/// What `make lambda` says of one function.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize)]
pub struct Figures {
    /// Of the binary.
    pub size_bytes: u64,
    /// From the start of the process to its question for an event.
    pub ready_ms: f64,
    /// From the start of the process to the first answer, database included.
    pub first_answer_ms: f64,
    /// Resident memory afterwards.
    pub rss_kib: u64,
}

/// What was measured, where and how.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// The day.
    pub measured_on: String,
    /// The machine.
    pub machine: String,
    /// What the following were measured by.
    pub command: String,
    /// One transaction in one request, answered by a process that is up, on average.
    pub single_ms: f64,
    /// A thousand of those that come in batches, likewise.
    pub batch_ms: f64,
    /// What the database keeps of one transaction, indexes included.
    pub stored_bytes: f64,
    /// What one request leaves in the log.
    pub log_bytes: f64,
    /// Each function, by `make lambda`.
    pub functions: BTreeMap<String, Figures>,
}

/// All of them.
#[derive(Debug, Clone)]
pub struct Inputs {
    pub(super) region: String,
    pub(super) prices: Prices,
    /// The same once more, to be listed.
    pub(super) price_list: BTreeMap<String, Price>,
    pub(super) deployment: Deployment,
    pub(super) measured: Measured,
}

impl Inputs {
    /// Reads the three files' texts.
    ///
    /// # Errors
    /// When one is not what it should be, as where a price is missing.
    pub fn parse(prices: &str, deployment: &str, measured: &str) -> Result<Self, CostError> {
        let named: PriceFile<Prices> = read("prices.json", prices)?;
        let listed: PriceFile<BTreeMap<String, Price>> = read("prices.json", prices)?;
        Ok(Self {
            region: named.region,
            prices: named.prices,
            price_list: listed.prices,
            deployment: read("deployment.json", deployment)?,
            measured: read("measured.json", measured)?,
        })
    }
}

/// The text of `measured.json` with the functions' figures of `make lambda`.
///
/// # Errors
/// When one of the two is not what it should be.
pub fn with_figures(measured: &str, results: &str) -> Result<String, CostError> {
    let name = "measured.json";
    let mut measured: Measured = read(name, measured)?;
    let new: BTreeMap<String, Figures> = read("../../target/lambda/results.json", results)?;
    let lacking: Vec<&str> =
        measured.functions.keys().filter(|name| !new.contains_key(*name)).map(String::as_str).collect();
    if !lacking.is_empty() {
        return Err(CostError::Partial(lacking.join(", ")));
    }
    measured.functions = new;
    let text = serde_json::to_string_pretty(&measured);
    text.map(|text| text + "\n").map_err(|source| CostError::Malformed { name, source })
}

fn read<'a, T: Deserialize<'a>>(name: &'static str, text: &'a str) -> Result<T, CostError> {
    serde_json::from_str(text).map_err(|source| CostError::Malformed { name, source })
}
