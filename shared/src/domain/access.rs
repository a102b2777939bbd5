//! Who may do what: roles and permissions.

use super::Invalid;
use super::idempotency::IdempotencyClaim;
use super::ids::SessionId;
use super::rate::Tally;
use jiff::Timestamp;

/// What an API key may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A feed: sends transactions and outside labels.
    Ingest,
    /// Reads everything and works on alerts.
    Analyst,
    /// An analyst who may also reopen, approve and overrule.
    Supervisor,
    /// May do everything.
    Admin,
    /// Can only read.
    Demo,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 5] = [Self::Ingest, Self::Analyst, Self::Supervisor, Self::Admin, Self::Demo];

    /// Reads the stored word.
    ///
    /// # Errors
    /// When it is none of the five words.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| Invalid::new("must be ingest, analyst, supervisor, admin or demo"))
    }

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Analyst => "analyst",
            Self::Supervisor => "supervisor",
            Self::Admin => "admin",
            Self::Demo => "demo",
        }
    }

    /// Whether a key of this role may do this; what is not listed is denied.
    pub fn may(self, permission: Permission) -> bool {
        match permission {
            Permission::Ingest => matches!(self, Self::Ingest | Self::Admin),
            Permission::Read => matches!(self, Self::Analyst | Self::Supervisor | Self::Admin | Self::Demo),
            Permission::Investigate => matches!(self, Self::Analyst | Self::Supervisor | Self::Admin),
            Permission::Supervise => matches!(self, Self::Supervisor | Self::Admin),
            Permission::Administer => matches!(self, Self::Admin),
            Permission::Label => matches!(self, Self::Ingest | Self::Supervisor | Self::Admin),
        }
    }
}

/// What a caller showed: which key, what proves that it may use it, and the address it came from.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The key's id; empty when none was sent.
    pub key_id: String,
    /// What goes with it.
    pub proof: Proof,
    /// The client's address, counted when the key is not valid.
    pub address: String,
    /// Where the request's count is noted, for the answer's headers.
    pub tally: Tally,
    /// The `Idempotency-Key` that the request came with.
    pub claim: Option<IdempotencyClaim>,
}

/// What proves that a caller may use a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// Nothing, or nothing that can be read.
    Nothing,
    /// SHA-256 of the secret that was shown.
    Secret([u8; 32]),
    /// A session, whose signature is ours.
    Session(SessionClaim),
}

/// What a session's token says beside its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionClaim {
    /// Which session.
    pub id: SessionId,
    /// Which of the key's secrets it was made from, counted from 1; it ends with that secret.
    pub generation: i64,
    /// When it ends by itself.
    pub ends_at: Timestamp,
}

impl Credentials {
    /// Somebody at an address who shows nothing.
    pub fn nobody(address: &str) -> Self {
        Self {
            key_id: String::new(),
            proof: Proof::Nothing,
            address: address.to_owned(),
            tally: Tally::default(),
            claim: None,
        }
    }

    /// Somebody who shows a key, by the hash of its secret.
    pub fn of_key(key_id: String, secret_hash: [u8; 32], address: &str) -> Self {
        Self { key_id, proof: Proof::Secret(secret_hash), ..Self::nobody(address) }
    }

    /// Somebody who shows a session of a key.
    pub fn of_session(key_id: String, claim: SessionClaim, address: &str) -> Self {
        Self { key_id, proof: Proof::Session(claim), ..Self::nobody(address) }
    }

    /// The same, noting the request's count there.
    #[must_use]
    pub fn noting(self, tally: Tally) -> Self {
        Self { tally, ..self }
    }

    /// The same, with the request's `Idempotency-Key`.
    #[must_use]
    pub fn claiming(self, claim: Option<IdempotencyClaim>) -> Self {
        Self { claim, ..self }
    }

    /// The hash of the secret that was shown; zeros, which no secret has, where none was.
    pub fn secret_hash(&self) -> [u8; 32] {
        match self.proof {
            Proof::Secret(hash) => hash,
            Proof::Nothing | Proof::Session(_) => [0; 32],
        }
    }

    /// The session that was shown.
    pub fn session(&self) -> Option<SessionClaim> {
        match self.proof {
            Proof::Session(claim) => Some(claim),
            Proof::Nothing | Proof::Secret(_) => None,
        }
    }
}

/// What an actor is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActorKind {
    /// A key, by its id.
    Key,
    /// A function of ours that the platform has admitted, by its name.
    Function,
}

/// A caller that was admitted.
#[derive(Debug, Clone)]
pub struct Actor {
    /// What it is known by.
    pub kind: ActorKind,
    /// The key's id, or the function's name.
    pub key_id: String,
    /// What the key may be.
    pub role: Role,
    /// The sources it is bound to; none for all.
    pub sources: Option<Vec<String>>,
}

impl Actor {
    /// A function of ours, which sends transactions of any source.
    pub fn of_function(name: &str) -> Self {
        Self { kind: ActorKind::Function, key_id: name.to_owned(), role: Role::Ingest, sources: None }
    }

    /// How the audit trail names it.
    pub fn audit_name(&self) -> String {
        match self.kind {
            ActorKind::Key => format!("key:{}", self.key_id),
            ActorKind::Function => format!("function:{}", self.key_id),
        }
    }

    /// Whether it may send or label transactions of a source.
    pub fn is_bound_to(&self, source: &str) -> bool {
        self.sources.as_ref().is_none_or(|sources| sources.iter().any(|bound| bound == source))
    }
}

/// What a route asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// Send transactions.
    Ingest,
    /// Read alerts and what they are made of.
    Read,
    /// Claim, release, escalate and decide alerts, and write notes.
    Investigate,
    /// Assign alerts to others, reopen and close them, undo what others did, and keep the lists.
    Supervise,
    /// Send labels from outside, such as chargebacks.
    Label,
    /// Manage keys and what everybody scores with; start the schedule's tasks by hand.
    Administer,
}

impl Permission {
    /// All.
    pub const ALL: [Self; 6] =
        [Self::Ingest, Self::Read, Self::Investigate, Self::Supervise, Self::Label, Self::Administer];

    /// Reads the word.
    ///
    /// # Errors
    /// When it is none of the words.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|permission| permission.as_str() == text)
            .ok_or_else(|| Invalid::new("must be a permission"))
    }

    /// The word that the description of the API has.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Read => "read",
            Self::Investigate => "investigate",
            Self::Supervise => "supervise",
            Self::Label => "label",
            Self::Administer => "administer",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn demo_can_only_read_and_a_feed_cannot_read() {
        assert!(Role::Demo.may(Permission::Read) && !Role::Ingest.may(Permission::Read));
        for permission in [
            Permission::Ingest,
            Permission::Investigate,
            Permission::Supervise,
            Permission::Label,
            Permission::Administer,
        ] {
            assert!(!Role::Demo.may(permission), "demo may {permission:?}");
        }
    }
}
