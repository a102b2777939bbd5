//! The features of schema 2: order, name, unit and meaning of each.
//!
//! Stored vectors and trained models depend on the order: a change here is a new schema id.

/// Declares the features in order, so that the enum and its tables cannot disagree.
macro_rules! features {
    ($($variant:ident = $name:literal, $unit:literal, $description:literal;)*) => {
        /// A named number derived from a transaction and the past known at that moment.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Feature {
            $(#[doc = $description] $variant,)*
        }

        impl Feature {
            /// All features, in the order of the vector.
            pub const ALL: [Self; N_FEATURES] = [$(Self::$variant,)*];

            /// The stable machine name.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The unit, for people.
            pub fn unit(self) -> &'static str {
                match self { $(Self::$variant => $unit,)* }
            }

            /// What it is, in one line.
            pub fn description(self) -> &'static str {
                match self { $(Self::$variant => $description,)* }
            }
        }

        /// How many features a vector holds.
        pub const N_FEATURES: usize = [$($name,)*].len();
    };
}

features! {
    AmountLog = "amount_log", "ln(major units)", "natural logarithm of the amount in major units";
    HourOfDay = "hour_of_day", "hours", "time of day in UTC, 0 to 24";
    IsWeekend = "is_weekend", "0 or 1", "whether it is Saturday or Sunday in UTC";

    AmountPopulationZ = "amount_population_z", "spreads", "robust z of the log amount among the population's in this currency";
    AmountPopulationTail = "amount_population_tail", "nats", "how far beyond the population's 95th percentile, as -ln of the share beyond it that is larger";
    AmountPopulationQuantile = "amount_population_quantile", "share", "share of the population's amounts in this currency that are smaller";
    AmountCategoryZ = "amount_category_z", "spreads", "robust z of the log amount among those of the same category and currency";
    HourPopulationSurprise = "hour_population_surprise", "nats", "-ln of the share of the population's transactions in this hour of the day";
    CountPopulationZ = "count_population_z", "spreads", "robust z of the account's 24-hour count among the population's, on a log scale";

    AccountTransactions = "account_transactions", "ln(1 + n)", "the account's earlier transactions";
    AccountAgeDays = "account_age_days", "days", "time since the account's first transaction";
    AccountAmountZ = "account_amount_z", "spreads", "z of the log amount against the account's own mean and spread";
    AccountAmountRatio = "account_amount_ratio", "times", "amount over the account's own mean amount";
    AccountAmountMedianRatio = "account_amount_median_ratio", "ln(times)", "amount over the median of the account's newest 32, as a logarithm";
    AccountAmountRobustZ = "account_amount_robust_z", "spreads", "amount above the median of the account's newest 32, in their spreads";
    AccountAmountRank = "account_amount_rank", "share", "share of the account's newest 32 amounts that are smaller";
    AccountAmountMaxRatio = "account_amount_max_ratio", "ln(times)", "amount over the largest of the account's newest 32, as a logarithm";
    AccountShift24h = "account_shift_24h", "ln(times)", "the account's mean amount of 24 hours over its lifetime mean, as a logarithm";
    AccountShift7d = "account_shift_7d", "ln(times)", "the account's mean amount of 7 days over its lifetime mean, as a logarithm";
    AccountShift30d = "account_shift_30d", "ln(times)", "the account's mean amount of 30 days over its lifetime mean, as a logarithm";
    AccountRecentShift = "account_recent_shift", "ln(times)", "mean of the account's newest 8 amounts over the median of its newest 32, as a logarithm";
    AccountRecentHigh = "account_recent_high", "transactions", "how many of the account's newest 8 amounts are over three times the median of its newest 32";
    AccountSpendPace24h = "account_spend_pace_24h", "ln(times)", "the account's sum of 24 hours, this amount included, over its daily sum of 30 days, as a logarithm";
    AccountCount1h = "account_count_1h", "transactions", "the account's transactions in the last hour";
    AccountCount24h = "account_count_24h", "transactions", "the account's transactions in the last 24 hours";
    AccountCount7d = "account_count_7d", "transactions", "the account's transactions in the last 7 days";
    AccountCount30d = "account_count_30d", "transactions", "the account's transactions in the last 30 days";
    AccountSum24h = "account_sum_24h", "ln(1 + major units)", "the account's sum in the last 24 hours";
    AccountSum7d = "account_sum_7d", "ln(1 + major units)", "the account's sum in the last 7 days";
    AccountSum30d = "account_sum_30d", "ln(1 + major units)", "the account's sum in the last 30 days";
    AccountMean24h = "account_mean_24h", "ln(1 + major units)", "the account's mean amount in the last 24 hours";
    AccountMean7d = "account_mean_7d", "ln(1 + major units)", "the account's mean amount in the last 7 days";
    AccountMean30d = "account_mean_30d", "ln(1 + major units)", "the account's mean amount in the last 30 days";
    AccountPace1h = "account_pace_1h", "times", "the account's transactions of an hour over its hourly mean of 30 days, one added to each";
    AccountPace24h = "account_pace_24h", "times", "the account's transactions of 24 hours over its daily mean of 30 days, one added to each";
    SecondsSinceLast = "seconds_since_last", "ln(1 + seconds)", "time since the account's last transaction";
    NewCounterparty = "new_counterparty", "nats", "0 if the account knows the counterparty, else -ln of how often it meets a new one";
    NewDevice = "new_device", "nats", "0 if the account knows the device, else -ln of how often it uses a new one";
    NewCountry = "new_country", "nats", "0 if the account knows the country, else -ln of how often it is in a new one";
    NewChannel = "new_channel", "nats", "0 if the account knows the channel, else -ln of how often it uses a new one";
    NewCategory = "new_category", "nats", "0 if the account knows the category, else -ln of how often it meets a new one";
    HourHabit = "hour_habit", "share", "share of the account's transactions within an hour of this time of day, smoothed";
    DistanceKm = "distance_km", "km", "great-circle distance from the account's last known point";
    SpeedKmh = "speed_kmh", "km/h", "speed from the account's last known point to this one";
    AccountFrauds30d = "account_frauds_30d", "transactions", "the account's frauds known among the last 30 days";
    AccountFraudRateMatured = "account_fraud_rate_matured", "share", "share of fraud among the account's matured transactions of 30 days, smoothed towards 1 %";
    AccountStreakFrauds = "account_streak_frauds", "transactions", "frauds in a row of the account, by days on which most was fraud";
    AccountAnyFraudDays = "account_any_fraud_days", "days", "days since the account's newest known fraud, whoever it is attributed to";
    AccountGenuineSince = "account_genuine_since", "transactions", "the account's matured transactions since the day of its newest known fraud";
    AccountAttributedFrauds = "account_attributed_frauds", "transactions", "frauds ever attributed to the account";
    AccountFirstFraudDays = "account_first_fraud_days", "days", "days since the first fraud attributed to the account";
    AccountLastFraudDays = "account_last_fraud_days", "days", "days since the last fraud attributed to the account";

    CounterpartyTransactions = "counterparty_transactions", "ln(1 + n)", "the counterparty's earlier transactions";
    CounterpartyAgeDays = "counterparty_age_days", "days", "time since the counterparty's first transaction";
    CounterpartyAmountZ = "counterparty_amount_z", "spreads", "z of the log amount against the counterparty's own mean and spread";
    CounterpartyCount1h = "counterparty_count_1h", "transactions", "the counterparty's transactions in the last hour";
    CounterpartyCount24h = "counterparty_count_24h", "transactions", "the counterparty's transactions in the last 24 hours";
    CounterpartyCount7d = "counterparty_count_7d", "transactions", "the counterparty's transactions in the last 7 days";
    CounterpartyCount30d = "counterparty_count_30d", "transactions", "the counterparty's transactions in the last 30 days";
    CounterpartyPace24h = "counterparty_pace_24h", "times", "the counterparty's transactions of 24 hours over its daily mean of 30 days, one added to each";
    CounterpartyFrauds7d = "counterparty_frauds_7d", "transactions", "the counterparty's frauds known among the last 7 days";
    CounterpartyFraudRate7d = "counterparty_fraud_rate_7d", "share", "share of known fraud among the counterparty's transactions of 7 days, smoothed towards 1 %";
    CounterpartyFrauds30d = "counterparty_frauds_30d", "transactions", "the counterparty's frauds known among the last 30 days";
    CounterpartyFraudRate30d = "counterparty_fraud_rate_30d", "share", "share of known fraud among the counterparty's transactions of 30 days, smoothed towards 1 %";
    CounterpartyMatured1d = "counterparty_matured_1d", "transactions", "the counterparty's transactions of the day that ends at the label maturity";
    CounterpartyMatured7d = "counterparty_matured_7d", "transactions", "the counterparty's transactions of the 7 days that end at the label maturity";
    CounterpartyMatured30d = "counterparty_matured_30d", "transactions", "the counterparty's transactions of the 30 days that end at the label maturity";
    CounterpartyMaturedFrauds1d = "counterparty_matured_frauds_1d", "transactions", "known frauds among the counterparty's matured transactions of one day";
    CounterpartyMaturedFrauds7d = "counterparty_matured_frauds_7d", "transactions", "known frauds among the counterparty's matured transactions of 7 days";
    CounterpartyMaturedFrauds30d = "counterparty_matured_frauds_30d", "transactions", "known frauds among the counterparty's matured transactions of 30 days";
    CounterpartyMaturedRate1d = "counterparty_matured_rate_1d", "share", "share of fraud among the counterparty's matured transactions of one day, smoothed towards 1 %";
    CounterpartyMaturedRate7d = "counterparty_matured_rate_7d", "share", "share of fraud among the counterparty's matured transactions of 7 days, smoothed towards 1 %";
    CounterpartyMaturedRate30d = "counterparty_matured_rate_30d", "share", "share of fraud among the counterparty's matured transactions of 30 days, smoothed towards 1 %";
    CounterpartyStreakFrauds = "counterparty_streak_frauds", "transactions", "frauds in a row at the counterparty, by days on which most was fraud";
    CounterpartyStreakDays = "counterparty_streak_days", "days", "days since the first of the frauds in a row at the counterparty";
    CounterpartyAnyFraudDays = "counterparty_any_fraud_days", "days", "days since the counterparty's newest known fraud, whoever it is attributed to";
    CounterpartyGenuineSince = "counterparty_genuine_since", "transactions", "the counterparty's matured transactions since the day of its newest known fraud";
    CounterpartyRecentFraudShare = "counterparty_recent_fraud_share", "share", "share of fraud among the counterparty's last 8 known outcomes";
    CounterpartyFraudRun = "counterparty_fraud_run", "transactions", "how many of the counterparty's newest known outcomes in a row are fraud";
    CounterpartyAttributedFrauds = "counterparty_attributed_frauds", "transactions", "frauds ever attributed to the counterparty";
    CounterpartyFirstFraudDays = "counterparty_first_fraud_days", "days", "days since the first fraud attributed to the counterparty";
    CounterpartyLastFraudDays = "counterparty_last_fraud_days", "days", "days since the last fraud attributed to the counterparty";
}

impl Feature {
    /// Its place in the vector.
    pub fn index(self) -> usize {
        self as usize
    }

    /// The feature at a place in the vector.
    pub fn at(index: usize) -> Option<Self> {
        Self::ALL.get(index).copied()
    }

    /// The feature of a machine name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|feature| feature.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_feature_has_its_place_and_a_name_of_its_own() {
        let names: BTreeSet<_> = Feature::ALL.iter().map(|feature| feature.as_str()).collect();
        assert_eq!(names.len(), N_FEATURES);
        for (index, feature) in Feature::ALL.into_iter().enumerate() {
            assert_eq!((feature.index(), Feature::parse(feature.as_str())), (index, Some(feature)));
        }
    }
}
