//! Sessions: a key exchanged for a token that lives for hours, so that a console need not keep the key.

pub(crate) mod begin;
pub(crate) mod end;
