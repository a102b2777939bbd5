mod attachments;

use super::*;
use crate::domain::audit::anchor::{Anchor, Inclusion, Leaf, ToldAnchor};
use crate::domain::audit::{AuditEntry, AuditEvent, ChainHead, StoredEvent};
use crate::domain::ids::NoteId;
use crate::domain::note::Note;

const ALERT: &str = "alr_01890a5d-ac96-774b-bcce-b302099a8057";

fn stored(event: &AuditEvent) -> StoredEvent {
    StoredEvent {
        sequence: event.sequence,
        actor: event.entry.actor.clone(),
        action: event.entry.action.clone(),
        at: event.entry.at,
        request_id: event.entry.request_id.clone(),
        before: event.entry.before.clone(),
        after: event.entry.after.clone(),
        prev_hash: event.prev_hash.to_vec(),
        canonical: event.canonical.clone(),
        hash: event.hash.to_vec(),
    }
}

fn note() -> Note {
    Note {
        id: NoteId::mint(Timestamp::UNIX_EPOCH, [7; 10]),
        alert: AlertId::parse(ALERT).unwrap(),
        version: 1,
        author: "ana".into(),
        text: "called the customer".into(),
        written_at: Timestamp::UNIX_EPOCH,
    }
}

/// An alert that was raised, claimed, written on and decided.
fn trail() -> (ChainHead, Vec<StoredEvent>) {
    let moves = [
        (
            "alert_raised",
            json!({"status": "active", "severity": "high", "risk_score": 0.75,
            "assessment_id": "asm_1", "configuration_version": 1}),
        ),
        ("alert_claimed", json!({"status": "in_review", "assignee": "ana"})),
        (
            "note_written",
            json!({"note_id": note().id.to_string(), "version": 1, "hash": hexadecimal(&note().hash())}),
        ),
        (
            "alert_decided",
            json!({"status": "resolved", "assignee": null, "disposition": "false_positive",
            "notes": "café", "confidence": 1e-7}),
        ),
    ];
    chained(moves.map(|(action, after)| (action, Value::Null, after)))
}

fn chained<const N: usize>(moves: [(&str, Value, Value); N]) -> (ChainHead, Vec<StoredEvent>) {
    let mut head = ChainHead::default();
    let mut events = Vec::new();
    for (action, before, after) in moves {
        let event = head.append(AuditEntry {
            chain: format!("alert:{ALERT}"),
            actor: "key:ana".into(),
            action: action.into(),
            at: Timestamp::UNIX_EPOCH,
            request_id: "req-1".into(),
            before,
            after,
        });
        head = event.head();
        events.push(stored(&event));
    }
    (head, events)
}

fn inclusion(head: ChainHead) -> Inclusion {
    let leaf = |chain: &str, head| Leaf { chain: chain.into(), head };
    let leaves = [leaf("access", ChainHead::default()), leaf(&format!("alert:{ALERT}"), head)];
    Inclusion::prove(Anchor::over(&leaves, None, Timestamp::UNIX_EPOCH), &leaves, 1).unwrap()
}

fn bundle() -> Value {
    let (head, events) = trail();
    let inclusion = inclusion(head);
    let alert = json!({"id": ALERT, "status": "resolved", "severity": "high", "risk_score": 0.75, "assignee": null,
        "decision": {"disposition": "false_positive", "notes": "café", "confidence": 1e-7}});
    let assessment = json!({"id": "asm_1", "transaction_id": "txn_1", "risk_score": 0.75, "severity": "high",
        "versions": {"configuration": 1, "baseline": null, "model": "mdl_1"}});
    Bundle::about(AlertId::parse(ALERT).unwrap(), Timestamp::UNIX_EPOCH)
        .with("alert", alert)
        .with("answers", json!([{"question": "what was decided", "answer": "a false positive"}]))
        .with("transactions", json!([{"id": "txn_1", "amount": "480.00"}]))
        .with("assessments", json!([assessment]))
        .with("configurations", json!([{"version": 1}]))
        .with("models", json!([{"id": "mdl_1"}]))
        .with("labels", json!([]))
        .with("notes", notes_section(&[note()]))
        .with("audit", audit_section(&format!("alert:{ALERT}"), head, &events))
        .with("anchor", anchor_section(Some(&inclusion)))
        .seal()
}

fn findings(bundle: &Value) -> Vec<String> {
    let found = check(canonical(bundle).as_bytes(), None).err().unwrap_or_default();
    found.iter().map(ToString::to_string).collect()
}

/// The bundle with one thing changed and its manifest made anew, as whoever knows the format would.
fn forged(pointer: &str, value: Value) -> Vec<String> {
    let mut bundle = bundle();
    *bundle.pointer_mut(pointer).unwrap() = value;
    let sections = bundle["sections"].as_object().unwrap().clone();
    findings(&Bundle { sections: sections.into_iter().collect() }.seal())
}

#[test]
fn a_bundle_as_it_was_made_says_what_it_proves() {
    let (head, _) = trail();
    let inclusion = inclusion(head);
    let text = canonical(&bundle()) + "\n";
    let checked = check(text.as_bytes(), None).unwrap();
    assert_eq!((checked.alert_id.as_str(), checked.head, checked.is_told), (ALERT, head, None));
    assert_eq!(checked.anchor, Some((inclusion.anchor.clone(), 4)));
    let told = ToldAnchor { number: 1, hash: inclusion.anchor.hash };
    assert_eq!(check(text.as_bytes(), Some(&[told])).unwrap().is_told, Some(true));
    assert_eq!(check(text.as_bytes(), Some(&[])).unwrap().is_told, Some(false));
    let other = ToldAnchor { number: 1, hash: [7; 32] };
    let found = check(text.as_bytes(), Some(&[other])).unwrap_err();
    assert_eq!(found[0].to_string(), "anchor: the log tells another anchor of this number");
}

/// The sections of a bundle's text and where each ends, in order; what comes before the first is the manifest.
fn ends(text: &str, bundle: &Value) -> Vec<(String, usize)> {
    let mut at = text.find("\"sections\":{").unwrap() + "\"sections\":{".len();
    let mut ends = vec![("manifest".to_owned(), at)];
    for (name, content) in bundle["sections"].as_object().unwrap() {
        at += name.len() + 4 + canonical(content).len();
        ends.push((name.clone(), at));
    }
    ends
}

#[test]
fn a_changed_byte_is_found_in_its_section() {
    let bundle = bundle();
    let text = canonical(&bundle);
    let ends = ends(&text, &bundle);
    // Every fifth: a check hashes all there is, and five thousand of them would take a test its patience.
    for at in (0..text.len()).step_by(5) {
        let section = ends.iter().find(|(_, end)| at < *end).map_or("bundle", |(name, _)| name);
        let mut bytes = text.clone().into_bytes();
        bytes[at] ^= 1;
        let Err(found) = check(&bytes, None) else {
            panic!("byte {at} of {section} was changed and not found");
        };
        let is_named = found.iter().any(|it| it.section == section || it.section == "bundle");
        assert!(is_named || section == "manifest", "byte {at} of {section}: {found:?}");
    }
    for at in 0..text.len() {
        assert!(check(&text.as_bytes()[..at], None).is_err(), "cut at {at}");
    }
}

#[test]
fn the_same_content_written_otherwise_is_not_what_was_made() {
    let spaced = serde_json::to_string_pretty(&bundle()).unwrap();
    let found = check(spaced.as_bytes(), None).unwrap_err();
    assert_eq!(found[0].to_string(), "bundle: from byte 1 on it is not written as it was made");
    let spelled = canonical(&bundle()).replace("1e-7", "1E-7");
    assert_eq!(check(spelled.as_bytes(), None).unwrap_err()[0].section, "bundle");
}

#[test]
fn a_section_that_the_trail_contradicts_is_named_though_the_manifest_was_made_anew() {
    for (pointer, value, expected) in [
        ("/sections/alert/status", json!("closed"), "alert: its status is not what the audit events say"),
        (
            "/sections/alert/decision/notes",
            json!("cafe"),
            "alert: its notes is not what the audit events say",
        ),
        ("/sections/assessments/0/risk_score", json!(0.7), "assessments: the risk_score of asm_1 is not"),
        (
            "/sections/assessments/0/id",
            json!("asm_2"),
            "assessments: asm_1, which raised the alert, is missing",
        ),
        (
            "/sections/assessments/0/versions/baseline",
            json!("mdl_2"),
            "models: \"mdl_2\", which an assessment",
        ),
        (
            "/sections/transactions",
            json!([]),
            "transactions: \"txn_1\", which an assessment names, is missing",
        ),
        ("/sections/audit/events/1/actor", json!("key:bob"), "audit: event 2: the column actor is not"),
        ("/sections/audit/events/3/after/notes", json!("cafe"), "audit: event 4: the column after is not"),
        ("/sections/audit/head/sequence", json!(2), "audit: event 2: the head on the owning row"),
        ("/sections/about/alert_id", json!("alr_2"), "audit: its chain"),
        ("/sections/notes/0/text", json!("called nobody"), "notes: version 1 of the note"),
        ("/sections/notes", json!([]), "notes: version 1 of the note"),
        ("/sections/about/format", json!("other"), "about: its format is not telltale-evidence-1"),
        ("/sections/anchor/root", json!("AAAA"), "anchor: it does not hold an anchor"),
        ("/sections/anchor/n_chains", json!(3), "anchor: hash is not that of"),
        ("/sections/anchor/path", json!([]), "anchor: the root is not that of"),
        ("/sections/anchor/leaf/chain", json!("alert:alr_2"), "anchor: the root is not that of"),
    ] {
        let found = forged(pointer, value).join("\n");
        assert!(found.contains(expected), "{pointer}: {found}");
    }
}

#[test]
fn a_section_that_is_missing_or_unknown_is_named() {
    let mut without = bundle();
    without["sections"].as_object_mut().unwrap().remove("models");
    let found = findings(&without).join("\n");
    assert!(found.contains("models: the section is missing"), "{found}");
    let mut more = bundle();
    more["sections"]["opinion"] = json!("guilty");
    assert!(findings(&more).contains(&"opinion: the manifest does not know the section".to_owned()));
    for nonsense in ["", "[]", "{}", "{\"sections\": []}", "null"] {
        assert!(check(nonsense.as_bytes(), None).is_err(), "{nonsense}");
    }
}

/// Changed in the database between two moves, so that the second one's event tells of it as if it had been so.
#[test]
fn what_was_changed_between_two_moves_is_found_in_the_event_after_it() {
    let proposed = |disposition: &str| json!({"disposition": disposition, "proposed_by": "ana"});
    let of = |before: Value| {
        let (head, events) = chained([
            ("alert_raised", Value::Null, json!({"status": "active"})),
            (
                "alert_decision_proposed",
                json!({"status": "active", "proposal": null}),
                json!({"proposal": proposed("confirmed_fraud")}),
            ),
            ("alert_decided", json!({"proposal": before}), json!({"status": "resolved", "proposal": null})),
        ]);
        let sections = json!({"audit": audit_section(&format!("alert:{ALERT}"), head, &events),
            "alert": {"status": "resolved", "proposal": null}});
        let found = agreement::findings(&sections);
        found.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(of(proposed("confirmed_fraud")), Vec::<String>::new());
    let expected = "audit: event 3: the proposal before it is not what the events until then say";
    assert_eq!(of(proposed("false_positive")), [expected]);
}
