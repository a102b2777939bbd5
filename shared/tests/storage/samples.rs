//! One of each thing that a statement takes, where a value alone will not do.

use shared::db::lists::StoredEntry;
use shared::db::models::{ModelKind, NewModel};
use shared::db::operations::{Counts, Operation};
use shared::db::outbox::Outcome;
use shared::db::saved_views::SavedView;
use shared::db::snoozes::StoredSnooze;
use shared::db::webhooks::Webhook;
use shared::domain::alert::{Alert, AlertStatus};
use shared::domain::attachment::Attachment;
use shared::domain::audit::{AuditEntry, AuditEvent, ChainHead};
use shared::domain::ids::{
    AlertId, AssessmentId, AttachmentId, DeliveryId, ListEntryId, ModelId, NoteId, OperationId, SavedViewId,
    SnoozeId, WebhookId,
};
use shared::domain::lists::{ListEntry, ListKind, ListSubject};
use shared::domain::note::Note;
use shared::domain::score::RiskScore;
use shared::domain::severity::Severity;
use shared::domain::snooze::Snooze;
use shared::domain::webhook::{DeliveryStatus, EventType};
use shared::testing::builders::noon;
use uuid::Uuid;

pub(crate) fn operation(id: OperationId) -> Operation {
    Operation {
        id,
        action: "claim".into(),
        actor: "k".into(),
        request_id: "req".into(),
        made_at: noon(),
        details: serde_json::json!({}),
        undoes: None,
        undone_by: None,
        counts: Counts::default(),
    }
}

pub(crate) fn note(id: Uuid) -> Note {
    Note {
        id: NoteId(id),
        alert: AlertId(id),
        version: 1,
        author: "k".into(),
        text: "seen".into(),
        written_at: noon(),
    }
}

/// Of the content `abc`.
pub(crate) fn attachment(id: Uuid) -> Attachment {
    Attachment {
        id: AttachmentId(id),
        alert: AlertId(id),
        author: "k".into(),
        name: "n".into(),
        media_type: "text/plain".into(),
        size_bytes: 3,
        sha256: vec![0; 32],
        attached_at: noon(),
        erasure: None,
    }
}

pub(crate) fn entry(id: Uuid) -> StoredEntry {
    StoredEntry {
        entry: ListEntry {
            id: ListEntryId(id),
            kind: ListKind::Deny,
            subject: ListSubject::Account,
            reason: "r".into(),
        },
        value: "a".into(),
        owner: "k".into(),
        created_at: noon(),
        expires_at: None,
        removed_at: None,
        removed_by: None,
    }
}

pub(crate) fn saved_view(id: Uuid) -> SavedView {
    SavedView {
        id: SavedViewId(id),
        owner: "k".into(),
        name: "n".into(),
        query: "status=active".into(),
        is_shared: false,
        created_at: noon(),
    }
}

pub(crate) fn webhook(id: Uuid) -> Webhook {
    Webhook {
        id: WebhookId(id),
        url: "https://example.com/".into(),
        events: vec![EventType::AlertRaised],
        description: "d".into(),
        owner: "k".into(),
        created_at: noon(),
        removed_at: None,
        removed_by: None,
        generation: 1,
        previous_secret_ends_at: None,
    }
}

/// The first event of the chain `access`, which webhooks may be told.
pub(crate) fn event() -> AuditEvent {
    ChainHead::default().append(AuditEntry {
        chain: "access".into(),
        actor: "system".into(),
        action: "alert_raised".into(),
        at: noon(),
        request_id: "req".into(),
        before: serde_json::Value::Null,
        after: serde_json::Value::Null,
    })
}

pub(crate) fn outcome(id: Uuid) -> Outcome {
    Outcome {
        id: DeliveryId(id),
        claimed_at: noon(),
        status: DeliveryStatus::Delivered,
        due_at: noon(),
        answered: Some(200),
        error: None,
    }
}

pub(crate) fn snooze(id: Uuid) -> StoredSnooze {
    StoredSnooze {
        snooze: Snooze {
            id: SnoozeId(id),
            reason_code: None,
            severity: Severity::Medium,
            reason: "r".into(),
        },
        account: "a".into(),
        owner: "k".into(),
        created_at: noon(),
        until: noon(),
        ended_at: None,
        ended_by: None,
    }
}

pub(crate) fn system_alert(id: AlertId) -> Alert {
    Alert {
        id,
        account: None,
        cause: Some("audit_broken".into()),
        status: AlertStatus::Active,
        severity: Severity::NeedsReview,
        risk: RiskScore::try_new(0.5).unwrap(),
        n_assessments: 1,
        first_assessment: AssessmentId(id.0),
        top_assessment: AssessmentId(id.0),
        first_seen_at: noon(),
        last_seen_at: noon(),
        created_at: noon(),
        respond_by: noon(),
        resolve_by: noon(),
        n_confirmed_before: 0,
        previous: None,
        assignee: None,
        is_escalated: false,
        responded_at: None,
        trigger: None,
        decision: None,
        proposal: None,
        head: ChainHead::default(),
    }
}

pub(crate) fn model(id: ModelId) -> NewModel {
    NewModel {
        id,
        kind: ModelKind::PopulationBaseline,
        artifact: vec![1],
        artifact_sha256: [0; 32],
        feature_schema_id: 1,
        n_rows: 1,
        span: (noon(), noon()),
        seed: 0,
        created_at: noon(),
    }
}
