//! The sheet's words and tables.

use super::inputs::{Price, Standing};
use super::{Costs, Million, Row, Sending, Size, sum};
use std::fmt::Write;

/// The whole of `docs/COSTS.md`.
pub fn page(costs: &Costs) -> String {
    let parts = [head(costs), idle(costs), million(costs), others(costs), measured(costs), prices(costs)];
    parts.join("\n")
}

fn head(costs: &Costs) -> String {
    format!(
        "# Costs\n\nMade by `make costs` from docs/costs: list prices of {} in USD without taxes, free tiers and discounts, each \
         with its source,\nand figures measured on one machine. A test holds this page to them; change those and run it again.\n",
        costs.inputs.region
    )
}

fn idle(costs: &Costs) -> String {
    let (small, large) = (costs.idle(Size::Small), costs.idle(Size::Large));
    let mut text = "## Idle, a month\n\nFunctions cost nothing while nothing comes. What stands round them does: \
                    most of all the database and its proxy.\n\n| | as `staging` | as `production` |\n|---|---|---|\n"
        .to_owned();
    for (one, other) in small.iter().zip(&large) {
        let what =
            if one.what == other.what { one.what.clone() } else { format!("{}; {}", one.what, other.what) };
        line(&mut text, &[&what, &usd(one.usd), &usd(other.usd)]);
    }
    line(&mut text, &["**together**", &bold(sum(&small)), &bold(sum(&large))]);
    text + "\nAn existing database saves its instance and storage. A metric is paid for in the hours in which it is sent, so \
            that an idle\ndeployment has fewer. The schedule's tasks, logs and backups beyond the \
            database's own size come\non top, and are not measured. A key that has rotated costs as much again, once or twice.\n"
}

/// One part of the costs of a million transactions, in USD.
type Part = fn(&Million) -> f64;

fn million(costs: &Costs) -> String {
    let (single, batched) = (costs.million(Sending::Single), costs.million(Sending::Batched));
    let mut text =
        "## A million transactions\n\n| | one a request | 1,000 a request |\n|---|---|---|\n".to_owned();
    let rows: [(&str, Part); 5] = [
        ("gateway: API Gateway and firewall", |it| it.gateway),
        ("function: Lambda, the time as measured", |it| it.function),
        ("function at most: all of that time computing", |it| it.function_at_most),
        ("database: a month of storage in one zone", |it| it.storage),
        ("logs: the line of each request", |it| it.logs),
    ];
    for (what, of) in rows {
        line(&mut text, &[what, &fine(of(&single)), &fine(of(&batched))]);
    }
    let totals = [single.total(), batched.total()].map(|total| format!("**{}**", fine(total)));
    line(&mut text, &["**together, the function at most**", &totals[0], &totals[1]]);
    let memory = costs.inputs.deployment.function_memory_mb;
    text + &format!(
        "\nThe time was measured on a whole core of x86_64 with the database beside it. {memory} MB of Lambda come with {:.2} of \
         a\nprocessor, and the database is a network away: so the second row is the least and the third what it would be if \
         nothing of\nthat time were waiting. The database's own time is part of the idle cost: {} USD single, {} USD batched, if \
         a db.t4g.micro did\nnothing else. Metric lines, the gateway's access log and traces come on top, and are not \
         measured.\n",
        (memory / super::MB_OF_A_VCPU).min(1.0),
        fine(single.database_time),
        fine(batched.database_time),
    )
}

fn others(costs: &Costs) -> String {
    let idle = sum(&costs.idle(Size::Small));
    let (single, batched) = (costs.million(Sending::Single).total(), costs.million(Sending::Batched).total());
    let small: Vec<Row> = costs.idle(Size::Small);
    // The same database, its storage, key and secrets; no proxy, since containers keep their connections.
    let database: f64 = small[1].usd + small[2].usd + small[5].usd + small[6].usd;
    let fleet = sum(&costs.fleet()) + database;
    let mut text = "## Beside others, a month\n\n| transactions | Telltale, one a request | Telltale, 1,000 a request | \
                    Amazon Fraud Detector | two containers and a database |\n|---|---|---|---|---|\n"
        .to_owned();
    for (name, millions) in [("none", 0.0), ("100,000", 0.1), ("1,000,000", 1.0), ("10,000,000", 10.0)] {
        let detector = costs.fraud_detector(millions * super::MILLION);
        let cells = [idle + millions * single, idle + millions * batched, detector, fleet].map(usd);
        line(&mut text, &[name, &cells[0], &cells[1], &cells[2], &cells[3]]);
    }
    let what: Vec<String> =
        costs.fleet().iter().map(|row| format!("{} ({})", row.what, usd(row.usd))).collect();
    text + &format!(
        "\nTelltale is the deployment as `staging`; as `production` adds {} USD. At ten million a month the small database may \
         not do.\n\nAmazon Fraud Detector: predictions of a model at its two prices, with one deployed model; training, stored \
         events and the\nwatching come on top. It takes no new customers.\n\nThe containers are an assumption, not a measurement \
         of Marble, Jube or Tazama, which need as many services as their own\ndocuments say: {}, and the same database, key and \
         secrets ({}), without firewall, metrics and alarms. On EKS the cluster adds {} USD.\nContainers cost this whether \
         anything comes or not, and no more for ten million if two are enough.\n",
        usd(sum(&costs.idle(Size::Large)) - idle),
        what.join(", "),
        usd(database),
        usd(costs.cluster()),
    )
}

fn measured(costs: &Costs) -> String {
    let measured = &costs.inputs.measured;
    let mut text = format!(
        "## What was measured\n\nOn {}, {}: {}.\n\n| | |\n|---|---|\n| one transaction in a request | {} ms |\n| 1,000 in batches \
         | {} ms |\n| kept by the database a transaction, indexes included | {} bytes |\n| log line a request | {} bytes |\n\n\
         Each function by `make lambda`, as in [PERFORMANCE.md](PERFORMANCE.md):\n\n\
         | function | bytes | ready, ms | first answer, ms | memory, KiB |\n|---|---|---|---|---|\n",
        measured.measured_on,
        measured.machine,
        measured.command,
        measured.single_ms,
        measured.batch_ms,
        measured.stored_bytes,
        measured.log_bytes
    );
    for (name, it) in &measured.functions {
        let cells = [it.size_bytes.to_string(), it.ready_ms.to_string(), it.first_answer_ms.to_string()];
        line(&mut text, &[&format!("`{name}`"), &cells[0], &cells[1], &cells[2], &it.rss_kib.to_string()]);
    }
    text
}

fn prices(costs: &Costs) -> String {
    let mut text = "## Prices\n\n`vendor`: read on a page of the vendor. `third party`: read on a page of somebody else, who \
                    names the vendor. `not verified`:\nread nowhere for this sheet; look at the address before you count on \
                    it.\n\n| what | USD | as of | standing | source |\n|---|---|---|---|---|\n"
        .to_owned();
    for Price { what, usd, as_of, standing, source } in costs.inputs.price_list.values() {
        let standing = match standing {
            Standing::Vendor => "vendor",
            Standing::ThirdParty => "third party",
            Standing::NotVerified => "not verified",
        };
        line(&mut text, &[what, &usd.to_string(), as_of, standing, &format!("<{source}>")]);
    }
    text
}

fn line(text: &mut String, cells: &[&str]) {
    // Writing to a String cannot fail.
    let _written = writeln!(text, "| {} |", cells.join(" | "));
}

fn usd(amount: f64) -> String {
    format!("{amount:.2}")
}

/// Parts of a cent count in a million of small things.
fn fine(amount: f64) -> String {
    format!("{amount:.4}")
}

fn bold(amount: f64) -> String {
    format!("**{amount:.2}**")
}
