//! Identifiers: UUID version 7, bare in SQL, prefixed on the wire.
//!
//! The time in an id is the server's `received_at`; partitions are ranges of it.

use super::Invalid;
use jiff::Timestamp;
use std::fmt;
use uuid::Uuid;

/// Ten random bytes for one id; drawn by the caller, since the domain has no random source.
pub type IdEntropy = [u8; 10];

/// Makes ids of one moment sort by `position`, 0 to 65,535: it takes the place of the first random bits.
/// Profiles are rebuilt in the order of ids, which so is the order of scoring.
pub fn in_order(position: u16, mut entropy: IdEntropy) -> IdEntropy {
    // 12 bits of rand_a, then the upper bits of rand_b behind the two of the variant (RFC 9562, section 5.7).
    let [high, low] = position.to_be_bytes();
    entropy[0] = high >> 4;
    entropy[1] = (high << 4) | (low >> 4);
    entropy[2] = ((low & 0x0f) << 2) | (entropy[2] & 0x03);
    entropy
}

macro_rules! prefixed_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Uuid);

        impl $name {
            /// The prefix on the wire, underscore included.
            pub const PREFIX: &'static str = $prefix;

            /// Mints an id whose time is `received_at`, whole milliseconds.
            pub fn mint(received_at: Timestamp, entropy: IdEntropy) -> Self {
                Self(uuid_at(received_at, entropy))
            }

            /// When it was minted, to the millisecond; 1970 of an id that was not minted from a clock.
            pub fn minted_at(self) -> Timestamp {
                let (seconds, nanoseconds) = self.0.get_timestamp().map_or((0, 0), |at| at.to_unix());
                let seconds = i64::try_from(seconds).unwrap_or(0);
                Timestamp::new(seconds, i32::try_from(nanoseconds).unwrap_or(0)).unwrap_or(Timestamp::UNIX_EPOCH)
            }

            /// Reads the wire form.
            ///
            /// # Errors
            /// When the prefix is missing or the rest is not a UUID.
            pub fn parse(text: &str) -> Result<Self, Invalid> {
                text.strip_prefix(Self::PREFIX)
                    .and_then(|bare| Uuid::try_parse(bare).ok())
                    .map(Self)
                    .ok_or_else(|| Invalid::new(concat!("must be an id that starts with ", $prefix)))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}{}", Self::PREFIX, self.0)
            }
        }
    };
}

prefixed_id!(/// One ingested transaction.
    TransactionId, "txn_");
prefixed_id!(/// One assessment; it has the UUID of the transaction it assesses, so one look-up serves both.
    AssessmentId, "asm_");
prefixed_id!(/// One alert.
    AlertId, "alr_");
prefixed_id!(/// One label.
    LabelId, "lbl_");
prefixed_id!(/// One model version: a forest or a population baseline.
    ModelId, "mdl_");
prefixed_id!(/// One note on an alert; its versions share it.
    NoteId, "nte_");
prefixed_id!(/// One file on an alert.
    AttachmentId, "att_");
prefixed_id!(/// One bulk operation, or its undoing.
    OperationId, "opr_");

prefixed_id!(/// One entry of the allow, deny or watch list.
    ListEntryId, "lst_");
prefixed_id!(/// One snooze of an account.
    SnoozeId, "snz_");
prefixed_id!(/// One session of a key.
    SessionId, "ses_");
prefixed_id!(/// One saved view of the queue.
    SavedViewId, "vew_");
prefixed_id!(/// One webhook.
    WebhookId, "whk_");
prefixed_id!(/// One delivery of an event to a webhook.
    DeliveryId, "dlv_");

impl DeliveryId {
    /// What a receiver knows the message by, attempt for attempt.
    pub fn message_id(self) -> String {
        format!("msg_{}", self.0)
    }
}

impl From<TransactionId> for AssessmentId {
    fn from(id: TransactionId) -> Self {
        Self(id.0)
    }
}

/// A version 7 UUID with the given time and random part (RFC 9562, section 5.7).
fn uuid_at(at: Timestamp, entropy: IdEntropy) -> Uuid {
    let milliseconds = u64::try_from(at.as_millisecond()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(milliseconds, &entropy).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_the_wire_and_refuses_another_prefix() {
        let id = AlertId::mint(Timestamp::UNIX_EPOCH, [7; 10]);
        assert_eq!(AlertId::parse(&id.to_string()), Ok(id));
        assert!(TransactionId::parse(&id.to_string()).is_err());
    }

    #[test]
    fn ids_of_one_moment_order_by_position() {
        let id = |position| TransactionId::mint(Timestamp::UNIX_EPOCH, in_order(position, [0xa5; 10]));
        for position in [0, 1, 15, 16, 255, 256, 4_095, 4_096, 65_534] {
            assert!(id(position) < id(position + 1), "{position}");
        }
    }

    #[test]
    fn ids_order_by_the_time_they_were_received() {
        let early = TransactionId::mint(Timestamp::from_millisecond(1_000).unwrap(), [255; 10]);
        let late = TransactionId::mint(Timestamp::from_millisecond(1_001).unwrap(), [0; 10]);
        assert!(early < late);
    }
}
