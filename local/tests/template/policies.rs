//! Rights: what a function needs by what the template gives it to do, and what its role has, are the same.

use super::document::{Finding, Function, Template, objects, texts};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Actions that know no resource when they are asked for, and why.
const WITHOUT_RESOURCE: [(&str, &str); 8] = [
    ("ec2:CreateNetworkInterface", "Lambda names no interface before it is made"),
    ("ec2:DescribeNetworkInterfaces", "describing knows no resources"),
    ("ec2:DescribeSubnets", "describing knows no resources"),
    ("ec2:DeleteNetworkInterface", "Lambda chooses the interface"),
    ("ec2:AssignPrivateIpAddresses", "Lambda chooses the interface"),
    ("ec2:UnassignPrivateIpAddresses", "Lambda chooses the interface"),
    ("xray:PutTraceSegments", "X-Ray knows no resources here"),
    ("xray:PutTelemetryRecords", "X-Ray knows no resources here"),
];

/// Rights nobody uses, needs without a right, resources that say everything.
pub(crate) fn findings(template: &Template) -> Vec<Finding> {
    let mut found = Vec::new();
    for function in template.functions() {
        let role =
            function.property("Role")["Fn::GetAtt"].as_str().unwrap_or_default().trim_end_matches(".Arn");
        let statements = statements_of(template, role);
        let (granted, needed) = (actions(&statements), needs(template, &function));
        found.extend(granted.difference(&needed).map(|action| format!("{role}: nothing uses {action}")));
        found.extend(needed.difference(&granted).map(|action| format!("{role}: {action} is missing")));
        found.extend(other_logins(role, &function.package(), &statements));
        found.extend(network(&function, &granted));
    }
    if !template.section("Globals")["Function"]["VpcConfig"]["SecurityGroupIds"].is_null() {
        found.push("Globals: SAM adds these security groups to those of a function".to_owned());
    }
    for kind in ["AWS::IAM::Role", "AWS::IAM::ManagedPolicy"] {
        for (id, resource) in template.resources(kind) {
            found.extend(wildcards(id, &resource["Properties"]));
        }
    }
    found
}

/// The statements of a role: its own and those of the managed policies of this template.
fn statements_of<'a>(template: &'a Template, role: &str) -> Vec<&'a Value> {
    let properties = template.properties(role);
    let managed = properties["ManagedPolicyArns"].as_array().into_iter().flatten();
    let managed = managed.filter_map(|arn| Some(template.properties(arn["Ref"].as_str()?)));
    std::iter::once(properties).chain(managed).flat_map(statements).collect()
}

/// Every statement with an action and a resource, conditional ones too.
fn statements(properties: &Value) -> Vec<&Value> {
    let mut found = Vec::new();
    let mut open = vec![&properties["Policies"], &properties["PolicyDocument"]];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(map) if map.contains_key("Action") => found.push(value),
            Value::Object(map) => open.extend(map.values()),
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    found
}

fn actions(statements: &[&Value]) -> BTreeSet<String> {
    statements.iter().flat_map(|statement| texts(&statement["Action"])).collect()
}

/// What a function does, read from how it is wired.
fn needs(template: &Template, function: &Function<'_>) -> BTreeSet<String> {
    let has = |name: &str| !function.property(name).is_null();
    let url = function.variables().get("DATABASE_URL").copied().map(Value::to_string).unwrap_or_default();
    let alias = json!({"Ref": format!("{}Aliaslive", function.id)});
    let mut mappings = template.resources("AWS::Lambda::EventSourceMapping");
    let mut buckets = template.resources("AWS::S3::Bucket");
    let needs: [(bool, &[&str]); 9] = [
        (has("LoggingConfig"), &["logs:CreateLogStream", "logs:PutLogEvents"]),
        (has("KmsKeyArn"), &["kms:Decrypt"]),
        (has("VpcConfig"), &WITHOUT_RESOURCE.map(|(action, _)| action)[..6]),
        (function.property("Tracing") == "Active", &WITHOUT_RESOURCE.map(|(action, _)| action)[6..]),
        (url.contains("${Proxy.Endpoint}"), &["rds-db:connect"]),
        (!function.property("EventInvokeConfig")["DestinationConfig"].is_null(), &["sqs:SendMessage"]),
        (
            function.property("EventInvokeConfig")["DestinationConfig"]["OnSuccess"]["Type"] == "Lambda",
            &["lambda:InvokeFunction"],
        ),
        (
            mappings.any(|(_, mapping)| mapping["Properties"]["FunctionName"] == alias),
            &["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
        ),
        (
            buckets.any(|(_, bucket)| objects(bucket).iter().any(|map| map.get("Function") == Some(&alias))),
            &["s3:GetObject"],
        ),
    ];
    let needed = needs.iter().filter(|(is_needed, _)| *is_needed).flat_map(|(_, actions)| actions.iter());
    needed.map(ToString::to_string).collect()
}

/// A function connects as itself and as nobody else.
fn other_logins(role: &str, package: &str, statements: &[&Value]) -> Vec<Finding> {
    let connecting =
        statements.iter().filter(|statement| texts(&statement["Action"]).contains(&"rds-db:connect".into()));
    let own = format!(":dbuser:${{Id}}/telltale_{package}\"");
    let others = connecting.filter(|statement| !statement["Resource"].to_string().contains(&own));
    others.map(|_| format!("{role}: may connect as somebody else than telltale_{package}")).collect()
}

/// A function's security groups are what it reaches: the proxy, the database itself, S3. SAM adds lists of all functions
/// to a function's own, so that all of them stand with it.
fn network(function: &Function<'_>, granted: &BTreeSet<String>) -> Option<Finding> {
    let is_migrate = function.package() == "migrate";
    let reached = [
        (granted.contains("rds-db:connect"), "FunctionSecurityGroup"),
        (is_migrate, "MigrateSecurityGroup"),
        (is_migrate || granted.contains("s3:GetObject"), "StorageSecurityGroup"),
    ];
    let wanted =
        reached.iter().filter(|(is_reached, _)| *is_reached).map(|(_, group)| json!({ "Ref": group }));
    let wanted: Value = wanted.collect();
    let own = &function.resource["Properties"]["VpcConfig"]["SecurityGroupIds"];
    let own = if own.is_null() { &json!([]) } else { own };
    (*own != wanted).then(|| format!("{}: its security groups are {own}, not {wanted}", function.id))
}

fn wildcards(id: &str, properties: &Value) -> Vec<Finding> {
    let mut found = Vec::new();
    for statement in statements(properties) {
        let actions = texts(&statement["Action"]);
        for action in actions.iter().filter(|action| action.contains('*')) {
            found.push(format!("{id}: the action {action} is not one action"));
        }
        let is_everything = texts(&statement["Resource"]).iter().any(|resource| resource == "*");
        let has_reason = |action: &String| WITHOUT_RESOURCE.iter().any(|(known, _)| known == action);
        for action in actions.iter().filter(|action| is_everything && !has_reason(action)) {
            found.push(format!("{id}: {action} is allowed on every resource, without a reason"));
        }
    }
    found
}

#[cfg(test)]
mod planted {
    use super::*;
    use crate::real::planted;

    fn caught(from: &str, to: &str) -> String {
        findings(&planted(from, to)).join("\n")
    }

    #[test]
    fn a_right_that_nobody_uses_is_caught() {
        let caught = caught(
            "Action: s3:GetObject\n                  Resource",
            "Action: [s3:GetObject, s3:DeleteObject]\n                  Resource",
        );
        assert_eq!(caught, "BulkRole: nothing uses s3:DeleteObject");
    }

    #[test]
    fn a_need_without_its_right_is_caught() {
        let caught = caught("[logs:CreateLogStream, logs:PutLogEvents]", "[logs:CreateLogStream]");
        assert!(caught.contains("IngestRole: logs:PutLogEvents is missing"), "{caught}");
    }

    #[test]
    fn a_right_on_everything_without_a_reason_is_caught() {
        let caught = caught(
            "Action: kms:Decrypt\n            Resource: !GetAtt DataKey.Arn",
            "Action: kms:Decrypt\n            Resource: \"*\"",
        );
        assert!(caught.contains("kms:Decrypt is allowed on every resource"), "{caught}");
    }

    #[test]
    fn an_action_that_is_many_is_caught() {
        let caught = caught("[xray:PutTraceSegments, xray:PutTelemetryRecords]", "xray:*");
        assert!(caught.contains("xray:* is not one action"), "{caught}");
    }

    #[test]
    fn a_network_that_reaches_further_is_caught() {
        let groups = "SecurityGroupIds: [!Ref FunctionSecurityGroup]\n";
        let caught_own =
            caught(groups, "SecurityGroupIds: [!Ref FunctionSecurityGroup, !Ref StorageSecurityGroup]\n");
        assert!(caught_own.contains("IngestFunction: its security groups are"), "{caught_own}");
        let globals = "    KmsKeyArn: !GetAtt DataKey.Arn\n";
        let of_all = format!("{globals}    VpcConfig: {{SecurityGroupIds: [!Ref FunctionSecurityGroup]}}\n");
        assert!(caught(globals, &of_all).contains("SAM adds these"));
        let role = "CodeUri: functions/deliver\n";
        let within = format!("{role}      VpcConfig: {{SecurityGroupIds: [!Ref FunctionSecurityGroup]}}\n");
        assert!(caught(role, &within).contains("DeliverFunction: its security groups are"));
    }

    #[test]
    fn a_login_of_somebody_else_is_caught() {
        let id = "dbuser:${Id}/telltale_health\"\n                    - Id: !Select";
        let caught = caught(id, "dbuser:${Id}/telltale_ingest\"\n                    - Id: !Select");
        assert_eq!(caught, "HealthRole: may connect as somebody else than telltale_health");
    }
}
