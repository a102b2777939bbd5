//! The page that `telltale run` ends in: what a newcomer can do next.

use crate::keys::LocalKeys;
use crate::seed::extreme_example;
use jiff::Timestamp;

/// The address, the keys, one call that raises an alert and one that reads it.
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

What else there is: docs/API.md. Stop with Ctrl-C; the data stays under .local/ and `make run` goes on with it.
"
    )
}
