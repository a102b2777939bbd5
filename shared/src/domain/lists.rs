//! Lists: what people have said of an account, a counterparty, a device or an address.

use super::Invalid;
use super::ids::ListEntryId;
use super::text::Text;
use std::net::IpAddr;

/// What an entry asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ListKind {
    /// Raise no alert.
    Allow,
    /// Raise an alert of at least high, whatever the score; wins over allow and snooze.
    Deny,
    /// Raise an alert of at least medium, whatever the score.
    Watch,
}

impl ListKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Allow, Self::Deny, Self::Watch];

    /// Reads the word.
    ///
    /// # Errors
    /// When it is none of the three.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| Invalid::new("must be allow, deny or watch"))
    }

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::Watch => "watch",
        }
    }
}

/// Which part of a transaction an entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ListSubject {
    /// The party monitored.
    Account,
    /// The other side.
    Counterparty,
    /// The device or terminal.
    Device,
    /// The address on the network.
    Ip,
}

impl ListSubject {
    /// All subjects.
    pub const ALL: [Self; 4] = [Self::Account, Self::Counterparty, Self::Device, Self::Ip];

    /// Reads the word.
    ///
    /// # Errors
    /// When it is none of the four.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|subject| subject.as_str() == text)
            .ok_or_else(|| Invalid::new("must be account, counterparty, device or ip"))
    }

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Counterparty => "counterparty",
            Self::Device => "device",
            Self::Ip => "ip",
        }
    }

    /// Reads what an entry names, as it stands in transactions.
    ///
    /// # Errors
    /// When no transaction could have it.
    pub fn read_value(self, text: &str) -> Result<String, Invalid> {
        match self {
            Self::Account | Self::Counterparty | Self::Device => Ok(Text::<128>::parse(text)?.to_string()),
            // One spelling of an address, however it was typed: `::1`, never `0:0:0:0:0:0:0:1`.
            Self::Ip => text
                .parse::<IpAddr>()
                .map(|address| address.to_string())
                .map_err(|_| Invalid::new("must be an IP address, such as 203.0.113.7")),
        }
    }
}

/// An entry that is in force for a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListEntry {
    /// Which.
    pub id: ListEntryId,
    /// What it asks for.
    pub kind: ListKind,
    /// What it is about.
    pub subject: ListSubject,
    /// Why somebody made it.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_spelling_and_a_name_is_kept_as_it_is() {
        assert_eq!(ListSubject::Ip.read_value("0:0:0:0:0:0:0:1").unwrap(), "::1");
        assert!(ListSubject::Ip.read_value("somewhere").is_err());
        assert_eq!(ListSubject::Account.read_value("0:0").unwrap(), "0:0");
        assert!(ListSubject::Device.read_value(" d").is_err());
    }
}
