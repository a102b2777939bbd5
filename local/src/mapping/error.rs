//! What can be wrong with a mapping or with the file it describes.

use shared::domain::Invalid;

/// A mapping that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MappingError {
    /// Neither a built-in name nor a readable file.
    #[error(
        "cannot read the mapping {path}: name handbook, sparkov, amazon_fraud_detector or the path of a JSON file"
    )]
    Unreadable {
        /// What was asked for.
        path: String,
        /// Why not.
        source: std::io::Error,
    },
    /// Not the JSON of a mapping.
    #[error("the mapping {name} is not understood: correct it as its cause says")]
    Malformed {
        /// Its name.
        name: String,
        /// Where and why.
        source: serde_json::Error,
    },
    /// A member's value is refused.
    #[error("the mapping {name}: {member} {reason}")]
    Member {
        /// Its name.
        name: String,
        /// The member, with dots.
        member: &'static str,
        /// What would be right.
        reason: Invalid,
    },
}

/// A file that cannot be read with its mapping.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The file cannot be opened.
    #[error("cannot open {path}: name a .csv or .csv.gz file that exists")]
    Unreadable {
        /// The file.
        path: String,
        /// Why not.
        source: std::io::Error,
    },
    /// A value that the domain refuses.
    #[error("a row cannot be used: {0}; correct it as it says")]
    Unusable(Invalid),
    /// Two rows with one id.
    #[error("two rows have the id {external_id}: give each transaction an id of its own")]
    Repeated {
        /// The id.
        external_id: String,
    },
    /// Not well-formed CSV.
    #[error("line {line} is not well-formed CSV: give it as many fields as the header, in UTF-8")]
    Malformed {
        /// The line, from 1.
        line: u64,
        /// What the reader met.
        source: csv::Error,
    },
    /// The mapping names a column that the file does not have.
    #[error(
        "line 1: no column {column} for {field}: the columns are {present}; name one of them in the mapping"
    )]
    NoColumn {
        /// The column named by the mapping.
        column: String,
        /// What it was to be.
        field: &'static str,
        /// The file's columns.
        present: String,
    },
    /// A cell cannot be what the mapping says.
    #[error("line {line}, column {column}: {field} {reason}; correct the cell or the mapping")]
    Cell {
        /// The line, from 1.
        line: u64,
        /// The column's header.
        column: String,
        /// What the cell was to be.
        field: &'static str,
        /// What would be right.
        reason: Invalid,
    },
}
