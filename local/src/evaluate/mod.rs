//! Evaluate: a labelled history goes through the production engine, and its scores meet its labels.
//!
//! What lives here: which rows are judged, the figures, and the report with them. What does not: reading
//! rows ([`crate::mapping`]), scoring (`shared::detection`), and the figures of any two lists of scores and
//! labels ([`shared::detection::figures`]). All of it is a pure function of the rows but [`scores`], which writes a file.

pub mod bootstrap;
pub mod calibration;
mod days;
pub mod figures;
pub mod input;
pub mod learning;
pub mod pass;
pub mod protocol;
pub mod report;
pub mod row;
pub mod run;
pub mod scores;
pub mod seeds;
mod text;
pub mod thresholds;
pub mod timing;
pub mod walk;
