//! Which alerts a listing, a count or an export is of: one condition for all of them.

use crate::domain::access::Actor;
use crate::domain::alert::AlertStatus;
use crate::domain::alert::SlaState;
use crate::domain::severity::Severity;
use crate::domain::text::Text;
use jiff::Timestamp;
use tokio_postgres::types::{ToSql, Type};
use uuid::Uuid;

/// Which alerts; an absent filter lets all through.
#[derive(Debug, Clone, Default)]
pub struct AlertFilter {
    /// Statuses' words.
    pub statuses: Option<Vec<String>>,
    /// Severities' words.
    pub severities: Option<Vec<String>>,
    /// One account.
    pub account: Option<String>,
    /// Raised at or after.
    pub from: Option<Timestamp>,
    /// Raised before.
    pub to: Option<Timestamp>,
    /// Who holds it.
    pub assignee: Option<Assignee>,
    /// One counterparty.
    pub counterparty: Option<String>,
    /// The layers of the first reason.
    pub detectors: Option<Vec<String>>,
    /// Codes of which one is among the top reasons.
    pub reasons: Option<Vec<String>>,
    /// At least this risk score.
    pub min_risk_score: Option<f64>,
    /// One currency.
    pub currency: Option<String>,
    /// At least so many minor units; of one currency only.
    pub min_amount_minor: Option<i64>,
    /// At most so many minor units; of one currency only.
    pub max_amount_minor: Option<i64>,
    /// Whether it wants a supervisor.
    pub is_escalated: Option<bool>,
    /// Whether its decision awaits approval.
    pub is_awaiting_approval: Option<bool>,
    /// Kinds' words.
    pub kinds: Option<Vec<String>>,
    /// How it stands to its deadline: words of open alerts.
    pub sla: Option<Vec<String>>,
    /// What account, counterparty or id begins with.
    pub beginning: Option<Beginning>,
}

/// Who holds an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Assignee {
    /// This key.
    Key(String),
    /// Nobody.
    Nobody,
}

impl Assignee {
    /// Of an actor themselves.
    pub fn me(actor: &Actor) -> Self {
        Self::Key(actor.key_id.clone())
    }
}

/// What an account, a counterparty or an alert's id begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beginning {
    text: String,
    /// After every text that begins so.
    end: String,
    /// The ids that begin so, where the text is the beginning of one.
    ids: Option<(Uuid, Uuid)>,
}

impl Beginning {
    /// Takes any name; `alr_` and the first digits of an id mean the id too.
    pub fn new<const MAX: usize>(text: &Text<MAX>) -> Self {
        let text = text.as_str().to_owned();
        let ids = text.strip_prefix("alr_").and_then(ids_beginning);
        Self { end: format!("{text}{}", char::MAX), ids, text }
    }
}

/// The lowest and the highest id that begin with these digits.
fn ids_beginning(digits: &str) -> Option<(Uuid, Uuid)> {
    let digits: String = digits.chars().filter(|digit| *digit != '-').collect();
    let bound = |fill: &str| {
        Uuid::try_parse(&format!("{digits}{}", fill.repeat(32_usize.checked_sub(digits.len())?))).ok()
    };
    bound("0").zip(bound("f"))
}

/// The kinds of alerts, as they are stored.
pub const KINDS: [&str; 3] = ["transaction", "sample", "system"];

/// The words of what a filter may be narrowed to, for counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Facet {
    /// Where they stand.
    Status,
    /// How grave.
    Severity,
    /// How they stand to their deadlines.
    Sla,
    /// What they are about.
    Kind,
}

impl Facet {
    /// All whose words are known.
    pub const ALL: [Self; 4] = [Self::Status, Self::Severity, Self::Sla, Self::Kind];

    /// Its name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Severity => "severity",
            Self::Sla => "sla",
            Self::Kind => "kind",
        }
    }

    /// Its words, in their order.
    pub fn words(self) -> Vec<&'static str> {
        match self {
            Self::Status => AlertStatus::ALL.map(AlertStatus::as_str).to_vec(),
            Self::Severity => Severity::ALL.map(Severity::as_str).to_vec(),
            Self::Sla => SlaState::ALL.map(SlaState::as_str).to_vec(),
            Self::Kind => KINDS.to_vec(),
        }
    }
}

impl AlertFilter {
    /// The same filter with one word of a facet in the place of whatever it had there.
    pub fn narrowed(&self, facet: Facet, word: &str) -> Self {
        let mut narrowed = self.clone();
        let words = Some(vec![word.to_owned()]);
        match facet {
            Facet::Status => narrowed.statuses = words,
            Facet::Severity => narrowed.severities = words,
            Facet::Sla => narrowed.sla = words,
            Facet::Kind => narrowed.kinds = words,
        }
        narrowed
    }
}

/// The condition, of alerts `a`, with [`FilterParams`] as $1 to $23. What is null is gone before the plan is made, since
/// an unnamed statement is planned for its values.
macro_rules! matching {
    () => {
        "($1::text[] is null or a.status = any ($1))
    and ($2::text[] is null or a.severity = any ($2))
    and ($3::text is null or a.account_id = $3)
    and ($4::timestamptz is null or a.id >= lowest_id_at(greatest($4, 'epoch')))
    and ($5::timestamptz is null or a.id < lowest_id_at(greatest($5, 'epoch')))
    and ($6::text is null or a.assignee = $6)
    and (not $7::bool or a.assignee is null)
    and ($8::text is null or a.counterparty_id = $8)
    and ($9::text[] is null or a.detector = any ($9))
    and ($10::text[] is null or a.reason_codes && $10)
    and ($11::float8 is null or a.risk_score >= $11)
    and ($12::text is null or a.currency = $12)
    and ($13::int8 is null or a.amount_minor >= $13)
    and ($14::int8 is null or a.amount_minor <= $14)
    and ($15::bool is null or a.is_escalated = $15)
    and ($16::text[] is null or a.kind = any ($16))
    and (
      $17::text is null
      or (a.account_id ~>=~ $17 and a.account_id ~<~ $18)
      or (a.counterparty_id ~>=~ $17 and a.counterparty_id ~<~ $18)
      or (a.id >= $19 and a.id <= $20)
    )
    and (
      $21::text[] is null
      or (
        a.status in ('active', 'in_review')
        and case
          when (case a.status when 'active' then a.respond_by else a.resolve_by end) < $22 then 'breached'
          when ((case a.status when 'active' then a.respond_by else a.resolve_by end) - $22::timestamptz) * 4
            < (case a.status when 'active' then a.respond_by else a.resolve_by end) - a.created_at then 'near'
          else 'on_track'
        end = any ($21)
      )
    )
    and (
      $21::text[] is null
      or 'breached' = any ($21)
      or (a.status = 'active' and a.respond_by >= $22)
      or (a.status = 'in_review' and a.resolve_by >= $22)
    )
    and ($23::bool is null or (a.proposal is not null) = $23)"
    };
}
pub(super) use matching;

/// A filter as parameters $1 to $23 of [`matching!`].
pub(super) struct FilterParams<'a> {
    filter: &'a AlertFilter,
    as_of: Timestamp,
    holder: Option<&'a str>,
    is_unheld: bool,
    beginning: Option<&'a str>,
    end: Option<&'a str>,
    first_id: Option<Uuid>,
    last_id: Option<Uuid>,
}

impl<'a> FilterParams<'a> {
    /// Of a filter at a moment.
    pub(super) fn new(filter: &'a AlertFilter, as_of: Timestamp) -> Self {
        let holder = match &filter.assignee {
            Some(Assignee::Key(key)) => Some(key.as_str()),
            Some(Assignee::Nobody) | None => None,
        };
        let beginning = filter.beginning.as_ref();
        let ids = beginning.and_then(|beginning| beginning.ids);
        Self {
            filter,
            as_of,
            holder,
            is_unheld: filter.assignee == Some(Assignee::Nobody),
            beginning: beginning.map(|beginning| beginning.text.as_str()),
            end: beginning.map(|beginning| beginning.end.as_str()),
            first_id: ids.map(|(first, _)| first),
            last_id: ids.map(|(_, last)| last),
        }
    }

    /// In their order, with their types.
    pub(super) fn params(&self) -> Vec<(&(dyn ToSql + Sync), Type)> {
        let filter = self.filter;
        vec![
            (&filter.statuses, Type::TEXT_ARRAY),
            (&filter.severities, Type::TEXT_ARRAY),
            (&filter.account, Type::TEXT),
            (&filter.from, Type::TIMESTAMPTZ),
            (&filter.to, Type::TIMESTAMPTZ),
            (&self.holder, Type::TEXT),
            (&self.is_unheld, Type::BOOL),
            (&filter.counterparty, Type::TEXT),
            (&filter.detectors, Type::TEXT_ARRAY),
            (&filter.reasons, Type::TEXT_ARRAY),
            (&filter.min_risk_score, Type::FLOAT8),
            (&filter.currency, Type::TEXT),
            (&filter.min_amount_minor, Type::INT8),
            (&filter.max_amount_minor, Type::INT8),
            (&filter.is_escalated, Type::BOOL),
            (&filter.kinds, Type::TEXT_ARRAY),
            (&self.beginning, Type::TEXT),
            (&self.end, Type::TEXT),
            (&self.first_id, Type::UUID),
            (&self.last_id, Type::UUID),
            (&filter.sla, Type::TEXT_ARRAY),
            (&self.as_of, Type::TIMESTAMPTZ),
            (&filter.is_awaiting_approval, Type::BOOL),
        ]
    }
}
