//! Files of a bucket: read a part at a time, stored a chunk of rows at a time.

use crate::item::{self, describe, why_not_stored};
use crate::rows::{Parts, Row, read_rows};
use crate::s3::Object;
use serde_json::{Value, json};
use shared::domain::transaction::NewTransaction;
use shared::error::{Error, ErrorKind};
use shared::state::AppState;
use shared::workflow::ingest::{IngestContext, ItemOutcome, ingest};
use std::io::Error as IoError;
use std::time::SystemTime;
use tokio::sync::mpsc::{Sender, channel};
use tokio::task::spawn_blocking;

/// Rows of one file that are logged each when they were not stored; the rest are counted.
const MAX_LOGGED: u64 = 100;
/// Parts that may wait to be read: enough that nobody waits for the other for long.
const WAITING: usize = 4;

/// What became of a file's rows.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    n_rows: u64,
    n_accepted: u64,
    n_replayed: u64,
    n_not_stored: u64,
}

/// Stores the rows of each file.
///
/// # Errors
/// When a file cannot be read to its end, or a row was not stored; the other files and rows are.
pub(crate) async fn ingest_all(
    state: &AppState,
    objects: &[Object],
    context: &IngestContext,
) -> Result<Value, Error> {
    let mut summaries = Vec::new();
    let mut first_error = None;
    for object in objects {
        match ingest_object(state, object, context).await {
            Ok(counts) => summaries.push(counts.summary(object)),
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    match first_error {
        None => Ok(json!({"objects": summaries})),
        Some(error) => Err(error),
    }
}

impl Counts {
    fn summary(self, object: &Object) -> Value {
        let Self { n_rows, n_accepted, n_replayed, n_not_stored } = self;
        json!({"object": object.to_string(), "rows": n_rows, "accepted": n_accepted, "replayed": n_replayed,
            "not_stored": n_not_stored})
    }
}

async fn ingest_object(state: &AppState, object: &Object, context: &IngestContext) -> Result<Counts, Error> {
    let response = object.open(state, SystemTime::now()).await?;
    let (arrived, arriving) = channel(WAITING);
    let (taken, mut rows) = channel(1);
    let columns = state.config.bulk_columns.clone();
    let reading = spawn_blocking(move || read_rows(Parts::new(arriving), &columns, &taken));
    let mut counts = Counts::default();
    let storing = async {
        while let Some(chunk) = rows.recv().await {
            store(state, (object, chunk), context, &mut counts).await?;
        }
        Ok::<(), Error>(())
    };
    let (downloaded, stored) = tokio::join!(download(response, arrived), storing);
    let read = reading.await.map_err(Error::internal)?;
    let Counts { n_rows, n_accepted, n_replayed, n_not_stored } = counts;
    tracing::info!(n_rows, n_accepted, n_replayed, n_not_stored, %object, "{n_rows} rows of {object} were read");
    downloaded.map_err(|error| object.unreadable(error))?;
    stored?;
    read.map_err(|error| {
        Error::new(ErrorKind::ValidationFailed, format!("{object} is no CSV file with a header"))
            .because(error)
    })?;
    match n_not_stored {
        0 => Ok(counts),
        n => Err(Error::new(
            ErrorKind::ValidationFailed,
            format!("{n} of {n_rows} rows of {object} were not stored"),
        )),
    }
}

/// Hands the parts on as they come; that the download broke off is handed on too.
async fn download(
    mut response: reqwest::Response,
    arrived: Sender<Result<Vec<u8>, IoError>>,
) -> Result<(), reqwest::Error> {
    loop {
        match response.chunk().await {
            Ok(Some(part)) => {
                if arrived.send(Ok(part.to_vec())).await.is_err() {
                    // Nobody reads on, and whoever stopped says why.
                    return Ok(());
                }
            }
            Ok(None) => return Ok(()),
            Err(error) => {
                // Nobody may be reading any more.
                let _is_told = arrived.send(Err(IoError::other("the download broke off"))).await;
                return Err(error);
            }
        }
    }
}

async fn store(
    state: &AppState,
    (object, chunk): (&Object, Vec<Row>),
    context: &IngestContext,
    counts: &mut Counts,
) -> Result<(), Error> {
    let how = (state.config.bulk_source.as_deref(), context.now);
    let mut numbers = Vec::new();
    let mut transactions: Vec<NewTransaction> = Vec::new();
    counts.n_rows += chunk.len() as u64;
    for (number, row) in chunk {
        match row.map_err(|problem| vec![problem]).and_then(|value| item::read(&value, "", how)) {
            Ok(transaction) => {
                numbers.push(number);
                transactions.push(transaction);
            }
            Err(problems) => counts.note(object, number, &describe(&problems)),
        }
    }
    if transactions.is_empty() {
        return Ok(());
    }
    for (number, outcome) in numbers.into_iter().zip(ingest(state, context, transactions).await?) {
        match (&outcome, why_not_stored(&outcome)) {
            (_, Some(why)) => counts.note(object, number, &why),
            (ItemOutcome::Replayed(..), None) => counts.n_replayed += 1,
            (_, None) => counts.n_accepted += 1,
        }
    }
    Ok(())
}

impl Counts {
    fn note(&mut self, object: &Object, number: u64, why: &str) {
        self.n_not_stored += 1;
        if self.n_not_stored <= MAX_LOGGED {
            tracing::warn!(%object, row = number, "row {number} of {object} was not stored: {why}");
        }
    }
}
