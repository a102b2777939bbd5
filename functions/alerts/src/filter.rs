//! The filters of the queue, as query parameters: the listing, its facets and its export take the same.

use shared::domain::Invalid;
use shared::domain::access::Actor;
use shared::domain::alert::AlertStatus;
use shared::domain::alert::SlaState;
use shared::domain::money::{Amount, CurrencyCode};
use shared::domain::score::{Layer, RiskScore};
use shared::domain::severity::Severity;
use shared::domain::text::{AccountId, CounterpartyId, Text};
use shared::http::fields::{Fields, read_time};
use shared::http::listing::words;
use shared::workflow::alerts::{AlertFilter, Assignee, Beginning, KINDS};

/// A reason's code: features and detectors are named like this.
type ReasonCode = Text<64>;

/// Reads the filters; `me` is whose key asks.
pub(crate) fn read_filter(fields: &mut Fields<'_>, actor: &Actor) -> AlertFilter {
    let currency = fields.optional("currency", CurrencyCode::parse);
    AlertFilter {
        statuses: fields
            .optional("status", |text| words(text, |word| Ok(AlertStatus::parse(word)?.as_str().to_owned()))),
        severities: fields
            .optional("severity", |text| words(text, |word| Ok(Severity::parse(word)?.as_str().to_owned()))),
        account: fields.optional("account", |text| Ok(AccountId::parse(text)?.to_string())),
        from: fields.optional("from", read_time),
        to: fields.optional("to", read_time),
        assignee: fields.optional("assignee", |text| assignee(text, actor)),
        counterparty: fields.optional("counterparty", |text| Ok(CounterpartyId::parse(text)?.to_string())),
        detectors: fields
            .optional("detector", |text| words(text, |word| Ok(Layer::parse(word)?.as_str().to_owned()))),
        reasons: fields
            .optional("reason", |text| words(text, |word| Ok(ReasonCode::parse(word)?.to_string()))),
        min_risk_score: fields.optional("min_risk_score", score),
        min_amount_minor: amount(fields, "min_amount", currency),
        max_amount_minor: amount(fields, "max_amount", currency),
        currency: currency.map(|currency| currency.as_str().to_owned()),
        is_escalated: fields.optional("is_escalated", truth),
        is_awaiting_approval: fields.optional("is_awaiting_approval", truth),
        kinds: fields.optional("kind", |text| words(text, kind)),
        sla: fields
            .optional("sla", |text| words(text, |word| Ok(SlaState::parse(word)?.as_str().to_owned()))),
        beginning: fields.optional("q", |text| Ok(Beginning::new(&Text::<128>::parse(text)?))),
    }
}

fn assignee(text: &str, actor: &Actor) -> Result<Assignee, Invalid> {
    Ok(match text {
        "me" => Assignee::me(actor),
        "none" => Assignee::Nobody,
        key => Assignee::Key(Text::<64>::parse(key)?.to_string()),
    })
}

/// Reads a score from 0 to 1.
///
/// # Errors
/// When it is anything else.
pub(crate) fn score(text: &str) -> Result<f64, Invalid> {
    let invalid = || Invalid::new("must be a number from 0 to 1");
    let score = text.parse().map_err(|_| invalid())?;
    RiskScore::try_new(score).map(RiskScore::value).map_err(|_| invalid())
}

/// Amounts of different currencies do not compare.
fn amount(fields: &mut Fields<'_>, name: &'static str, currency: Option<CurrencyCode>) -> Option<i64> {
    fields.optional(name, |text| {
        let currency = currency.ok_or_else(|| Invalid::new("needs `currency` beside it"))?;
        Ok(Amount::parse(text, currency)?.minor())
    })
}

fn truth(text: &str) -> Result<bool, Invalid> {
    text.parse().map_err(|_| Invalid::new("must be true or false"))
}

fn kind(word: &str) -> Result<String, Invalid> {
    if KINDS.contains(&word) {
        Ok(word.to_owned())
    } else {
        Err(Invalid::new("must be transaction, sample or system"))
    }
}
