//! Parity: what the service stores of a history equals to the bit what `telltale evaluate` makes of it in memory.
//!
//! What lives here: one history of 20,000 transactions, through HTTP and a database in requests of one, of 100 and
//! of 5,000, with labels, baselines and models in between; and the same history through the walk in memory.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

mod history;
mod memory;
mod scored;
mod service;

use scored::{Artifact, Scored};
use std::collections::BTreeMap;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_service_and_the_walk_in_memory_agree_to_the_bit() {
    let folder = std::env::temp_dir().join(format!("telltale-parity-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let history = std::sync::Arc::new(history::history(&folder));
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!((history.events.len(), history.timeline.transactions().len()), (history::N, history::N));

    let in_memory = {
        let history = std::sync::Arc::clone(&history);
        tokio::task::spawn_blocking(move || memory::score(&history))
    };
    let app = service::app().await;
    let sizes = service::send(&app, &history).await;
    let (scored, artifacts) = in_memory.await.unwrap();

    check_that_it_says_something(&sizes, &scored, &artifacts);
    assert_same_scores(&service::scored(&app).await, &scored);
    assert_same_artifacts(&service::artifacts(&app).await, &artifacts);
}

/// All sizes of requests, labels that matter, and each kind of model over many transactions.
fn check_that_it_says_something(sizes: &service::Sizes, scored: &[Scored], artifacts: &[Artifact]) {
    assert!(sizes[&1] >= 1_000 && sizes[&100] >= 30 && sizes[&service::LARGE] >= 1, "{sizes:?}");
    let kinds: Vec<&str> = artifacts.iter().map(|artifact| artifact.kind.as_str()).collect();
    let expected = [
        "population_baseline",
        "population_baseline",
        "isolation_forest",
        "population_baseline",
        "population_baseline",
        "supervised_forest",
        "population_baseline",
        "population_baseline",
    ];
    assert_eq!(kinds, expected);
    let mut severities: BTreeMap<&str, usize> = BTreeMap::new();
    for one in scored {
        *severities.entry(one.severity.as_str()).or_default() += 1;
    }
    assert!(!severities.contains_key("needs_review"), "{severities:?}");
    assert!(severities["medium"] + severities["high"] + severities["critical"] > 50, "{severities:?}");
    let n_probable = scored.iter().filter(|one| one.probability.is_some()).count();
    assert!(n_probable > 10_000, "{n_probable}");
}

fn assert_same_artifacts(stored: &[Artifact], made: &[Artifact]) {
    assert_eq!(stored.len(), made.len());
    for (position, (stored, made)) in stored.iter().zip(made).enumerate() {
        let (bytes, kind) = (stored.bytes.len(), &stored.kind);
        assert!(stored == made, "artifact {position}, {kind} of {bytes} bytes, differs");
    }
}

fn assert_same_scores(stored: &[Scored], made: &[Scored]) {
    assert_eq!(stored.len(), made.len());
    let n_different = stored.iter().zip(made).filter(|(stored, made)| stored != made).count();
    for (position, (stored, made)) in stored.iter().zip(made).enumerate() {
        let features = stored.features_that_differ(made);
        assert!(
            stored == made,
            "{n_different} differ; the first is transaction {position}, {}: features {features:?}, layers {:?} and \
             {:?}",
            stored.external_id,
            stored.layers,
            made.layers
        );
    }
}
