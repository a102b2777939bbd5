//! Environment variables and `shared::config::SETTINGS`: every function knows every setting, and nothing else.

use super::document::{Finding, Template};
use serde_json::{Value, json};

/// Settings that no function on Lambda has, and why.
const LEFT_OUT: [(&str, &str); 6] = [
    ("PORT", "Lambda calls the function; it listens on no port"),
    ("WORKERS", "an instance handles one request at a time"),
    ("METRIC_LINES", "lines of metrics are on wherever ENVIRONMENT is not local"),
    ("DATABASE_CA_FILE", "the roots of RDS are built in"),
    ("ANCHORS_FILE", "the function's log group keeps the anchors"),
    ("S3_ENDPOINT", "the region's own address is the right one"),
];

/// Settings of one function alone: the owner's login and the first key are nobody else's business.
const OF_ONE: [(&str, &str); 5] = [
    ("MIGRATE_DATABASE_URL", "migrate"),
    ("TELLTALE_ADMIN_KEY", "migrate"),
    ("METRICS_TOKEN", "health"),
    ("BULK_SOURCE", "bulk"),
    ("BULK_COLUMNS", "bulk"),
];

/// Settings whose default here is another than on a development machine, and why.
const OTHER_DEFAULTS: [(&str, &str); 3] = [
    ("ENVIRONMENT", "local is never deployed"),
    ("LOG_FORMAT", "metrics and dashboards read JSON"),
    ("DEBUG", "a deployment refuses development's secrets"),
];

/// Who stands outside of the network, and what it is not told: where the database is, and what signs.
const OUTSIDE: (&str, [&str; 2]) = ("deliver", ["DATABASE_URL", "SECRET_KEY"]);

/// Variables that hold a secret.
const SECRETS: [&str; 4] = ["SECRET_KEY", "MIGRATE_DATABASE_URL", "TELLTALE_ADMIN_KEY", "METRICS_TOKEN"];

/// What CloudFormation replaces by a secret at deployment.
const DYNAMIC_REFERENCE: &str = "{{resolve:secretsmanager:";

/// Variables without a setting, settings without a variable, secrets in the text. `settings` are names and defaults.
pub(crate) fn findings(template: &Template, settings: &[(&str, &str)]) -> Vec<Finding> {
    let mut found = Vec::new();
    for function in template.functions() {
        let (package, variables) = (function.package(), function.variables());
        let expected = settings.iter().map(|(name, _)| *name).filter(|name| {
            !LEFT_OUT.iter().any(|(left_out, _)| left_out == name)
                && OF_ONE.iter().all(|(own, of)| own != name || *of == package)
                && !(package == OUTSIDE.0 && OUTSIDE.1.contains(name))
        });
        let expected: Vec<&str> = expected.collect();
        for name in expected.iter().filter(|name| !variables.contains_key(**name)) {
            found.push(format!("{}: the setting {name} is not passed on", function.id));
        }
        for name in variables.keys().filter(|name| !expected.contains(*name)) {
            found.push(format!("{}: the variable {name} is no setting of this function", function.id));
        }
        for (name, value) in variables.iter().filter(|(name, _)| SECRETS.contains(*name)) {
            if !value.to_string().contains(DYNAMIC_REFERENCE) {
                found.push(format!("{}: {name} must be a dynamic reference to a secret", function.id));
            }
        }
        let url = variables.get("DATABASE_URL").copied().unwrap_or(&Value::Null);
        let without_password = format!("postgres://telltale_{package}@${{Proxy.Endpoint}}:5432/telltale");
        let owner = variables.get("MIGRATE_DATABASE_URL").copied().map(whole_text).unwrap_or_default();
        if package == "migrate" && !owner.ends_with("?sslmode=require") {
            found.push(format!("{}: MIGRATE_DATABASE_URL must end in ?sslmode=require", function.id));
        }
        if package != "migrate" && package != OUTSIDE.0 && *url != json!({"Fn::Sub": without_password}) {
            found.push(format!("{}: DATABASE_URL must be {without_password}", function.id));
        }
    }
    let named = LEFT_OUT.iter().chain(&OF_ONE).map(|(name, _)| name);
    for name in named.filter(|name| !settings.iter().any(|(setting, _)| setting == *name)) {
        found.push(format!("{name} is no setting any more: take it out of this test's lists"));
    }
    found.extend(other_defaults(template, settings));
    found
}

/// The text of a `Fn::Sub`, with variables of its own or without.
fn whole_text(value: &Value) -> &str {
    let sub = &value["Fn::Sub"];
    sub.as_str().or_else(|| sub[0].as_str()).unwrap_or_default()
}

/// Parameters that repeat a setting's default repeat it right.
fn other_defaults(template: &Template, settings: &[(&str, &str)]) -> Vec<Finding> {
    let variables = &template.section("Globals")["Function"]["Environment"]["Variables"];
    let is_other = |name: &str| OTHER_DEFAULTS.iter().any(|(other, _)| *other == name);
    let differing = settings.iter().filter(|(name, _)| !is_other(name)).filter_map(|(name, default)| {
        let parameter = variables[name]["Ref"].as_str()?;
        let given = &template.section("Parameters")[parameter]["Default"];
        (given != default).then(|| format!("{parameter}: the default of {name} is {default}, not {given}"))
    });
    differing.collect()
}

#[cfg(test)]
mod planted {
    use super::*;
    use crate::real::{planted, settings, template};

    fn caught(from: &str, to: &str) -> String {
        findings(&planted(from, to), &settings()).join("\n")
    }

    #[test]
    fn a_setting_that_is_not_passed_on_is_caught() {
        let caught = caught("        ALERT_BUDGET: !Ref AlertBudget\n", "");
        assert!(caught.contains("IngestFunction: the setting ALERT_BUDGET is not passed on"), "{caught}");
        let mut more = settings();
        more.push(("NEW_SETTING", ""));
        assert!(findings(&template(), &more).join("\n").contains("NEW_SETTING is not passed on"));
    }

    #[test]
    fn a_setting_that_is_gone_is_caught() {
        let fewer: Vec<(&str, &str)> =
            settings().into_iter().filter(|(name, _)| *name != "WORKERS").collect();
        assert!(findings(&template(), &fewer).join("\n").contains("WORKERS is no setting any more"));
    }

    #[test]
    fn a_variable_that_nobody_reads_is_caught() {
        let caught = caught("        CONFIG_PIN:", "        CONFIGURATION_PIN: x\n        CONFIG_PIN:");
        assert!(caught.contains("the variable CONFIGURATION_PIN is no setting"), "{caught}");
    }

    #[test]
    fn the_owners_password_in_another_function_is_caught() {
        let url = "          DATABASE_URL: !Sub \"postgres://telltale_ingest@";
        let caught = caught(url, &format!("          MIGRATE_DATABASE_URL: x\n{url}"));
        assert!(caught.contains("MIGRATE_DATABASE_URL is no setting of this function"), "{caught}");
    }

    #[test]
    fn a_variable_that_lambda_sets_itself_is_caught() {
        for name in ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] {
            let caught = caught("        CONFIG_PIN:", &format!("        {name}: x\n        CONFIG_PIN:"));
            assert!(caught.contains(&format!("the variable {name} is no setting")), "{caught}");
        }
    }

    #[test]
    fn the_owner_without_tls_is_caught() {
        let caught = caught("5432/telltale?sslmode=require\"", "5432/telltale\"");
        assert!(caught.contains("MigrateFunction: MIGRATE_DATABASE_URL must end in"), "{caught}");
    }

    #[test]
    fn a_secret_or_the_database_outside_of_the_network_is_caught() {
        let alias = "      Timeout: 60\n";
        for variable in ["SECRET_KEY", "DATABASE_URL"] {
            let told = format!("{alias}      Environment:\n        Variables:\n          {variable}: x\n");
            let caught = caught(alias, &told);
            let expected = format!("DeliverFunction: the variable {variable} is no setting of this function");
            assert!(caught.contains(&expected), "{caught}");
        }
    }

    #[test]
    fn a_secret_in_the_text_is_caught() {
        let caught =
            caught("{{resolve:secretsmanager:${SecretKey}:SecretString:::${SecretKeyVersion}}}", "swordfish");
        assert!(caught.contains("SECRET_KEY must be a dynamic reference"), "{caught}");
    }

    #[test]
    fn another_functions_login_or_a_password_is_caught() {
        let caught_other = caught("postgres://telltale_alerts@", "postgres://telltale_ingest@");
        assert!(caught_other.contains("AlertsFunction: DATABASE_URL must be"), "{caught_other}");
        let caught_password = caught("postgres://telltale_alerts@", "postgres://telltale_alerts:x@");
        assert!(caught_password.contains("AlertsFunction: DATABASE_URL must be"), "{caught_password}");
    }

    #[test]
    fn another_default_is_caught() {
        let caught = caught("    Default: \"0.80\"", "    Default: \"0.90\"");
        assert!(caught.contains("RiskThresholdHigh: the default of RISK_THRESHOLD_HIGH is 0.80"), "{caught}");
    }
}
