//! Rows of a CSV file as the objects that the API takes.
//!
//! A column is named as the API's field: `account`, `place.country`, `attributes.note`. `BULK_COLUMNS` renames columns
//! that are named otherwise. An empty cell is a field that is not there.

use csv::{ByteRecord, ReaderBuilder};
use serde_json::{Map, Value, json};
use shared::error::FieldProblem;
use std::collections::BTreeMap;
use std::io::{Error as IoError, Read};
use tokio::sync::mpsc::{Receiver, Sender};

/// Rows handed on at once: as many as ingestion takes into one SQL transaction.
const CHUNK: usize = 1_000;
/// Columns of this name are left out.
const LEFT_OUT: &str = "-";

/// One row: its number, counted from 1 below the header, and what it says.
pub(crate) type Row = (u64, Result<Value, FieldProblem>);

/// The parts of an object as one stream of bytes. A download that broke off is an error, never an end: the last row
/// would be half a row.
pub(crate) struct Parts {
    arriving: Receiver<Result<Vec<u8>, IoError>>,
    current: Vec<u8>,
    at: usize,
}

impl Parts {
    pub(crate) fn new(arriving: Receiver<Result<Vec<u8>, IoError>>) -> Self {
        Self { arriving, current: Vec::new(), at: 0 }
    }
}

impl Read for Parts {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, IoError> {
        while self.at == self.current.len() {
            match self.arriving.blocking_recv() {
                Some(part) => (self.current, self.at) = (part?, 0),
                None => return Ok(0),
            }
        }
        let n = buffer.len().min(self.current.len() - self.at);
        buffer[..n].copy_from_slice(&self.current[self.at..self.at + n]);
        self.at += n;
        Ok(n)
    }
}

/// Reads rows and hands them on in chunks, until the file ends or nobody takes them.
///
/// # Errors
/// When the file breaks off or has no header.
pub(crate) fn read_rows(
    file: impl Read,
    renamed: &BTreeMap<String, String>,
    taken: &Sender<Vec<Row>>,
) -> Result<(), csv::Error> {
    let mut reader = ReaderBuilder::new().flexible(true).from_reader(file);
    let columns: Vec<String> = reader
        .byte_headers()?
        .iter()
        .map(|name| String::from_utf8_lossy(name).trim().trim_start_matches('\u{feff}').to_owned())
        .map(|name| renamed.get(&name).cloned().unwrap_or(name))
        .collect();
    let mut chunk = Vec::new();
    let mut record = ByteRecord::new();
    let mut number = 0;
    while reader.read_byte_record(&mut record)? {
        number += 1;
        chunk.push((number, object(&columns, &record)));
        if chunk.len() == CHUNK && taken.blocking_send(std::mem::take(&mut chunk)).is_err() {
            return Ok(());
        }
    }
    if !chunk.is_empty() {
        // Nobody takes it where ingestion has stopped with an error of its own.
        let _is_taken = taken.blocking_send(chunk);
    }
    Ok(())
}

fn object(columns: &[String], record: &ByteRecord) -> Result<Value, FieldProblem> {
    let problem = |message: String| FieldProblem { pointer: String::new(), message };
    if record.len() != columns.len() {
        return Err(problem(format!("has {} cells, and the header has {}", record.len(), columns.len())));
    }
    let mut object = Map::new();
    for (column, cell) in columns.iter().zip(record) {
        let cell = std::str::from_utf8(cell).map_err(|_| problem(format!("{column} is not UTF-8")))?.trim();
        if cell.is_empty() || column == LEFT_OUT {
            continue;
        }
        match column.split_once('.') {
            None => object.insert(column.clone(), json!(cell)),
            Some((outer, inner)) => {
                let within = object.entry(outer).or_insert_with(|| json!({}));
                let within = within.as_object_mut();
                within.and_then(|within| within.insert(inner.to_owned(), value(column, cell)))
            }
        };
    }
    Ok(Value::Object(object))
}

/// Degrees are numbers on the wire; all else is text.
fn value(column: &str, cell: &str) -> Value {
    match (column, cell.parse::<f64>()) {
        ("place.latitude" | "place.longitude", Ok(degrees)) => json!(degrees),
        _ => json!(cell),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str, renamed: &[(&str, &str)]) -> (Vec<Row>, Result<(), csv::Error>) {
        let renamed = renamed.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect();
        let (taken, mut rows) = tokio::sync::mpsc::channel(8);
        let ended = read_rows(text.as_bytes(), &renamed, &taken);
        drop(taken);
        let mut all = Vec::new();
        while let Some(chunk) = rows.blocking_recv() {
            all.extend(chunk);
        }
        (all, ended)
    }

    #[test]
    fn a_row_becomes_the_object_that_the_api_takes() {
        let text = "\u{feff}id,account,place.latitude,attributes.note,secret\n\"t,1\",a,48.2,,x\n";
        let (rows, ended) = rows(text, &[("id", "external_id"), ("secret", "-")]);
        ended.unwrap();
        let expected = json!({"external_id": "t,1", "account": "a", "place": {"latitude": 48.2}});
        assert_eq!(rows, [(1, Ok(expected))]);
    }

    #[test]
    fn a_row_of_another_length_is_told_and_the_next_is_read() {
        let (rows, ended) = rows("account,amount\na\nb,1\n", &[]);
        ended.unwrap();
        assert!(rows[0].1.as_ref().unwrap_err().message.contains("1 cells"), "{rows:?}");
        assert_eq!(rows[1], (2, Ok(json!({"account": "b", "amount": "1"}))));
    }

    #[test]
    fn a_file_that_breaks_off_is_an_error_and_its_half_row_is_not_read() {
        let (sender, arriving) = tokio::sync::mpsc::channel(4);
        sender.blocking_send(Ok(b"account,amount\na,1\nb,12".to_vec())).unwrap();
        sender.blocking_send(Err(IoError::other("cut"))).unwrap();
        let (taken, mut rows) = tokio::sync::mpsc::channel(4);
        assert!(read_rows(Parts::new(arriving), &BTreeMap::new(), &taken).is_err());
        drop(taken);
        assert!(rows.blocking_recv().is_none());
    }
}
