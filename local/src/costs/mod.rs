//! The cost sheet: `docs/COSTS.md` from committed prices, counts and measured figures.
//!
//! What lives here: reading the inputs and the arithmetic. What does not: the page's words ([`page`]). Nothing is fetched: a
//! price is what its source said on its date, and says so. The inputs stand in `docs/costs/`.

mod inputs;
pub mod page;

pub use inputs::{CostError, Figures, Inputs, Measured, with_figures};

use inputs::{Deployment, Prices};

/// Hours a month, as AWS's own calculator has them.
const HOURS: f64 = 730.0;
/// A vCPU comes with so much memory on Lambda, and a share of it with a share.
const MB_OF_A_VCPU: f64 = 1_769.0;
const MILLION: f64 = 1_000_000.0;
/// Transactions in a request, where they are sent in batches.
const BATCH: f64 = 1_000.0;
const BYTES_OF_A_GB: f64 = 1_000_000_000.0;
/// What Amazon Fraud Detector's first price is for, a month.
const FIRST_PREDICTIONS: f64 = 100_000.0;

/// A part of a bill and what it costs, in USD.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// What is paid for.
    pub what: String,
    /// USD.
    pub usd: f64,
}

/// How transactions come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sending {
    /// One a request.
    Single,
    /// A thousand a request.
    Batched,
}

/// What a million transactions cost, part by part.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Million {
    /// API Gateway and the firewall before it.
    pub gateway: f64,
    /// Lambda, if the time is as measured.
    pub function: f64,
    /// Lambda, if all of that time were computing, on the part of a vCPU that comes with the memory.
    pub function_at_most: f64,
    /// A month of what the database keeps of them.
    pub storage: f64,
    /// The database instance's time, were it used for nothing else.
    pub database_time: f64,
    /// One log line a request.
    pub logs: f64,
}

impl Million {
    /// All that is paid for beyond what an idle deployment costs, the function at its most.
    pub fn total(&self) -> f64 {
        self.gateway + self.function_at_most + self.storage + self.logs
    }
}

/// A database, and the deployment round it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// As `staging` in `samconfig.toml`.
    Small,
    /// As `production` there.
    Large,
}

/// The arithmetic over one set of inputs.
#[derive(Debug, Clone)]
pub struct Costs {
    pub(crate) inputs: Inputs,
}

impl Costs {
    /// Over these inputs.
    pub fn new(inputs: Inputs) -> Self {
        Self { inputs }
    }

    /// What a month costs in which nothing is sent.
    pub fn idle(&self, size: Size) -> Vec<Row> {
        let Deployment { storage_gb, proxy_vcpus, firewall_rules, keys, secrets, .. } =
            self.inputs.deployment;
        let Deployment { custom_metrics, alarms, dashboards, .. } = self.inputs.deployment;
        let prices = &self.inputs.prices;
        let (instance, hour, zones) = match size {
            Size::Small => ("db.t4g.micro, one zone", prices.database_small_hour.usd, 1.0),
            Size::Large => ("db.t4g.medium, two zones", prices.database_large_hour.usd, 2.0),
        };
        let row = |what: String, usd: f64| Row { what, usd };
        vec![
            row("functions, gateway, schedule: nothing while nothing comes".to_owned(), 0.0),
            row(format!("database instance: {instance}"), hour * HOURS),
            row(
                format!("database storage: {storage_gb} GB"),
                prices.storage_gb_month.usd * storage_gb * zones,
            ),
            row(format!("proxy: {proxy_vcpus} vCPU"), prices.proxy_vcpu_hour.usd * proxy_vcpus * HOURS),
            row(
                format!("firewall: one list of {firewall_rules} rules"),
                prices.firewall_acl.usd + prices.firewall_rule.usd * firewall_rules,
            ),
            row(format!("key: {keys}"), prices.key_month.usd * keys),
            row(format!("secrets: {secrets}"), prices.secret_month.usd * secrets),
            row(format!("metrics: {custom_metrics} at most"), prices.metric_month.usd * custom_metrics),
            row(format!("alarms: {alarms}"), prices.alarm_month.usd * alarms),
            row(format!("dashboards: {dashboards}"), prices.dashboard_month.usd * dashboards),
        ]
    }

    /// What a million transactions cost.
    pub fn million(&self, sending: Sending) -> Million {
        let Inputs { prices, measured, deployment, .. } = &self.inputs;
        let (n_requests, milliseconds) = match sending {
            Sending::Single => (MILLION, measured.single_ms),
            Sending::Batched => (MILLION / BATCH, measured.batch_ms),
        };
        // Lambda bills whole milliseconds.
        let gb = deployment.function_memory_mb / 1_024.0;
        let time = |ms: f64| ms.ceil() / 1_000.0 * n_requests;
        let function =
            |ms: f64| n_requests * prices.lambda_request.usd + time(ms) * gb * prices.lambda_gb_second.usd;
        let share = (deployment.function_memory_mb / MB_OF_A_VCPU).min(1.0);
        Million {
            gateway: n_requests * (prices.gateway_request.usd + prices.firewall_request.usd),
            function: function(milliseconds),
            function_at_most: function(milliseconds / share),
            storage: measured.stored_bytes / BYTES_OF_A_GB * MILLION * prices.storage_gb_month.usd,
            database_time: time(milliseconds) / 3_600.0 * prices.database_small_hour.usd,
            logs: measured.log_bytes / BYTES_OF_A_GB * n_requests * prices.log_gb.usd,
        }
    }

    /// What Amazon Fraud Detector asks for a month of so many transactions by one deployed model, training apart.
    pub fn fraud_detector(&self, n_transactions: f64) -> f64 {
        let Prices { detector_first, detector_further, detector_hosting_hour, .. } = &self.inputs.prices;
        let first = n_transactions.min(FIRST_PREDICTIONS);
        let predictions = first * detector_first.usd + (n_transactions - first) * detector_further.usd;
        predictions + detector_hosting_hour.usd * HOURS
    }

    /// What a month of a fleet of containers costs beside its database, whatever is sent.
    pub fn fleet(&self) -> Vec<Row> {
        let Deployment { fleet_tasks, fleet_task_vcpus, fleet_task_gb, .. } = self.inputs.deployment;
        let prices = &self.inputs.prices;
        let task = prices.task_vcpu_hour.usd * fleet_task_vcpus + prices.task_gb_hour.usd * fleet_task_gb;
        vec![
            Row {
                what: format!(
                    "{fleet_tasks} tasks of {fleet_task_vcpus} vCPU and {fleet_task_gb} GB on Fargate"
                ),
                usd: task * fleet_tasks * HOURS,
            },
            Row {
                what: "a load balancer, without its capacity units".to_owned(),
                usd: prices.balancer_hour.usd * HOURS,
            },
        ]
    }

    /// What EKS asks beside that for its control plane.
    pub fn cluster(&self) -> f64 {
        self.inputs.prices.cluster_hour.usd * HOURS
    }
}

/// The sum of a bill.
pub fn sum(rows: &[Row]) -> f64 {
    rows.iter().map(|row| row.usd).sum()
}

#[cfg(test)]
mod tests;
