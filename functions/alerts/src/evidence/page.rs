//! The bundle as a page to read and print: it shows what the JSON says, and nothing else.

use minijinja::Environment;
use serde_json::Value;
use shared::error::Error;

/// A name that ends in .html, so that every value is escaped.
const NAME: &str = "evidence.html";

/// Fills the page in.
///
/// # Errors
/// Never in practice: a test renders the template.
pub(super) fn render(bundle: &Value) -> Result<String, Error> {
    let mut environment = Environment::new();
    environment.add_template(NAME, include_str!("page.html")).map_err(Error::internal)?;
    let template = environment.get_template(NAME).map_err(Error::internal)?;
    template.render(bundle).map_err(Error::internal)
}
