//! Learning from labels: when it is refused, how time is cut into folds, and that no score is a memory.

use super::*;
use crate::detection::figures::{Judged, area_under_roc};
use crate::detection::fixtures::{self, MONDAY};
use crate::domain::assessment::Detail;
use std::thread;

const DAY: i64 = 86_400;

/// A lesson of a day of which only the amount is known.
fn lesson(day: i64, amount_log: f64, is_fraud: bool) -> Lesson {
    let mut features = FeatureVector::missing();
    features.set(Feature::AmountLog, Some(amount_log));
    Lesson { occurred_at: Timestamp::from_second(MONDAY + day * DAY).unwrap(), features, is_fraud }
}

/// `n_days` of ten lessons; of the `n_frauds` first, every second is fraud.
fn lessons(n_days: i64, n_frauds: usize) -> Vec<Lesson> {
    let n_lessons = usize::try_from(n_days * 40).unwrap();
    let is_fraud = |index: usize| index.is_multiple_of(2) && index / 2 < n_frauds;
    (0..n_lessons).map(|index| lesson(index as i64 / 40, index as f64 % 17.0, is_fraud(index))).collect()
}

fn learn(lessons: &[Lesson]) -> Result<Learned, LearnError> {
    MlModel::learn(lessons, AlertBudget::default(), 5)
}

#[test]
fn too_few_frauds_or_days_are_refused_with_the_number_there_is() {
    assert_eq!(learn(&lessons(10, MIN_FRAUDS - 1)), Err(LearnError::TooFewFrauds { have: 99 }));
    let days = i64::try_from(MIN_DAYS).unwrap();
    assert_eq!(learn(&lessons(days - 1, MIN_FRAUDS)), Err(LearnError::TooFewDays { have: 6 }));
    assert!(learn(&lessons(days, MIN_FRAUDS)).is_ok());
}

#[test]
fn frauds_of_one_block_only_are_too_few_and_no_fault() {
    // Of 28 days each block has seven; 100 frauds at 20 a day fit into the first.
    assert_eq!(learn(&lessons(28, 100)), Err(LearnError::OneBlock));
    assert!(learn(&lessons(16, 100)).is_ok());
}

#[test]
fn folds_are_contiguous_blocks_of_whole_days() {
    // Ten days of 3, 1, 4, 1, 5, 9, 2, 6, 5, 3 lessons; the fourth day of the calendar has none.
    let sizes = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3];
    let day_of = |nth: i64| if nth < 3 { nth } else { nth + 1 };
    let lessons: Vec<Lesson> =
        (0..).zip(sizes).flat_map(|(nth, n)| (0..n).map(move |_| lesson(day_of(nth), 0.0, false))).collect();
    // Two, three, two and three days.
    let ends: Vec<Range<usize>> = blocks_of_days(&lessons).unwrap();
    assert_eq!(ends, [0..4, 4..14, 14..25, 25..39]);
}

#[test]
fn no_row_is_scored_by_a_forest_that_saw_its_block() {
    // Within each block the amount tells fraud from genuine, one above the other; but an amount of another
    // block lies nearest to the other class. A forest that remembers is right about all; one that never saw
    // the block is right about none but by chance.
    let lessons: Vec<Lesson> = (0..480)
        .map(|index| {
            let (block, is_fraud) = (index / 120, index % 3 == 0);
            lesson(index / 60, 3.0 * block as f64 + f64::from(u8::from(is_fraud)), is_fraud)
        })
        .collect();
    let folds = blocks_of_days(&lessons).unwrap();
    assert_eq!(folds, [0..120, 120..240, 240..360, 360..480]);
    let learned = learn(&lessons).unwrap();
    let area = |scores: &dyn Fn(usize) -> f64| {
        let judged =
            |(index, lesson): (usize, &Lesson)| Judged { score: scores(index), is_fraud: lesson.is_fraud };
        area_under_roc(&lessons.iter().enumerate().map(judged).collect::<Vec<_>>()).unwrap()
    };
    let remembered =
        |index: usize| learned.model.judge(&lessons[index].features, Detail::ByPath).unwrap().score;
    assert_eq!(area(&remembered), 1.0);
    let out_of_fold = area(&|index| learned.out_of_fold[index]);
    assert!(out_of_fold < 0.6, "{out_of_fold}");
}

#[test]
fn scores_out_of_fold_are_as_many_as_the_lessons_and_on_the_common_scale() {
    let lessons = fixtures::lessons();
    let learned = learn(&lessons).unwrap();
    assert_eq!(learned.out_of_fold.len(), lessons.len());
    assert!(learned.out_of_fold.iter().all(|score| (0.0..=1.0).contains(score)));
    assert!((0.0..0.2).contains(&learned.calibration_error), "{}", learned.calibration_error);
    assert_eq!(learned.model.n_rows(), 900);
    assert!(learned.model.is_supervised());
    // One of lives that tell: a fraud is twenty times the usual amount.
    let judged: Vec<Judged> = lessons
        .iter()
        .zip(&learned.out_of_fold)
        .map(|(lesson, score)| Judged { score: *score, is_fraud: lesson.is_fraud })
        .collect();
    assert!(area_under_roc(&judged).unwrap() > 0.95);
}

#[test]
fn equal_lessons_give_equal_bytes_on_any_thread_and_another_seed_gives_others() {
    // How many threads a forest is grown on is `Task::run`'s to hold; here threads learn side by side.
    let lessons = lessons(8, 150);
    let bytes = |seed| MlModel::learn(&lessons, AlertBudget::default(), seed).unwrap().model.encode();
    let alone = bytes(5);
    thread::scope(|scope| {
        let others: Vec<_> = (0..3).map(|_| scope.spawn(|| bytes(5))).collect();
        for other in others {
            assert!(other.join().unwrap() == alone, "the bytes differ");
        }
    });
    assert!(bytes(6) != alone, "the seed decided nothing");
}

#[test]
fn what_never_varies_is_no_input_and_a_missing_value_is_a_value() {
    let mut lessons = lessons(7, 100);
    lessons[3].features.set(Feature::HourOfDay, Some(5.0));
    lessons.iter_mut().for_each(|lesson| lesson.features.set(Feature::IsWeekend, Some(1.0)));
    let inputs = varying_inputs(&lessons);
    let places: Vec<Option<Feature>> =
        inputs.iter().map(|input| Feature::at(usize::from(input.index))).collect();
    assert_eq!(places, [Some(Feature::AmountLog), Some(Feature::HourOfDay)]);
    // Amounts are 0 to 16 in turn; what stands for missing is one below the least.
    assert_eq!((inputs[0].missing, inputs[0].median), (-1.0, 8.0));
    assert_eq!((inputs[1].missing, inputs[1].median), (4.0, 5.0));
}

#[test]
fn a_missing_value_is_told_even_beside_numbers_of_wide_steps() {
    // Between 1e9 and the next f32 lie 64.
    let mut lessons = lessons(7, 100);
    lessons.iter_mut().for_each(|lesson| lesson.features.set(Feature::DistanceKm, Some(1e9)));
    lessons[0].features.set(Feature::DistanceKm, None);
    let input = varying_inputs(&lessons).remove(1);
    assert!(input.missing < 1e9 && input.missing.is_finite(), "{input:?}");
}
