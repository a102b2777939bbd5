//! Replay: a labelled history goes through the HTTP API as it once happened, and its scores meet its labels.
//!
//! What lives here: the steps of one replay. What does not: reading rows ([`crate::mapping`]), the order
//! ([`crate::timeline`]), sending ([`crate::delivery`]), the figures ([`shared::detection::figures`]). The window's rows
//! are read and checked before the first is sent, so that a faulty file sends nothing; that takes about a
//! kilobyte of memory a row.

mod judgement;
pub mod schedule;
pub mod scores;
pub mod summary;

use crate::client::Client;
use crate::console::Progress;
use crate::delivery::{Stopped, deliver};
use crate::mapping::rows::{Row, Rows, Tally, open};
use crate::mapping::{DataError, Mapping};
use crate::timeline::{Timeline, compare};
use crate::wire::TransactionIn;
use schedule::Schedule;
use shared::domain::Invalid;
use shared::domain::label::Verdict;
use summary::ReplaySummary;

/// What to replay.
#[derive(Debug, Clone)]
pub struct ReplayOptions {
    /// A `.csv` or `.csv.gz` file.
    pub data: String,
    /// Which column is what.
    pub mapping: Mapping,
    /// Which days, when labels become known and when models are trained.
    pub schedule: Schedule,
    /// Transactions in one request, 1 to 5,000.
    pub batch_size: usize,
    /// Where to write each transaction's risk score, if anywhere.
    pub scores: Option<String>,
}

/// Why a replay did not run to its end.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The file cannot be read with its mapping.
    #[error("cannot read {path}")]
    Data {
        /// The file.
        path: String,
        /// Where and why.
        source: DataError,
    },
    /// The days cannot be replayed.
    #[error("--from, --to and --label-delay-days: {0}")]
    Schedule(Invalid),
    /// The file has no row on these days.
    #[error("no row of {path} is in the window: its {n_read} rows are all outside; change --from and --to")]
    Empty {
        /// The file.
        path: String,
        /// Its rows.
        n_read: u64,
    },
    /// The server stopped taking it.
    #[error("the replay did not finish")]
    Stopped(#[source] Stopped),
    /// The scores cannot be written.
    #[error("cannot write the scores to {path}")]
    Scores {
        /// The file.
        path: String,
        /// Why not.
        source: csv::Error,
    },
}

/// What the file knows of one transaction that was not sent with it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Truth {
    pub(crate) verdict: Option<Verdict>,
    pub(crate) scenario: Option<String>,
}

/// Replays the file and compares what the server thought with what the labels say.
///
/// # Errors
/// See [`ReplayError`]. Rows that the server refused are counted in the summary, not an error.
pub async fn replay(client: &Client, options: &ReplayOptions) -> Result<ReplaySummary, ReplayError> {
    let schedule = &options.schedule;
    let (rows, tally) = read(options)?;
    let labels = schedule.labels(&rows).map_err(ReplayError::Schedule)?;
    let tasks = schedule.tasks().map_err(ReplayError::Schedule)?;
    let n_not_yet_due = labels.n_not_yet_due;
    let (transactions, truths) = split(rows);
    let timeline = Timeline::new(transactions, labels.due, tasks);

    let progress = Progress::start("replay", timeline.transactions().len() as u64);
    let delivery = deliver(client, &timeline, options.batch_size, &progress).await;
    progress.finish();
    let delivery = delivery.map_err(ReplayError::Stopped)?;

    if let Some(path) = &options.scores {
        scores::write(path, timeline.transactions(), &delivery.assessments)
            .map_err(|source| ReplayError::Scores { path: path.clone(), source })?;
    }
    let judgement = judgement::judge(&truths, &delivery.assessments);
    Ok(ReplaySummary::new(tally, &delivery, n_not_yet_due, judgement))
}

/// The window's rows in the order in which they are sent.
fn read(options: &ReplayOptions) -> Result<(Vec<Row>, Tally), ReplayError> {
    let window = options.schedule.window().map_err(ReplayError::Schedule)?;
    let wrap = |source| ReplayError::Data { path: options.data.clone(), source };
    let input = open(&options.data).map_err(wrap)?;
    let mut reader = Rows::try_new(input, options.mapping.clone(), window).map_err(wrap)?;
    let mut rows: Vec<Row> = reader.by_ref().collect::<Result<_, _>>().map_err(wrap)?;
    let tally = reader.tally();
    if rows.is_empty() {
        return Err(ReplayError::Empty { path: options.data.clone(), n_read: tally.n_read });
    }
    rows.sort_by(|a, b| compare(&a.transaction, &b.transaction));
    Ok((rows, tally))
}

/// The sort of the timeline is stable and the rows are in its order, so positions agree.
fn split(rows: Vec<Row>) -> (Vec<TransactionIn>, Vec<Truth>) {
    let halves = rows.into_iter();
    halves.map(|row| (row.transaction, Truth { verdict: row.verdict, scenario: row.scenario })).unzip()
}
