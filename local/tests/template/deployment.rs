//! Every package under `functions/` is deployed: built from its own binary, after its schema, with its log and alarms.

use super::document::{Finding, Function, Template, texts};
use serde_json::json;

/// What is missing for these packages, each with its name and the name of its binary, at this migration.
pub(crate) fn findings(
    template: &Template,
    packages: &[(String, String)],
    newest_migration: u32,
) -> Vec<Finding> {
    let mut found = Vec::new();
    let functions = template.functions();
    for (package, binary) in packages {
        match functions.iter().find(|function| function.package() == *package) {
            Some(function) => found.extend(build(function, package, binary)),
            None => found.push(format!("functions/{package} has no resource")),
        }
    }
    for function in &functions {
        if !packages.iter().any(|(package, _)| *package == function.package()) {
            found.push(format!("{}: there is no functions/{}", function.id, function.package()));
        }
        found.extend(log(template, function));
        found.extend(after_schema(function));
        found.extend(alarms(template, function));
    }
    let version = template.properties("Schema")["SchemaVersion"].as_str().unwrap_or_default();
    if version != newest_migration.to_string() {
        found
            .push(format!("Schema: SchemaVersion is {version}, and the newest migration {newest_migration}"));
    }
    found.extend(queues(template));
    found.extend(targets(template));
    found
}

fn build(function: &Function<'_>, package: &str, binary: &str) -> Vec<Finding> {
    let metadata = &function.resource["Metadata"];
    let wanted = [
        ("CodeUri", function.property("CodeUri"), format!("functions/{package}")),
        ("Binary", &metadata["BuildProperties"]["Binary"], binary.to_owned()),
        ("BuildMethod", &metadata["BuildMethod"], "rust-cargolambda".to_owned()),
        ("Runtime", function.property("Runtime"), "provided.al2023".to_owned()),
    ];
    let wrong = wanted.iter().filter(|(_, is, should)| *is != should);
    wrong.map(|(name, is, should)| format!("{}: {name} is {is}, not {should}", function.id)).collect()
}

fn log(template: &Template, function: &Function<'_>) -> Vec<Finding> {
    let config = function.property("LoggingConfig");
    let group = template.properties(config["LogGroup"]["Ref"].as_str().unwrap_or_default());
    let name = json!({"Fn::Sub": format!("/telltale/${{AWS::StackName}}/{}", function.package())});
    let wanted = [
        (group["LogGroupName"] == name, "a log group of its own"),
        (!group["RetentionInDays"].is_null(), "an end to what its log keeps"),
        (!group["KmsKeyId"].is_null(), "an encrypted log"),
        (config["LogFormat"] == "JSON", "a log in JSON"),
        (function.property("Tracing") == "Active", "traces"),
    ];
    let missing = wanted.iter().filter(|(is_there, _)| !is_there);
    missing.map(|(_, what)| format!("{}: it has not {what}", function.id)).collect()
}

fn after_schema(function: &Function<'_>) -> Option<Finding> {
    let is_after = texts(&function.resource["DependsOn"]).iter().any(|id| id == "Schema");
    (function.package() != "migrate" && !is_after)
        .then(|| format!("{}: it must wait for Schema, or new code meets an old schema", function.id))
}

/// CloudFormation waits until the proxy has reached its database, which needs the rules between them and the logins.
fn targets(template: &Template) -> Vec<Finding> {
    let groups = template.resources("AWS::RDS::DBProxyTargetGroup");
    let missing = groups.flat_map(|(id, group)| {
        let waits = texts(&group["DependsOn"]);
        let needed = ["Schema", "ProxyToDatabaseEgress", "ProxyToDatabaseIngress"];
        let missing = needed.into_iter().filter(move |needed| !waits.iter().any(|wait| wait == needed));
        missing.map(move |needed| format!("{id}: it must wait for {needed}"))
    });
    missing.collect()
}

/// A new version is watched, and what fails without a caller is kept.
fn alarms(template: &Template, function: &Function<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let is_async = function.package() == "migrate" || !function.events("ScheduleV2").is_empty();
    let destination =
        &function.property("EventInvokeConfig")["DestinationConfig"]["OnFailure"]["Destination"];
    if is_async && destination.is_null() {
        found.push(format!("{}: an event that it fails at goes nowhere", function.id));
    }
    if function.package() == "migrate" {
        return found;
    }
    let watched = function.property("DeploymentPreference")["Alarms"].as_array();
    let watched: Vec<&str> =
        watched.into_iter().flatten().filter_map(|alarm| alarm["Ref"].as_str()).collect();
    let is_watched = watched.iter().any(|alarm| {
        let alarm = template.properties(alarm);
        alarm["MetricName"] == "Errors"
            && alarm["Dimensions"].to_string().contains(&format!("${{{}}}:live", function.id))
    });
    if !is_watched || function.property("AutoPublishAlias") != "live" {
        found.push(format!("{}: no alarm on its errors rolls a deployment back", function.id));
    }
    found
}

/// Every queue that keeps what failed has an alarm; a queue that is read from has such a queue behind it.
fn queues(template: &Template) -> Vec<Finding> {
    let mut found = Vec::new();
    for (id, queue) in template.resources("AWS::SQS::Queue") {
        let is_read = template.resources("AWS::Lambda::EventSourceMapping").any(|(_, mapping)| {
            mapping["Properties"]["EventSourceArn"] == json!({"Fn::GetAtt": format!("{id}.Arn")})
        });
        let name = json!({"Fn::GetAtt": format!("{id}.QueueName")});
        let is_watched = template
            .resources("AWS::CloudWatch::Alarm")
            .any(|(_, alarm)| alarm["Properties"]["Dimensions"][0]["Value"] == name);
        if is_read && queue["Properties"]["RedrivePolicy"].is_null() {
            found.push(format!("{id}: a message that fails again and again goes nowhere"));
        }
        if !is_read && !is_watched {
            found.push(format!("{id}: nobody is told of a message in it"));
        }
    }
    found
}

#[cfg(test)]
mod planted {
    use super::*;
    use crate::real::{packages, planted, template};

    /// The version that the template has: what is planted is another fault.
    fn version() -> u32 {
        template().properties("Schema")["SchemaVersion"].as_str().unwrap().parse().unwrap()
    }

    fn caught(from: &str, to: &str) -> String {
        findings(&planted(from, to), &packages(), version()).join("\n")
    }

    #[test]
    fn a_package_that_is_not_deployed_is_caught() {
        let mut packages = packages();
        packages.push(("archive".into(), "telltale-archive".into()));
        let caught = findings(&template(), &packages, version()).join("\n");
        assert_eq!(caught, "functions/archive has no resource");
        packages.retain(|(package, _)| package != "alerts" && package != "archive");
        let caught = findings(&template(), &packages, version()).join("\n");
        assert_eq!(caught, "AlertsFunction: there is no functions/alerts");
    }

    #[test]
    fn a_function_built_from_another_binary_is_caught() {
        assert!(caught("Binary: telltale-alerts", "Binary: bootstrap").contains("not telltale-alerts"));
        assert!(caught("CodeUri: functions/alerts", "CodeUri: .").contains("not functions/alerts"));
    }

    #[test]
    fn an_older_schema_version_is_caught() {
        let caught = findings(&template(), &packages(), version() + 1).join("\n");
        assert!(caught.contains("the newest migration"), "{caught}");
    }

    #[test]
    fn new_code_before_its_schema_is_caught() {
        assert!(
            caught("DependsOn: [Schema, ProxyTargets,", "DependsOn: [ProxyTargets,")
                .contains("must wait for Schema")
        );
    }

    #[test]
    fn a_proxy_that_cannot_reach_its_database_yet_is_caught() {
        let caught = caught("DependsOn: [Schema, ProxyToDatabaseEgress, ", "DependsOn: [");
        assert_eq!(
            caught,
            "ProxyTargets: it must wait for Schema\nProxyTargets: it must wait for ProxyToDatabaseEgress"
        );
    }

    #[test]
    fn a_log_without_an_end_or_a_key_is_caught() {
        let group = "/ingest\"\n      RetentionInDays: !Ref LogRetentionDays\n";
        assert!(caught(group, "/ingest\"\n").contains("IngestFunction: it has not an end to what"));
        assert!(
            caught("LogFormat: JSON, LogGroup: !Ref HealthLogs", "LogFormat: JSON")
                .contains("a log group of its own")
        );
        assert!(
            caught("/health\"\n      RetentionInDays", "/healthy\"\n      RetentionInDays")
                .contains("a log group of its own")
        );
    }

    #[test]
    fn a_deployment_that_nobody_watches_is_caught() {
        assert!(caught("Alarms: [!Ref IngestErrors, ", "Alarms: [").contains("no alarm on its errors"));
        assert!(caught("${AlertsFunction}:live", "${AlertsFunction}:old").contains("no alarm on its errors"));
    }

    #[test]
    fn a_failure_that_goes_nowhere_is_caught() {
        let destination = "MaximumEventAgeInSeconds: 3600\n        DestinationConfig:\n          OnFailure: {Type: SQS, Destination: !GetAtt FailedInvocations.Arn}\n";
        assert!(
            caught(destination, "MaximumEventAgeInSeconds: 3600\n")
                .contains("RetrainFunction: an event that it fails at")
        );
        assert!(caught("!GetAtt FailedInvocations.QueueName", "other").contains("nobody is told"));
        let redrive = "      RedrivePolicy:\n        deadLetterTargetArn: !GetAtt RefusedMessages.Arn\n        maxReceiveCount: 5\n";
        assert!(caught(redrive, "").contains("goes nowhere"));
    }
}
