//! The domain's words as the description of the API has them: each a schema made from the words themselves, so that
//! a new one cannot be forgotten.

use crate::domain::alert::{self, Disposition as DomainDisposition};
use crate::domain::assessment::{Detail, OutcomeKind};
use crate::domain::gate;
use crate::domain::label::{LabelSource as DomainLabelSource, Verdict as DomainVerdict};
use crate::domain::transaction::EntityType as DomainEntityType;
use crate::domain::{
    access, approval, assessment, attachment, configuration, force, lists, operation, score, severity,
    webhook,
};
use crate::error::ErrorKind;
use crate::workflow::keyring;
use std::borrow::Cow;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// A name for a list of words; never made.
macro_rules! words {
    ($($(#[doc = $doc:literal])* $name:ident = $all:expr;)*) => {$(
        $(#[doc = $doc])*
        #[derive(Debug)]
        pub enum $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .description(Some(concat!($($doc),*).trim()))
                    .enum_values(Some($all.map(|word| word.as_str())))
                    .into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }
        }
    )*};
}

words! {
    /// Where an alert stands.
    AlertStatus = alert::AlertStatus::ALL;
    /// How grave: low, medium, high, needs_review, critical.
    Severity = severity::Severity::ALL;
    /// How an open alert stands to its deadline.
    SlaState = alert::SlaState::ALL;
    /// How an investigation ended.
    Disposition = DomainDisposition::ALL;
    /// A family of detectors.
    Layer = score::Layer::ALL;
    /// Whether a layer scored.
    LayerOutcome = OutcomeKind::ALL;
    /// How a model's score is shared out among its reasons.
    ExplanationDetail = Detail::ALL;
    /// What held an alert back.
    Gate = gate::Gate::ALL;
    /// What an assessment did to its alert.
    AlertOutcome = gate::AlertOutcome::ALL;
    /// What turned out to be true of a transaction.
    Verdict = DomainVerdict::ALL;
    /// Who said so.
    LabelSource = DomainLabelSource::ALL;
    /// Whether an account is a person's or an organisation's.
    EntityType = DomainEntityType::ALL;
    /// What the caller of a request that failed can do about it.
    ErrorType = ErrorKind::ALL;
    /// What is done to many alerts at once.
    BulkAction = operation::BulkAction::ALL;
    /// What came of one of many alerts.
    ItemOutcome = operation::ItemOutcome::ALL;
    /// What a key may be.
    Role = access::Role::ALL;
    /// Whether a key may be used.
    KeyStatus = keyring::KeyStatus::ALL;
    /// What an entry of a list asks for.
    ListKind = lists::ListKind::ALL;
    /// What of a transaction an entry of a list is about.
    ListSubject = lists::ListSubject::ALL;
    /// Whether an entry or a snooze is in force.
    ForceStatus = force::ForceStatus::ALL;
    /// From which severity on two people decide.
    ApprovalRule = approval::ApprovalRule::ALL;
    /// Who made a version of the configuration.
    ConfigurationOrigin = configuration::Origin::ALL;
    /// What a webhook may be told of.
    WebhookEvent = webhook::EventType::OFFERED;
    /// What a file on an alert may be.
    MediaType = attachment::MediaType::ALL;
    /// What a delivery tells.
    DeliveryEvent = webhook::EventType::ALL;
    /// How a delivery stands.
    DeliveryStatus = webhook::DeliveryStatus::ALL;
    /// A family of detectors, or the lists.
    ReasonLayer = assessment::ReasonLayer::ALL;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_lists_every_word() {
        let schema = serde_json::to_value(Severity::schema()).unwrap();
        assert_eq!(schema["enum"], serde_json::json!(["low", "medium", "high", "needs_review", "critical"]));
        assert_eq!(Severity::name(), "Severity");
    }
}
