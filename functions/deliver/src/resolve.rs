//! Names to addresses, without those that must not be reached.

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use shared::domain::webhook::address::Reach;
use std::io;
use std::net::SocketAddr;

/// Asks the system, and refuses a name that leads anywhere but to where messages may go. The connection is made to the
/// very addresses that were judged: a name that changes its mind in between gains nothing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct JudgingResolver {
    pub(crate) reach: Reach,
}

impl Resolve for JudgingResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.reach;
        Box::pin(async move {
            // The port is the client's own affair; it puts the right one in.
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if let Some(refused) = found.iter().find(|address| !reach.allows(address.ip())) {
                let why = format!("{} leads to {}, which is not public", name.as_str(), refused.ip());
                return Err(io::Error::new(io::ErrorKind::PermissionDenied, why).into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}
