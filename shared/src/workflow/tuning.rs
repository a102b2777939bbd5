//! Configuration versions that people make, and go back to.

use super::access::Session;
use super::audit::append;
use super::configuration::{CHAIN, WEIGHTS, describe, entry, warn_of_fewer_eyes};
use crate::db::audit::lock_head;
use crate::db::configurations::{self, ActiveVersions, Making};
use crate::domain::approval::ApprovalRule;
use crate::domain::configuration::{AlertBudget, Configuration};
use crate::domain::score::Weights;
use crate::domain::severity::Thresholds;
use crate::domain::version::{Condition, Seen};
use crate::error::{Error, ErrorKind, FieldProblem};
use tokio_postgres::Client;

/// What somebody wants of the configuration; what is none stays as it is.
#[derive(Debug, Clone)]
pub struct Wish {
    /// From where on an alert is raised.
    pub threshold_medium: Option<f64>,
    /// From where on it is critical.
    pub threshold_high: Option<f64>,
    /// How much each layer counts.
    pub weights: Option<Weights>,
    /// New alerts an account may raise in an hour.
    pub alert_cap_per_account_hour: Option<u32>,
    /// The share of transactions that people can look at.
    pub alert_budget: Option<AlertBudget>,
    /// Which decisions want a second person.
    pub approval: Option<ApprovalRule>,
    /// Why, for the trail.
    pub reason: String,
}

/// A version with how it came to be.
#[derive(Debug, Clone)]
pub struct Version {
    /// Its number.
    pub number: i64,
    /// What it says.
    pub configuration: Configuration,
    /// Who made it, and what of it is fixed.
    pub making: Making,
}

/// Makes a version out of the active one and uses it from the next transaction on. The fields that are named are fixed:
/// what is learned replaces none of them.
///
/// # Errors
/// 428 without a version that was seen, 412 when it is not the active one, 422 when the thresholds are not in order.
pub async fn change(
    session: &mut Session,
    wish: &Wish,
    (seen, request_id): (&Seen, &str),
) -> Result<Version, Error> {
    let (actor, now) = (session.actor.audit_name(), session.now);
    let version = session
        .transact(async |client| {
            lock_head(client, CHAIN).await?;
            let active = active_version(client).await?;
            match seen.against(active.number) {
                Condition::Absent => return Err(Error::unconditional(active.number)),
                Condition::Stale => return Err(Error::stale(active.number)),
                Condition::Met => {}
            }
            let configuration = wish.applied(active.configuration)?;
            warn_of_fewer_eyes(&active.configuration, &configuration);
            let fixed = wish.fixed(&active.making.fixed);
            let made = (actor.as_str(), now);
            let number = configurations::insert(client, &configuration, ("person", &fixed), made).await?;
            use_version(client, number).await?;
            let mut after = describe(&configuration);
            after["fixed"] = fixed.into();
            after["reason"] = wish.reason.as_str().into();
            let by = (actor.as_str(), now, request_id);
            append(client, entry(number, describe(&active.configuration), after, by)).await?;
            stored(client, number).await
        })
        .await?;
    tracing::info!(version = version.number, "configuration {} was made by a person", version.number);
    Ok(version)
}

/// Goes back to a version, or forward to one. While an older version is active nothing that is learned replaces it.
///
/// # Errors
/// 404 when unknown, 412 when another version than the one that was seen is active.
pub async fn activate(
    session: &mut Session,
    number: i64,
    (seen, request_id): (&Seen, &str),
) -> Result<Version, Error> {
    let (actor, now) = (session.actor.audit_name(), session.now);
    let version = session
        .transact(async |client| {
            lock_head(client, CHAIN).await?;
            let active = active_version(client).await?;
            if seen.against(active.number) == Condition::Stale {
                return Err(Error::stale(active.number));
            }
            let wanted = stored(client, number).await?;
            if active.number == number {
                return Ok(wanted);
            }
            warn_of_fewer_eyes(&active.configuration, &wanted.configuration);
            use_version(client, number).await?;
            let (mut before, after) = (describe(&active.configuration), describe(&wanted.configuration));
            before["version"] = active.number.into();
            append(client, entry(number, before, after, (&actor, now, request_id))).await?;
            Ok(wanted)
        })
        .await?;
    tracing::info!(version = number, "configuration {number} was activated by a person");
    Ok(version)
}

async fn active_version(client: &Client) -> Result<Version, Error> {
    let Some(number) = configurations::active(client).await?.configuration else {
        return Err(Error::new(
            ErrorKind::WrongState,
            "there is no configuration yet: a deployment or the first transaction makes it",
        ));
    };
    stored(client, number).await
}

async fn stored(client: &Client, number: i64) -> Result<Version, Error> {
    let making = configurations::making(client, number).await?;
    let making = making.ok_or_else(|| Error::not_found("configuration version"))?;
    Ok(Version { number, configuration: configurations::find(client, number).await?, making })
}

async fn use_version(client: &Client, number: i64) -> Result<(), Error> {
    let active = ActiveVersions { configuration: Some(number), baseline: None, model: None };
    Ok(configurations::activate(client, active).await?)
}

impl Wish {
    fn applied(&self, before: Configuration) -> Result<Configuration, Error> {
        let medium = self.threshold_medium.unwrap_or(before.thresholds.medium());
        let high = self.threshold_high.unwrap_or(before.thresholds.high());
        let thresholds = Thresholds::try_new(medium, high).map_err(|invalid| {
            let pointer =
                if self.threshold_medium.is_some() { "/threshold_medium" } else { "/threshold_high" };
            Error::validation(vec![FieldProblem { pointer: pointer.into(), message: invalid.0 }])
        })?;
        let cap = self.alert_cap_per_account_hour.unwrap_or(before.alert_cap_per_account_hour);
        Ok(Configuration {
            thresholds,
            weights: self.weights.unwrap_or(before.weights),
            alert_cap_per_account_hour: cap,
            alert_budget: self.alert_budget.unwrap_or(before.alert_budget),
            approval: self.approval.unwrap_or(before.approval),
            ..before
        })
    }

    /// What is fixed from now on: what was, and what is named.
    fn fixed(&self, before: &[String]) -> Vec<String> {
        let named = [
            ("threshold_medium", self.threshold_medium.is_some()),
            ("threshold_high", self.threshold_high.is_some()),
            (WEIGHTS, self.weights.is_some()),
            ("alert_cap_per_account_hour", self.alert_cap_per_account_hour.is_some()),
            ("alert_budget", self.alert_budget.is_some()),
            ("approval_from_severity", self.approval.is_some()),
        ];
        let is_fixed = |(field, is_named): &(&str, bool)| *is_named || before.iter().any(|it| it == field);
        named.iter().filter(|it| is_fixed(it)).map(|(field, _)| (*field).to_owned()).collect()
    }
}
