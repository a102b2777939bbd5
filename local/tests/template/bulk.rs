//! Bulk ingestion: what Lambda, SQS and S3 ask of one another, and where what failed goes.

use super::document::{Finding, Function, Template, objects, texts};
use serde_json::{Value, json};

/// What Lambda asks of a queue: a message stays hidden for six times the function's timeout, or it comes again while it
/// is worked on. <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html>
const TIMES_HIDDEN: u64 = 6;

/// Where CloudFormation takes custom resources' answers.
const ANSWERS: &str = "cloudformation-custom-resource-response-*/*";

/// Times that do not fit, failures that go nowhere, objects that the network keeps back.
pub(crate) fn findings(template: &Template) -> Vec<Finding> {
    let mut found = Vec::new();
    for function in template.functions() {
        let alias = json!({"Ref": format!("{}Aliaslive", function.id)});
        found.extend(queues(template, &function, &alias));
        found.extend(buckets(template, &function, &alias));
    }
    found.extend(endpoint(template));
    found
}

fn queues(template: &Template, function: &Function<'_>, alias: &Value) -> Vec<Finding> {
    let mut found = Vec::new();
    for (id, mapping) in template.resources("AWS::Lambda::EventSourceMapping") {
        let mapping = &mapping["Properties"];
        if mapping["FunctionName"] != *alias {
            continue;
        }
        let source = mapping["EventSourceArn"]["Fn::GetAtt"].as_str().unwrap_or_default();
        let queue = template.properties(source.trim_end_matches(".Arn"));
        let least = function.property("Timeout").as_u64().unwrap_or(u64::MAX).saturating_mul(TIMES_HIDDEN);
        if queue["VisibilityTimeout"].as_u64().is_none_or(|hidden| hidden < least) {
            found.push(format!("{id}: its messages must stay hidden for {least} s"));
        }
        if mapping["FunctionResponseTypes"] != json!(["ReportBatchItemFailures"]) {
            found.push(format!("{id}: one bad message would repeat its whole batch"));
        }
        if queue["RedrivePolicy"]["deadLetterTargetArn"].is_null() {
            found.push(format!("{id}: a message that fails again and again goes nowhere"));
        }
    }
    found
}

fn buckets(template: &Template, function: &Function<'_>, alias: &Value) -> Vec<Finding> {
    let mut found = Vec::new();
    for (id, bucket) in template.resources("AWS::S3::Bucket") {
        if !objects(bucket).iter().any(|map| map.get("Function") == Some(alias)) {
            continue;
        }
        let destination =
            &function.property("EventInvokeConfig")["DestinationConfig"]["OnFailure"]["Destination"];
        if destination.is_null() {
            found.push(format!("{}: a file that it fails at goes nowhere", function.id));
        }
        // S3 asks whether it may call before it takes the bucket's notification.
        let may_call = template.resources("AWS::Lambda::Permission").find(|(_, permission)| {
            let permission = &permission["Properties"];
            permission["Principal"] == "s3.amazonaws.com" && permission["FunctionName"] == *alias
        });
        match may_call {
            Some((permission, _)) if texts(&bucket["DependsOn"]).iter().any(|waits| waits == permission) => {}
            _ => found.push(format!("{id}: it must wait for the permission to call {}", function.id)),
        }
        let name = bucket["Properties"]["BucketName"]["Fn::Sub"].as_str().unwrap_or_default();
        if !is_let_through(template, "s3:GetObject", &format!("{name}/*")) {
            found.push(format!("StorageEndpoint: it keeps the files of {id} back"));
        }
    }
    found
}

fn endpoint(template: &Template) -> Option<Finding> {
    (!is_let_through(template, "s3:PutObject", ANSWERS))
        .then(|| "StorageEndpoint: it keeps the migrate function's answers back".to_owned())
}

fn is_let_through(template: &Template, action: &str, objects: &str) -> bool {
    let statements = &template.properties("StorageEndpoint")["PolicyDocument"]["Statement"];
    let resource = json!({"Fn::Sub": format!("arn:${{AWS::Partition}}:s3:::{objects}")});
    statements.as_array().into_iter().flatten().any(|statement| {
        texts(&statement["Action"]).iter().any(|allowed| allowed == action)
            && statement["Resource"] == resource
    })
}

#[cfg(test)]
mod planted {
    use super::*;
    use crate::real::planted;

    fn caught(from: &str, to: &str) -> String {
        findings(&planted(from, to)).join("\n")
    }

    #[test]
    fn a_message_that_comes_again_while_it_is_worked_on_is_caught() {
        let hidden = caught("VisibilityTimeout: 1800", "VisibilityTimeout: 300");
        assert_eq!(hidden, "BulkMessagesToFunction: its messages must stay hidden for 1800 s");
        let longer = caught("      Timeout: 300\n", "      Timeout: 600\n");
        assert_eq!(longer, "BulkMessagesToFunction: its messages must stay hidden for 3600 s");
    }

    #[test]
    fn a_failure_that_goes_nowhere_is_caught() {
        let mapping = "FunctionResponseTypes: [ReportBatchItemFailures]\n      ScalingConfig: {MaximumConcurrency: !Ref BulkConcurrency}";
        let batch = caught(mapping, &mapping.replace("[ReportBatchItemFailures]", "[]"));
        assert_eq!(batch, "BulkMessagesToFunction: one bad message would repeat its whole batch");
        let queue = caught("deadLetterTargetArn: !GetAtt RefusedMessages.Arn", "deadLetters: none");
        assert_eq!(queue, "BulkMessagesToFunction: a message that fails again and again goes nowhere");
        let config = "Timeout: 300\n      EventInvokeConfig:\n        MaximumRetryAttempts: 2\n        DestinationConfig:\n          OnFailure";
        let file = caught(config, &config.replace("OnFailure", "OnSuccess"));
        assert_eq!(file, "BulkFunction: a file that it fails at goes nowhere");
    }

    #[test]
    fn a_bucket_before_its_permission_is_caught() {
        let caught = caught("    DependsOn: ImportBucketMayCallBulk\n", "");
        assert_eq!(caught, "ImportBucket: it must wait for the permission to call BulkFunction");
    }

    #[test]
    fn a_network_that_keeps_files_or_answers_back_is_caught() {
        let files = caught("-imports-${AWS::AccountId}-${AWS::Region}/*", "-files/*");
        assert_eq!(files, "StorageEndpoint: it keeps the files of ImportBucket back");
        let answers = caught("cloudformation-custom-resource-response-*", "answers");
        assert_eq!(answers, "StorageEndpoint: it keeps the migrate function's answers back");
    }
}
