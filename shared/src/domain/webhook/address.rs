//! Where a message may go: to public addresses, over TLS.
//!
//! Whoever may make a webhook must not reach what only the sender can reach: the sender's own ports, its cloud's
//! metadata, a private network. A name is judged by what it resolves to at each delivery, since that can change.

use crate::domain::Invalid;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use url::{Host, Url};

/// How far messages may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Public addresses over TLS.
    Public,
    /// Any address, and without TLS: a developer's machine, where the receiver is beside the sender.
    Any,
}

impl Reach {
    /// Whether an address may be connected to.
    pub fn allows(self, address: IpAddr) -> bool {
        self == Self::Any || is_public(address)
    }
}

/// The address of a webhook: at most 500 characters as it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookUrl(Url);

impl WebhookUrl {
    const MAX: usize = 500;

    /// Reads an address.
    ///
    /// # Errors
    /// When it is no URL of `https`, carries a password or a fragment, or names an address that `reach` does not allow.
    pub fn parse(text: &str, reach: Reach) -> Result<Self, Invalid> {
        let too_long = || Invalid(format!("must have at most {} characters", Self::MAX));
        if text.len() > Self::MAX {
            return Err(too_long());
        }
        let url = Url::parse(text).map_err(|error| Invalid(format!("must be a URL: {error}")))?;
        // What is not ASCII has become longer.
        if url.as_str().len() > Self::MAX {
            return Err(too_long());
        }
        let is_secure = url.scheme() == "https" || (reach == Reach::Any && url.scheme() == "http");
        if !is_secure {
            return Err(Invalid::new("must begin with https://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Invalid::new("must not carry a user or a password; messages are signed instead"));
        }
        if url.fragment().is_some() {
            return Err(Invalid::new("must not have a fragment (#)"));
        }
        let literal = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            Some(Host::Domain(_)) => None,
            None => return Err(Invalid::new("must name a host")),
        };
        if literal.is_some_and(|address| !reach.allows(address)) {
            return Err(Invalid::new("must not name a private, local or reserved address"));
        }
        Ok(Self(url))
    }

    /// The address as it is called.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether an address is of the public internet: none of IANA's special-purpose registries (RFC 6890 and its updates),
/// no multicast, and no IPv6 address that stands for an IPv4 address which is one of these.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// Networks of IPv4 that are not public, as (network, prefix length).
const SPECIAL_V4: [(Ipv4Addr, u32); 15] = [
    // This network (RFC 791), private use (RFC 1918), shared by providers (RFC 6598).
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    // Loopback (RFC 1122) and link-local (RFC 3927), where clouds keep their metadata.
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    // Protocol assignments (RFC 6890), documentation (RFC 5737), 6to4 relays (RFC 7526), benchmarks (RFC 2544).
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    // Multicast (RFC 5771); reserved and broadcast (RFC 1112).
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

fn is_public_v4(address: Ipv4Addr) -> bool {
    let within = |(network, length): &(Ipv4Addr, u32)| {
        (address.to_bits() ^ network.to_bits()).checked_shr(32 - length) == Some(0)
    };
    !SPECIAL_V4.iter().any(within)
}

/// Networks within 2000::/3 that are not public, as (network, prefix length). What lies outside of it is not public.
const SPECIAL_V6: [(Ipv6Addr, u32); 4] = [
    // Protocol assignments, Teredo among them (RFC 2928, RFC 4380); documentation (RFC 3849, RFC 9637).
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0x0db8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
    // 6to4: an IPv4 address in another dress (RFC 7526).
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
];

fn is_public_v6(address: Ipv6Addr) -> bool {
    let within = |(network, length): &(Ipv6Addr, u32)| {
        (address.to_bits() ^ network.to_bits()).checked_shr(128 - length) == Some(0)
    };
    // Global unicast (RFC 4291); loopback, mapped, translated (64:ff9b::/96), unique local and link-local lie outside.
    let is_global = within(&(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3));
    is_global && !SPECIAL_V6.iter().any(within)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_addresses_are_public() {
        for text in [
            "1.1.1.1",
            "8.8.8.8",
            "172.15.255.255",
            "172.32.0.1",
            "100.128.0.1",
            "2606:4700::1111",
            "2a00::1",
        ] {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn what_only_the_sender_reaches_is_not() {
        for text in [
            "0.0.0.0",
            "10.1.2.3",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "192.0.2.1",
            "198.19.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "::ffff:8.8.8.8",
            "64:ff9b::a00:1",
            "fc00::1",
            "fe80::1",
            "ff02::1",
            "2001::1",
            "2001:db8::1",
            "2002:a00:1::",
            "3fff::1",
            "fd00:ec2::254",
        ] {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn an_address_is_refused_for_a_reason() {
        let refused = |text: &str| WebhookUrl::parse(text, Reach::Public).unwrap_err().0;
        assert_eq!(refused("http://example.com/hook"), "must begin with https://");
        assert!(refused("nonsense").starts_with("must be a URL"));
        assert!(refused("https://user:word@example.com/").contains("password"));
        assert!(refused("https://example.com/#part").contains("fragment"));
        assert!(refused(&format!("https://example.com/{}", "x".repeat(500))).contains("at most 500"));
        assert!(refused(&format!("https://example.com/{}", "é".repeat(100))).contains("at most 500"));
        // Every spelling of a number is the same address.
        for host in ["127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "[::1]", "[::ffff:10.0.0.1]"] {
            assert!(refused(&format!("https://{host}/")).contains("private"), "{host}");
        }
    }

    #[test]
    fn a_developers_machine_reaches_itself() {
        let parsed = WebhookUrl::parse("http://127.0.0.1:9000/hook", Reach::Any);
        assert_eq!(parsed.unwrap().as_str(), "http://127.0.0.1:9000/hook");
        assert!(WebhookUrl::parse("https://example.com/hook?a=b", Reach::Public).is_ok());
    }
}
