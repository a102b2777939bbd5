//! What a transaction costs detection, stage by stage: `make bench-detection`.
//!
//! Each stage goes round a pool of different rows, since one row over and over would measure the caches. What
//! is measured here is computing alone; storage and HTTP have a bench of their own. The figures stand in
//! `docs/PERFORMANCE.md`.

#![expect(clippy::unwrap_used, reason = "a bench that cannot make its rows must stop")]
#![expect(clippy::print_stdout, reason = "the size of the model belongs beside the figures")]

mod artifact;
mod feed;
mod walk;
mod world;

use criterion::{BatchSize, Criterion};
use shared::detection::behavioral::BehavioralLayer;
use shared::detection::features::FeatureVector;
use shared::detection::layer::DetectionLayer;
use shared::detection::ml::MlLayer;
use shared::detection::profile::{AccountProfile, CounterpartyProfile};
use shared::detection::statistical::StatisticalLayer;
use shared::domain::assessment::Detail;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;
use walk::Scored;
use world::World;

fn main() {
    let world = World::make();
    println!("{}", world.describe());
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    bench_features(&mut criterion, &world);
    bench_layers(&mut criterion, &world);
    bench_forest(&mut criterion, &world);
    bench_engine(&mut criterion, &world);
    bench_profiles(&mut criterion, &world);
    criterion.final_summary();
}

/// Measures one call a row, round and round the pool.
fn bench_rows<R, O>(criterion: &mut Criterion, stage: &str, rows: &[R], call: impl Fn(&R) -> O) {
    criterion.bench_function(stage, |bencher| {
        let mut rows = rows.iter().cycle();
        bencher.iter(|| call(black_box(rows.next().unwrap())));
    });
}

fn bench_features(criterion: &mut Criterion, world: &World) {
    bench_rows(criterion, "features", &world.pool, |row: &Scored| {
        world.engine.extract(&row.transaction, &row.account, &row.counterparty)
    });
}

/// The statistical and the behavioral layer stand here without their scales, which cost a search among ten
/// points each; in `composite` they have them.
fn bench_layers(criterion: &mut Criterion, world: &World) {
    let layers: [(&str, Box<dyn DetectionLayer>); 3] = [
        ("statistical", Box::new(StatisticalLayer::default())),
        ("behavioral", Box::new(BehavioralLayer::default())),
        ("ml", Box::new(MlLayer::new(Some(Arc::clone(&world.model))))),
    ];
    for (stage, layer) in layers {
        bench_rows(criterion, stage, &world.vectors, |features| layer.assess(features, Detail::ByPath));
    }
}

/// The prediction alone, and with path reasons, on rows without gaps.
fn bench_forest(criterion: &mut Criterion, world: &World) {
    let (forest, rows) = (&world.artifact.forest, world.filled());
    bench_rows(criterion, "forest", &rows, |row| forest.predict(row));
    let mut parts = vec![0.0; forest.n_features()];
    criterion.bench_function("forest by path", |bencher| {
        let mut rows = rows.iter().cycle();
        bencher.iter(|| forest.attribute_by_path(black_box(rows.next().unwrap()), &mut parts));
    });
}

fn bench_engine(criterion: &mut Criterion, world: &World) {
    let assess = |features: &FeatureVector, detail| world.engine.assess(features, detail);
    bench_rows(criterion, "composite", &world.vectors, |features| assess(features, Detail::ByPath));
    bench_rows(criterion, "features and composite", &world.pool, |row: &Scored| {
        assess(&world.engine.extract(&row.transaction, &row.account, &row.counterparty), Detail::ByPath)
    });
    bench_rows(criterion, "exact", &world.vectors, |features| assess(features, Detail::Exact));
}

/// Both profiles of a transaction: taking it, and the way to storage and back.
fn bench_profiles(criterion: &mut Criterion, world: &World) {
    criterion.bench_function("profiles apply", |bencher| {
        let mut rows = world.pool.iter().cycle();
        let next = || {
            let row = rows.next().unwrap();
            (row.account.clone(), row.counterparty.clone(), &row.transaction)
        };
        let apply =
            |(mut account, mut counterparty, transaction): (AccountProfile, CounterpartyProfile, _)| {
                account.apply(transaction);
                counterparty.apply(transaction);
                (account, counterparty)
            };
        bencher.iter_batched(next, apply, BatchSize::SmallInput);
    });
    bench_rows(criterion, "profiles encode and decode", &world.pool, |row: &Scored| {
        let account = AccountProfile::decode(&row.account.encode()).unwrap();
        (account, CounterpartyProfile::decode(&row.counterparty.encode()).unwrap())
    });
}
