//! The scores of a replay as a CSV file, for a judge that trusts no figure of this tool.

use crate::delivery::Assessed;
use crate::wire::TransactionIn;

/// Writes `transaction_id`, the file's own id, and `risk` for each transaction that has a score.
///
/// # Errors
/// When the file cannot be written.
pub fn write(
    path: &str,
    transactions: &[TransactionIn],
    assessments: &[Option<Assessed>],
) -> Result<(), csv::Error> {
    let mut writer = csv::Writer::from_path(path)?;
    writer.write_record(["transaction_id", "risk"])?;
    for (transaction, assessed) in transactions.iter().zip(assessments) {
        if let Some(risk) = assessed.and_then(|assessed| assessed.risk_score) {
            writer.write_record([transaction.external_id.as_str(), &risk.to_string()])?;
        }
    }
    writer.flush()?;
    Ok(())
}
