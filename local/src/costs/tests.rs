use super::*;
use std::fs;
use std::path::Path;

fn file(inside: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(inside)).unwrap()
}

fn committed() -> Costs {
    let [prices, deployment, measured] =
        ["prices.json", "deployment.json", "measured.json"].map(|name| file(&format!("costs/{name}")));
    Costs::new(Inputs::parse(&prices, &deployment, &measured).unwrap())
}

/// Round prices and figures, so that every result is worked by hand.
fn round() -> Costs {
    let mut costs = committed();
    let Inputs { prices, measured, deployment, .. } = &mut costs.inputs;
    (prices.lambda_gb_second.usd, prices.lambda_request.usd) = (0.00001, 0.0000002);
    (prices.gateway_request.usd, prices.firewall_request.usd) = (0.000003, 0.000001);
    (prices.storage_gb_month.usd, prices.log_gb.usd, prices.database_small_hour.usd) = (0.1, 0.5, 0.036);
    (prices.detector_first.usd, prices.detector_further.usd, prices.detector_hosting_hour.usd) =
        (0.03, 0.0075, 0.1);
    (measured.single_ms, measured.batch_ms) = (3.2, 200.0);
    (measured.stored_bytes, measured.log_bytes) = (2_000.0, 400.0);
    deployment.function_memory_mb = 512.0;
    costs
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9
}

#[test]
fn the_committed_page_is_what_the_committed_inputs_make() {
    assert!(
        file("COSTS.md") == page::page(&committed()),
        "docs/COSTS.md is not what docs/costs makes: run make costs"
    );
}

#[test]
fn a_million_single_transactions_are_a_million_requests_of_whole_milliseconds() {
    let million = round().million(Sending::Single);
    assert!(near(million.gateway, 4.0), "{million:?}");
    // 0.2 for requests; 4 ms of half a GB: 2,000 GB-seconds.
    assert!(near(million.function, 0.2 + 0.02), "{million:?}");
    // 3.2 ms of a whole vCPU are 11.06 of 512/1769 of one, billed as 12: 6,000 GB-seconds.
    assert!(near(million.function_at_most, 0.2 + 0.06), "{million:?}");
    // 2 GB, and 0.4 GB of lines.
    assert!(near(million.storage, 0.2) && near(million.logs, 0.2), "{million:?}");
    // 4,000 seconds of an instance of 0.036 an hour.
    assert!(near(million.database_time, 0.04), "{million:?}");
}

#[test]
fn a_million_in_batches_are_a_thousand_requests() {
    let million = round().million(Sending::Batched);
    assert!(near(million.gateway, 0.004) && near(million.logs, 0.0002), "{million:?}");
    // 0.0002 for requests; 200 ms of half a GB a thousand times: 100 GB-seconds.
    assert!(near(million.function, 0.0002 + 0.001), "{million:?}");
    assert!(near(million.storage, 0.2), "what is kept does not depend on how it came: {million:?}");
}

#[test]
fn fraud_detector_has_a_first_and_a_further_price_and_a_model_that_waits() {
    let costs = round();
    assert!(near(costs.fraud_detector(0.0), 73.0));
    assert!(near(costs.fraud_detector(100_000.0), 3_000.0 + 73.0));
    assert!(near(costs.fraud_detector(1_000_000.0), 3_000.0 + 6_750.0 + 73.0));
}

#[test]
fn an_idle_month_pays_for_what_stands_and_for_no_function() {
    let costs = committed();
    for (size, database) in [(Size::Small, 0.016 * 730.0), (Size::Large, 0.130 * 730.0)] {
        let rows = costs.idle(size);
        assert!(rows[0].what.starts_with("functions") && near(rows[0].usd, 0.0));
        assert!(near(rows[1].usd, database) && near(rows[3].usd, 21.9), "{rows:?}");
        assert!(rows[1..].iter().all(|row| row.usd > 0.0), "{rows:?}");
    }
}

#[test]
fn a_missing_price_and_a_wrong_input_are_named() {
    let prices = file("costs/prices.json").replace("\"proxy_vcpu_hour\"", "\"proxy\"");
    let (deployment, measured) = (file("costs/deployment.json"), file("costs/measured.json"));
    let error = Inputs::parse(&prices, &deployment, &measured).unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("proxy"), "{cause}");
    let error = Inputs::parse(&file("costs/prices.json"), "{}", &measured).unwrap_err().to_string();
    assert!(error.contains("deployment.json"), "{error}");
}

#[test]
fn figures_of_the_functions_are_taken_over_and_the_rest_stays() {
    let ingest = r#"{"ingest": {"size_bytes": 1, "ready_ms": 2.5, "first_answer_ms": 3.5, "rss_kib": 4}}"#;
    let known: Measured = serde_json::from_str(&file("costs/measured.json")).unwrap();
    let names = known.functions.keys();
    let all: Vec<String> = names.map(|name| ingest[1..ingest.len() - 1].replace("ingest", name)).collect();
    let text = with_figures(&file("costs/measured.json"), &format!("{{{}}}", all.join(","))).unwrap();
    let measured: Measured = serde_json::from_str(&text).unwrap();
    assert_eq!(measured.functions.len(), known.functions.len());
    assert!(near(measured.functions["ingest"].first_answer_ms, 3.5));
    assert!(near(measured.single_ms, committed().inputs.measured.single_ms));
    assert!(with_figures(&text, "[]").is_err());
    // Continuous integration builds three, and not as they are deployed.
    let partial = with_figures(&file("costs/measured.json"), ingest).unwrap_err().to_string();
    assert!(partial.contains("lacks admin, alerts, bulk"), "{partial}");
}
