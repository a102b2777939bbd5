//! Counts of the queue as they look on the wire.

use serde::Serialize;
use shared::workflow::alerts::{Bucket, CountedFacet};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What is left of the queue by each word of each facet.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AlertFacets)]
pub(crate) struct FacetsOut {
    /// By status, severity, sla, kind and assignee.
    facets: BTreeMap<&'static str, Vec<BucketOut>>,
}

/// One word of a facet.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FacetBucket)]
struct BucketOut {
    value: String,
    /// At most 1,000.
    count: i64,
    /// Whether there are more.
    is_capped: bool,
}

impl From<Vec<CountedFacet>> for FacetsOut {
    fn from(facets: Vec<CountedFacet>) -> Self {
        let bucket = |Bucket { value, n, is_capped }| BucketOut { value, count: n, is_capped };
        let facet = |facet: CountedFacet| (facet.name, facet.buckets.into_iter().map(bucket).collect());
        Self { facets: facets.into_iter().map(facet).collect() }
    }
}
