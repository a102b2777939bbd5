//! The page that `telltale run` ends in: what a newcomer can do next.

use crate::keys::LocalKeys;
use crate::seed::extreme_example;
use jiff::Timestamp;

/// The section of docs/API.md that goes on from here.
const WALK: &str = "A walk through the API";

/// The address, the keys, one call that raises an alert and one that reads it, and where to go on.
pub fn page(port: u16, keys: &LocalKeys, now: Timestamp) -> String {
    let address = format!("http://127.0.0.1:{port}");
    let example = extreme_example(now, &format!("first-look-{}", now.as_second()));
    let account = example["account"].as_str().unwrap_or_default().to_owned();
    let (admin, analyst) = (&keys.admin, &keys.analyst);
    format!(
        "
Telltale runs at {address}.

  admin key    {admin}
  analyst key  {analyst}

Raise an alert: a customer from Brussels, who spends some 50 EUR at a time, pays 9750 EUR in Singapore.

  curl -s {address}/api/v1/transactions \\
    -H 'Authorization: Bearer {admin}' \\
    -H 'Content-Type: application/json' \\
    -d '{example}'

Read it, with its place in the queue; then ask for /api/v1/alerts/<its id> to see why:

  curl -s '{address}/api/v1/alerts?account={account}&limit=1' \\
    -H 'Authorization: Bearer {analyst}'

Every route, to read and to try: {address}/docs
From a key to verified evidence, block by block to paste: \"{WALK}\" in docs/API.md

Stop with Ctrl-C; the data stays under .local/ and `make run` goes on with it.
"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_leads_to_the_routes_and_to_a_walk_that_is_there() {
        let keys = LocalKeys { admin: "tt_a_1".to_owned(), analyst: "tt_b_2".to_owned() };
        let page = page(8080, &keys, "2026-03-04T15:20:00Z".parse().unwrap());
        assert!(page.contains("http://127.0.0.1:8080/docs\n"), "{page}");
        assert!(page.contains(WALK), "{page}");
        assert!(include_str!("../../docs/API.md").contains(&format!("\n## {WALK}\n")));
    }
}
