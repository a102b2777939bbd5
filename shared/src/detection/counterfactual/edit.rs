//! An edit: one input and its new value. What each edit means is said by `inputs`, in words by `sentence`.

use crate::domain::money::Amount;
use crate::domain::score::RiskScore;

/// An input that may be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Input {
    /// How much.
    Amount,
    /// At what time of day.
    Hour,
    /// From which device.
    Device,
    /// Where.
    Place,
    /// With whom.
    Counterparty,
}

impl Input {
    /// All inputs, the smallest change first.
    pub(super) const ALL: [Self; 5] =
        [Self::Amount, Self::Hour, Self::Device, Self::Place, Self::Counterparty];

    /// The stable machine name.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Amount => "amount",
            Self::Hour => "hour",
            Self::Device => "device",
            Self::Place => "place",
            Self::Counterparty => "counterparty",
        }
    }
}

/// One input changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edit {
    /// This amount, in the same currency.
    Amount(Amount),
    /// So many whole hours later.
    HoursLater(u8),
    /// A device that the account knows.
    KnownDevice,
    /// The account's last known point, and a country that it knows.
    KnownPlace,
    /// A counterparty that the account knows and of which no fraud is known.
    TrustedCounterparty,
}

impl Edit {
    /// The input that it changes.
    pub(super) fn input(self) -> Input {
        match self {
            Self::Amount(_) => Input::Amount,
            Self::HoursLater(_) => Input::Hour,
            Self::KnownDevice => Input::Device,
            Self::KnownPlace => Input::Place,
            Self::TrustedCounterparty => Input::Counterparty,
        }
    }
}

/// Edits that keep the transaction below medium, and its risk score with them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Found {
    /// One or two, in the order of [`Input::ALL`].
    pub(super) edits: Vec<Edit>,
    /// The risk score of exactly these inputs.
    pub(super) risk: RiskScore,
}
