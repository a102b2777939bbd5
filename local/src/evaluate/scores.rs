//! The scores of an evaluation as a CSV file, for a judge that trusts no figure of this tool.

use super::row::{Column, TestRow};
use std::fs::File;
use std::io::Write;

const COLUMNS: [Column; 4] = [Column::Statistical, Column::Behavioral, Column::Ml, Column::Risk];

/// Makes the file, empty.
///
/// # Errors
/// When it cannot be made.
pub fn create(path: &str) -> Result<File, csv::Error> {
    Ok(File::create(path)?)
}

/// Writes `transaction_id`, the file's own id, and the layers' and the risk score of every row.
///
/// Scores have the fewest digits that read back as the same number.
///
/// # Errors
/// When the file cannot be written.
pub fn write(output: impl Write, rows: &[TestRow]) -> Result<(), csv::Error> {
    let mut writer = csv::Writer::from_writer(output);
    writer.write_field("transaction_id")?;
    writer.write_record(COLUMNS.map(Column::as_str))?;
    for row in rows {
        writer.write_field(&row.transaction_id)?;
        writer.write_record(COLUMNS.map(|column| column.of(row).to_string()))?;
    }
    writer.flush()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::row::build::row;
    use super::*;

    #[test]
    fn scores_read_back_as_the_same_numbers() {
        let scores = [0.1 + 0.2, 1.0 / 3.0, 5e-324, 1.0];
        let one = TestRow {
            transaction_id: "t,1".to_owned(),
            statistical: scores[0],
            behavioral: scores[1],
            ml: scores[2],
            risk: scores[3],
            ..row("a", 0.5, false)
        };
        let mut written = Vec::new();
        write(&mut written, &[one]).unwrap();
        let mut reader = csv::Reader::from_reader(written.as_slice());
        assert_eq!(
            reader.headers().unwrap(),
            vec!["transaction_id", "statistical", "behavioral", "ml", "risk"]
        );
        let record = reader.records().next().unwrap().unwrap();
        assert_eq!(&record[0], "t,1");
        let read: Vec<u64> = (1..5).map(|n| record[n].parse::<f64>().unwrap().to_bits()).collect();
        assert_eq!(read, scores.map(f64::to_bits));
    }
}
