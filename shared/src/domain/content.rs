//! A transaction's content hash: how a repeat is told from a different transaction under the same key.

use super::transaction::NewTransaction;
use sha2::{Digest, Sha256};

impl NewTransaction {
    /// SHA-256 over every field behind its length, absent ones marked; equal exactly for equal content.
    pub fn content_hash(&self) -> [u8; 32] {
        let mut hasher = FieldHasher(Sha256::new());
        hasher.field(Some(self.key.source.as_str()));
        hasher.field(Some(self.key.external_id.as_str()));
        hasher.field(Some(self.account.as_str()));
        hasher.field(Some(self.counterparty.as_str()));
        hasher.field(Some(&self.amount.minor().to_string()));
        hasher.field(Some(self.amount.currency().as_str()));
        hasher.field(Some(&self.occurred_at.as_microsecond().to_string()));
        hasher.field(Some(self.channel.as_str()));
        hasher.field(self.entity_type.map(super::transaction::EntityType::as_str));
        hasher.field(self.place.country.as_ref().map(super::transaction::Country::as_str));
        hasher.field(self.place.city.as_ref().map(super::text::City::as_str));
        let degrees =
            self.place.coordinates.map(|at| (at.latitude().to_string(), at.longitude().to_string()));
        hasher.field(degrees.as_ref().map(|(latitude, _)| latitude.as_str()));
        hasher.field(degrees.as_ref().map(|(_, longitude)| longitude.as_str()));
        hasher.field(self.device.as_ref().map(super::text::DeviceId::as_str));
        hasher.field(self.ip_address.map(|address| address.to_string()).as_deref());
        hasher.field(self.category.as_ref().map(super::text::Category::as_str));
        for (name, value) in &self.attributes {
            hasher.field(Some(name));
            hasher.field(Some(value));
        }
        hasher.0.finalize().into()
    }
}

struct FieldHasher(Sha256);

impl FieldHasher {
    fn field(&mut self, value: Option<&str>) {
        match value {
            Some(text) => {
                self.0.update([1]);
                self.0.update((text.len() as u64).to_be_bytes());
                self.0.update(text.as_bytes());
            }
            None => self.0.update([0]),
        }
    }
}
