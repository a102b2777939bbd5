use super::*;
use std::io::Write;

const HEADER: &str = "id,at,who,where,sum,fraud";

fn mapping(more_columns: &str, rules: &str) -> Mapping {
    let text = format!(
        r#"{{"source": "bank", "columns": {{"external_id": "id", "occurred_at": "at", "account": "who",
        "counterparty": "where", "amount": "sum", "fraud": "fraud"{more_columns}}},
        "constants": {{"currency": "EUR", "channel": "card", "entity_type": "individual"}}, "amounts": {rules}}}"#
    );
    Mapping::parse("test", &text).unwrap()
}

fn rows_of(text: &str, mapping: Mapping) -> Result<Rows, DataError> {
    let window = "2025-01-02T00:00:00Z".parse().unwrap().."2025-01-04T00:00:00Z".parse().unwrap();
    Rows::try_new(Box::new(std::io::Cursor::new(text.to_owned())), mapping, window)
}

fn lenient() -> Mapping {
    mapping("", r#"{"rounding": "half_even", "not_positive": "skip"}"#)
}

/// The message of the first fault of a file with this one row.
fn fault(row: &str) -> String {
    let read = rows_of(&format!("{HEADER}\n1,2025-01-02T10:00:00Z,a,b,5.00,0\n{row}\n"), lenient()).unwrap();
    read.filter_map(Result::err).next().unwrap().to_string()
}

#[test]
fn rows_in_the_window_become_transactions_and_the_rest_is_counted() {
    let text = format!(
        "{HEADER}\n1,2025-01-01T23:59:59Z,a,b,5.00,0\n2,2025-01-02 00:00:00,a,b,5.005,1\n\
         3,2025-01-03T23:59:59Z,a,b,0.00,0\n4,2025-01-03T12:00:00+02:00,a,\"b, c\",7,\n5,2025-01-04T00:00:00Z,a,b,5,0\n"
    );
    let mut rows = rows_of(&text, lenient()).unwrap();
    let read: Vec<Row> = rows.by_ref().collect::<Result<_, _>>().unwrap();
    assert_eq!(
        rows.tally(),
        Tally { n_read: 5, n_outside_window: 2, n_rounded: 1, n_raised: 0, n_left_out: 1 }
    );
    assert_eq!(read.len(), 2);
    assert_eq!((read[0].transaction.amount.as_str(), read[0].verdict), ("5.00", Some(Verdict::Fraud)));
    assert_eq!(read[0].transaction.entity_type.as_deref(), Some("individual"));
    assert_eq!((read[1].transaction.counterparty.as_str(), read[1].verdict), ("b, c", None));
    assert_eq!(read[1].transaction.occurred_at.to_string(), "2025-01-03T10:00:00Z");
    assert_eq!(read[1].transaction.place, None);
}

#[test]
fn a_faulty_cell_is_named_by_line_and_column() {
    for (row, column, word) in [
        ("2,yesterday,a,b,5.00,0", "column at", "2018-04-01T00:00:31Z"),
        ("2,2025-01-02T10:00:00Z,a,b,five,0", "column sum", "decimal"),
        ("2,2025-01-02T10:00:00Z,,b,5.00,0", "column who", "empty"),
        ("2,2025-01-02T10:00:00Z,a,b,5.00,maybe", "column fraud", "genuine"),
    ] {
        let message = fault(row);
        assert!(
            message.starts_with("line 3, ") && message.contains(column) && message.contains(word),
            "{message}"
        );
    }
}

#[test]
fn a_row_of_the_wrong_length_and_a_missing_column_are_named() {
    assert!(
        fault("2,2025-01-02T10:00:00Z,a").starts_with("line 3 "),
        "{}",
        fault("2,2025-01-02T10:00:00Z,a")
    );
    let missing = rows_of("id,at,who,sum,fraud\n", lenient()).unwrap_err().to_string();
    assert!(missing.contains("where") && missing.contains("id, at, who, sum, fraud"), "{missing}");
}

#[test]
fn a_column_overrides_the_constant_and_its_empty_cell_does_not() {
    let rules = r#"{"rounding": "half_even", "not_positive": "fail"}"#;
    let columns = r#", "currency": "cur", "latitude": "lat", "longitude": "lon", "country": "land""#;
    let text = format!(
        "{HEADER},cur,lat,lon,land\n1,2025-01-02T10:00:00Z,a,b,500,0,JPY,50.85,4.35,BE\n\
         2,2025-01-02T10:00:00Z,a,b,500,0,,,,\n"
    );
    let read: Vec<Row> = rows_of(&text, mapping(columns, rules)).unwrap().collect::<Result<_, _>>().unwrap();
    let [japan, home] = read.as_slice() else { panic!("two rows") };
    assert_eq!((japan.transaction.amount.as_str(), japan.transaction.currency.as_str()), ("500", "JPY"));
    let place = japan.transaction.place.clone().unwrap();
    assert_eq!(
        (place.country.as_deref(), place.latitude, place.longitude),
        (Some("BE"), Some(50.85), Some(4.35))
    );
    assert_eq!((home.transaction.currency.as_str(), &home.transaction.place), ("EUR", &None));
}

#[test]
fn half_a_point_and_a_point_off_the_globe_are_faults() {
    let rules = r#"{"rounding": "half_even", "not_positive": "fail"}"#;
    for point in ["50.85,", "91,4", "north,4"] {
        let text = format!("{HEADER},lat,lon\n1,2025-01-02T10:00:00Z,a,b,5,0,{point}\n");
        let mapping = mapping(r#", "latitude": "lat", "longitude": "lon""#, rules);
        let message = rows_of(&text, mapping).unwrap().next().unwrap().unwrap_err().to_string();
        assert!(message.contains("line 2, column lat"), "{message}");
    }
}

#[test]
fn a_gzip_file_reads_as_the_plain_one() {
    let text = format!("{HEADER}\n1,2025-01-02T10:00:00Z,a,b,5.00,0\n");
    let path = std::env::temp_dir().join(format!("telltale-rows-{}.csv.gz", std::process::id()));
    let mut encoder =
        flate2::write::GzEncoder::new(File::create(&path).unwrap(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap();
    let input = open(path.to_str().unwrap()).unwrap();
    let window = "2025-01-02T00:00:00Z".parse().unwrap().."2025-01-04T00:00:00Z".parse().unwrap();
    let read: Vec<Row> = Rows::try_new(input, lenient(), window).unwrap().collect::<Result<_, _>>().unwrap();
    std::fs::remove_file(&path).unwrap();
    let plain: Vec<Row> = rows_of(&text, lenient()).unwrap().collect::<Result<_, _>>().unwrap();
    assert_eq!(read, plain);
}

/// A file as Amazon Fraud Detector imports and exports events, with the variables that the mapping names.
fn of_fraud_detector(rows: &[&str]) -> Vec<Result<Row, DataError>> {
    let header = "EVENT_ID,EVENT_TIMESTAMP,ENTITY_ID,ENTITY_TYPE,EVENT_LABEL,LABEL_TIMESTAMP,price,currency_code,\
                  product_category,fingerprint,ip_address,billing_country,payment_type,card_bin";
    let text = format!("{header}\n{}\n", rows.join("\n"));
    rows_of(&text, Mapping::load("amazon_fraud_detector").unwrap()).unwrap().collect()
}

#[test]
fn an_event_of_fraud_detector_becomes_a_transaction_and_its_label_has_its_own_time() {
    let rows = of_fraud_detector(&[
        "e-1,2025-01-02T10:00:00Z,c-1,customer,fraud,2025-01-09T08:00:00Z,12.5,EUR,books,d-1,192.0.2.1,BE,card,457173",
        "e-2,2025-01-02T11:00:00Z,c-1,customer,,,7,USD,,,,,,",
    ]);
    let rows: Vec<Row> = rows.into_iter().collect::<Result<_, _>>().unwrap();
    let first = &rows[0].transaction;
    assert_eq!((first.account.as_str(), first.counterparty.as_str()), ("c-1", "own-shop"));
    assert_eq!((first.amount.as_str(), first.currency.as_str()), ("12.50", "EUR"));
    let attributes = [("ENTITY_TYPE", "customer"), ("card_bin", "457173"), ("payment_type", "card")];
    let attributes = attributes.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(first.attributes, BTreeMap::from(attributes));
    assert_eq!(rows[0].verdict, Some(Verdict::Fraud));
    assert_eq!(rows[0].label_at, "2025-01-09T08:00:00Z".parse().ok());
    assert_eq!((rows[1].verdict, rows[1].label_at, rows[1].transaction.attributes.len()), (None, None, 1));
}

#[test]
fn every_form_of_time_that_fraud_detector_takes_is_read() {
    let noon = "2025-01-02T12:05:00Z".parse().unwrap();
    for text in [
        "2025-01-02T12:05:00Z",
        "2025-01-02 12:05:00",
        "2025/01/02 12:05:00",
        "2025/01/02 12:05:00 PM",
        "1/2/2025 12:05",
        "01/02/2025 12:05:00",
        "01/02/2025 12:05:00 PM",
        "01/02/25 12:05:00",
        "1/2/25 12:05",
    ] {
        let rows = of_fraud_detector(&[&format!("e-1,{text},c-1,customer,legit,,7,USD,,,,,,")]);
        assert_eq!(rows[0].as_ref().map(|row| row.transaction.occurred_at).ok(), Some(noon), "{text}");
    }
}

#[test]
fn an_unknown_word_and_a_label_from_before_its_event_are_faults() {
    let fault = |row: &str| of_fraud_detector(&[row]).remove(0).unwrap_err().to_string();
    let word = fault("e-1,2025-01-02T10:00:00Z,c-1,customer,FRAUD,,7,USD,,,,,,");
    assert!(word.contains("EVENT_LABEL") && word.contains("FRAUD is none"), "{word}");
    let early = fault("e-1,2025-01-02T10:00:00Z,c-1,customer,fraud,2025-01-01T10:00:00Z,7,USD,,,,,,");
    assert!(early.contains("LABEL_TIMESTAMP") && early.contains("before the transaction"), "{early}");
}
