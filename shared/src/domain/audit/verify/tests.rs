use super::*;
use crate::domain::audit::{AuditEvent, GENESIS};
use jiff::Timestamp;
use serde_json::json;

const CHAIN: &str = "alert:alr_1";

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

/// What somebody does to a row.
type Change = fn(&mut StoredEvent);

/// A chain of so many events, and its head.
fn chain(n: i64) -> (Vec<StoredEvent>, ChainHead) {
    let mut head = ChainHead::default();
    let mut events = Vec::new();
    for number in 1..=n {
        let event = head.append(AuditEntry {
            chain: CHAIN.into(),
            actor: "key:ana".into(),
            action: "alert_noted".into(),
            at: Timestamp::UNIX_EPOCH,
            request_id: "req-1".into(),
            before: Value::Null,
            after: json!({"number": number, "share": 1e17}),
        });
        head = event.head();
        events.push(stored(&event));
    }
    (events, head)
}

fn walk(events: &[StoredEvent], head: ChainHead) -> Result<ChainHead, Fault> {
    let mut walk = ChainWalk::begin(CHAIN.into(), head);
    for event in events {
        walk.step(event)?;
    }
    walk.end()
}

fn fault(sequence: i64, difference: Difference) -> Result<ChainHead, Fault> {
    Err(Fault { chain: CHAIN.into(), sequence, difference })
}

#[test]
fn a_chain_as_it_was_written_is_walked_to_its_head() {
    let (events, head) = chain(3);
    assert_eq!(walk(&events, head), Ok(head));
    assert_eq!(walk(&[], ChainHead::default()), Ok(ChainHead { sequence: 0, hash: GENESIS }));
    // It has grown since the head was read.
    let (_, earlier) = chain(2);
    assert_eq!(walk(&events, earlier), Ok(head));
}

#[test]
fn each_column_is_held_to_the_hashed_bytes() {
    let (events, head) = chain(3);
    let changes: [(&'static str, Change); 6] = [
        ("actor", |event| event.actor = "key:bob".into()),
        ("action", |event| event.action = "alert_decided".into()),
        ("at", |event| event.at = Timestamp::MAX),
        ("request_id", |event| event.request_id.clear()),
        ("before", |event| event.before = json!({})),
        ("after", |event| event.after = json!({"number": 2, "share": 2e17})),
    ];
    for (column, change) in changes {
        let mut changed = events.clone();
        change(&mut changed[1]);
        assert_eq!(walk(&changed, head), fault(2, Difference::Column(column)));
    }
    let mut of_another = ChainWalk::begin("alert:alr_2".into(), head);
    assert_eq!(of_another.step(&events[0]).unwrap_err().difference, Difference::Column("chain"));
}

#[test]
fn the_databases_spelling_of_a_number_is_no_change() {
    let (mut events, head) = chain(1);
    events[0].after = json!({"number": 1, "share": 100_000_000_000_000_000_u64});
    assert_eq!(walk(&events, head), Ok(head));
    events[0].after = json!({"number": 1, "share": 100_000_000_000_000_064_u64});
    assert!(walk(&events, head).is_err());
}

#[test]
fn any_byte_that_was_hashed_is_found_changed() {
    let (events, head) = chain(2);
    for at in 0..events[0].canonical.len() {
        let mut changed = events.clone();
        changed[0].canonical[at] ^= 1;
        assert_eq!(walk(&changed, head), fault(1, Difference::Changed), "byte {at}");
        // Whoever hashes it again is found one event on.
        let hash = hash_of(&GENESIS, &changed[0].canonical);
        changed[0].hash = hash.to_vec();
        assert!(walk(&changed, head).is_err(), "byte {at}");
    }
}

#[test]
fn a_rewritten_chain_is_found_by_its_head() {
    let (_, head) = chain(2);
    let (mut events, _) = chain(1);
    let mut other =
        ChainHead { sequence: 1, hash: events[0].hash.as_slice().try_into().unwrap() }.append(AuditEntry {
            chain: CHAIN.into(),
            actor: "key:bob".into(),
            action: "alert_noted".into(),
            at: Timestamp::UNIX_EPOCH,
            request_id: String::new(),
            before: Value::Null,
            after: Value::Null,
        });
    events.push(stored(&other));
    assert_eq!(walk(&events, head), fault(2, Difference::Head));
    // Bytes that hash right and are no event.
    other.canonical = vec![0, 0, 0, 1, b'x'];
    other.hash = hash_of(&other.prev_hash, &other.canonical);
    events[1] = stored(&other);
    assert_eq!(walk(&events, head), fault(2, Difference::Unreadable));
}

#[test]
fn what_is_missing_doubled_or_moved_is_named() {
    let (events, head) = chain(3);
    let without = |at: usize| {
        let mut events = events.clone();
        events.remove(at);
        events
    };
    assert_eq!(walk(&without(0), head), fault(1, Difference::Missing));
    assert_eq!(walk(&without(1), head), fault(2, Difference::Missing));
    assert_eq!(walk(&without(2), head), fault(3, Difference::Missing));
    let mut doubled = events.clone();
    doubled.insert(2, events[1].clone());
    assert_eq!(walk(&doubled, head), fault(2, Difference::Fork));
    let mut closed = without(1);
    closed[1].sequence = 2;
    assert_eq!(walk(&closed, head), fault(2, Difference::Unlinked));
}
