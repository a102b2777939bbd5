//! Properties of profiles under any history: bounded size, exact decoding, merging free of order.

use super::*;
use crate::detection::attribution::Attribution;
use crate::detection::fixtures::{MONDAY, Sketch};
use crate::domain::label::Verdict;
use crate::domain::transaction::NewTransaction;
use jiff::Timestamp;
use proptest::prelude::*;

const DAY: i64 = 86_400;
const CURRENCIES: [&str; 9] = ["EUR", "USD", "GBP", "JPY", "KWD", "AUD", "CHF", "SEK", "NOK"];
const COUNTRIES: [&str; 4] = ["BE", "FR", "US", "JP"];

#[derive(Debug, Clone)]
enum Event {
    Transaction(Box<NewTransaction>),
    Label(LabelDelta),
}

fn transactions() -> impl Strategy<Value = NewTransaction> {
    (0..150 * DAY, 1..999_999_999_999_999_i64, 0..CURRENCIES.len(), 0..60_u8, any::<bool>()).prop_map(
        |(offset, minor, currency, name, is_full)| {
            let sketch = Sketch::at(MONDAY + offset)
                .minor(minor)
                .currency(CURRENCIES[currency])
                .counterparty(&format!("shop {name}"));
            if !is_full {
                return sketch.build();
            }
            sketch
                .device(&format!("device {name}"))
                .category(&format!("category {name}"))
                .channel(&format!("channel {name}"))
                .country(COUNTRIES[usize::from(name) % COUNTRIES.len()])
                .point(f64::from(name), -f64::from(name))
                .build()
        },
    )
}

fn labels() -> impl Strategy<Value = LabelDelta> {
    (0..150 * DAY, 0..40 * DAY, any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(offset, delay, is_fraud, is_added, is_account)| LabelDelta {
            // Whole days, so that additions and removals meet.
            occurred_at: Timestamp::from_second(MONDAY + offset / DAY * DAY).unwrap(),
            observed_at: Timestamp::from_second(MONDAY + offset + delay).unwrap(),
            verdict: if is_fraud { Verdict::Fraud } else { Verdict::Genuine },
            sign: if is_added { Sign::Add } else { Sign::Remove },
            attributed: if is_account { Attribution::Account } else { Attribution::Counterparty },
        },
    )
}

fn events(n: usize) -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        3 => transactions().prop_map(|transaction| Event::Transaction(Box::new(transaction))),
        1 => labels().prop_map(Event::Label),
    ];
    proptest::collection::vec(event, 0..n)
}

fn counterparty_after<'a>(events: impl IntoIterator<Item = &'a Event>) -> CounterpartyProfile {
    let mut profile = CounterpartyProfile::default();
    for event in events {
        match event {
            Event::Transaction(transaction) => profile.apply(transaction),
            Event::Label(delta) => profile.apply_label(delta),
        }
    }
    profile
}

fn merged(parts: &[&CounterpartyProfile]) -> CounterpartyProfile {
    let mut profile = CounterpartyProfile::default();
    parts.iter().for_each(|part| profile.merge(part));
    profile
}

proptest! {
    #[test]
    fn an_account_is_read_back_as_it_was_after_any_event(events in events(60)) {
        // Through storage after each event, and in memory throughout: the same profile to the bit.
        let (mut in_memory, mut stored) = (AccountProfile::default(), AccountProfile::default().encode());
        for event in &events {
            let mut through_storage = AccountProfile::decode(&stored).unwrap();
            match event {
                Event::Transaction(transaction) => {
                    in_memory.apply(transaction);
                    through_storage.apply(transaction);
                }
                Event::Label(delta) => {
                    in_memory.apply_label(delta);
                    through_storage.apply_label(delta);
                }
            }
            stored = through_storage.encode();
            prop_assert!(stored.len() <= MAX_ENCODED_BYTES);
            prop_assert_eq!(&in_memory, &through_storage);
            prop_assert_eq!(&stored, &in_memory.encode());
        }
    }

    #[test]
    fn a_counterparty_is_the_same_however_its_events_are_spread_and_ordered(
        events in events(80), places in proptest::collection::vec(0..3_usize, 80)
    ) {
        let whole = counterparty_after(&events);
        let backwards = counterparty_after(events.iter().rev());
        prop_assert_eq!(&whole, &backwards);
        let shard = |index: usize| {
            let here = events.iter().zip(&places).filter(|(_, place)| **place == index);
            counterparty_after(here.map(|(event, _)| event))
        };
        let (a, b, c) = (shard(0), shard(1), shard(2));
        prop_assert_eq!(&merged(&[&a, &b, &c]), &whole);
        prop_assert_eq!(&merged(&[&c, &a, &b]), &whole);
        let mut nested = b.clone();
        nested.merge(&c);
        prop_assert_eq!(&merged(&[&a, &nested]), &whole);
    }

    #[test]
    fn a_counterparty_is_read_back_as_it_was(events in events(80)) {
        let profile = counterparty_after(&events);
        let bytes = profile.encode();
        prop_assert!(bytes.len() <= MAX_ENCODED_BYTES);
        prop_assert_eq!(CounterpartyProfile::decode(&bytes), Ok(profile));
    }

    #[test]
    fn no_bytes_make_decoding_panic(bytes in proptest::collection::vec(any::<u8>(), 0..800)) {
        let [first, second] = [1, 2].map(|format: u8| [&[format], bytes.as_slice()].concat());
        for bytes in [bytes, first, second] {
            if let Ok(profile) = AccountProfile::decode(&bytes) {
                prop_assert_eq!(AccountProfile::decode(&profile.encode()), Ok(profile));
            }
            if let Ok(profile) = CounterpartyProfile::decode(&bytes) {
                prop_assert_eq!(CounterpartyProfile::decode(&profile.encode()), Ok(profile));
            }
        }
    }
}

#[test]
fn the_largest_state_that_the_types_allow_fits_the_bound() {
    let (account, counterparty) = (AccountProfile::largest(), CounterpartyProfile::largest());
    for n_bytes in [account.encode().len(), counterparty.encode().len()] {
        assert!((1_000..=MAX_ENCODED_BYTES).contains(&n_bytes), "{n_bytes} bytes");
    }
    assert_eq!(AccountProfile::decode(&account.encode()), Ok(account));
    assert_eq!(CounterpartyProfile::decode(&counterparty.encode()), Ok(counterparty));
}

#[test]
fn a_very_hot_account_of_80_days_fits_the_bound() {
    let (mut account, mut counterparty) = (AccountProfile::default(), CounterpartyProfile::default());
    for index in 0..80 * 1_440_i64 {
        let name = index % 97;
        let transaction = Sketch::at(MONDAY + index * 60)
            .minor(999_999_999_999_999 - index)
            .currency(CURRENCIES[(index % 9) as usize])
            .counterparty(&format!("shop {name}"))
            .device(&format!("device {name}"))
            .category(&format!("category {name}"))
            .channel(&format!("channel {name}"))
            .country(COUNTRIES[(name % 4) as usize])
            .point(-89.0, -179.0)
            .build();
        account.apply(&transaction);
        counterparty.apply(&transaction);
        if index % 10 == 0 {
            let delta = LabelDelta {
                occurred_at: transaction.occurred_at,
                observed_at: transaction.occurred_at,
                verdict: if index % 20 == 0 { Verdict::Fraud } else { Verdict::Genuine },
                sign: Sign::Add,
                attributed: Attribution::Account,
            };
            account.apply_label(&delta);
            counterparty.apply_label(&delta);
        }
    }
    assert!(account.encode().len() <= MAX_ENCODED_BYTES, "{}", account.encode().len());
    assert!(counterparty.encode().len() <= MAX_ENCODED_BYTES, "{}", counterparty.encode().len());
    assert_eq!(AccountProfile::decode(&account.encode()), Ok(account));
}

#[test]
fn a_late_transaction_never_changes_what_was_last_seen() {
    let mut account = AccountProfile::default();
    account.apply(&Sketch::at(MONDAY + 100 * DAY).point(50.0, 4.0).build());
    let last = (account.last_occurred_at(), account.last_point());
    for days in [99, 10] {
        account.apply(&Sketch::at(MONDAY + days * DAY).counterparty("late").point(10.0, 10.0).build());
    }
    assert_eq!((account.last_occurred_at(), account.last_point()), last);
    let now = Timestamp::from_second(MONDAY + 100 * DAY).unwrap();
    assert_eq!((account.n_transactions(), account.windows().count_last_days(now, 30)), (3, Some(2.0)));
    assert_eq!(account.counterparties().len(), 2);
}

#[test]
fn the_first_format_of_both_profiles_is_still_read() {
    let (mut account, mut counterparty) = (AccountProfile::default(), CounterpartyProfile::default());
    for day in 0..40 {
        let transaction = Sketch::at(MONDAY + day * DAY).minor(1_000 + day).device("phone").build();
        account.apply(&transaction);
        counterparty.apply(&transaction);
    }
    // An account's profile has since gained its newest amounts: a length of one byte, two bytes each.
    let appended = 1 + 2 * account.recent().len();
    assert_eq!(appended, 65);
    let bytes = account.encode();
    let content = &bytes[1..bytes.len() - appended];
    let read = AccountProfile::decode(&[&[1], content].concat()).unwrap();
    assert_eq!(read.recent().len(), 0);
    assert_eq!(read.encode(), [&[2], content, &[0]].concat());
    assert_eq!((read.n_transactions(), read.windows()), (40, account.windows()));
    // A counterparty's has gained nothing.
    let bytes = counterparty.encode();
    assert_eq!(CounterpartyProfile::decode(&[&[1], &bytes[1..]].concat()), Ok(counterparty));
}

#[test]
fn an_account_in_the_first_format_is_the_same_as_before_but_for_its_newest_amounts() {
    let mut account = AccountProfile::default();
    account.apply(&Sketch::at(MONDAY).build());
    let bytes = account.encode();
    let mut read = AccountProfile::decode(&[&[1], &bytes[1..bytes.len() - 3]].concat()).unwrap();
    let next = Sketch::at(MONDAY + DAY).minor(5_000).build();
    read.apply(&next);
    account.apply(&next);
    assert_eq!((read.recent().len(), account.recent().len()), (1, 2));
    assert_eq!((read.windows(), read.amounts()), (account.windows(), account.amounts()));
}
