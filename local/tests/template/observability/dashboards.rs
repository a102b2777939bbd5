//! A dashboard's body: JSON in a text that CloudFormation fills in.

use crate::document::{Finding, Template};
use serde_json::Value;

/// The width of a dashboard, in its own units.
const WIDTH: u64 = 24;

/// Every dashboard with its body; the error where it is no JSON.
pub(crate) fn bodies(template: &Template) -> Vec<(&str, Result<Value, String>)> {
    let dashboards = template.resources("AWS::CloudWatch::Dashboard");
    dashboards
        .map(|(id, resource)| {
            let text = resource["Properties"]["DashboardBody"]["Fn::Sub"].as_str().unwrap_or_default();
            (id, serde_json::from_str(&filled_in(text)).map_err(|error| error.to_string()))
        })
        .collect()
}

/// Every widget of every dashboard that can be read.
pub(crate) fn widgets(template: &Template) -> Vec<Value> {
    let bodies = bodies(template).into_iter().filter_map(|(_, body)| body.ok());
    bodies.flat_map(|body| body["widgets"].as_array().cloned().unwrap_or_default()).collect()
}

/// As `Fn::Sub` does: `${Name}` becomes a word, `${!Name}` the text `${Name}`.
fn filled_in(text: &str) -> String {
    let mut parts = text.split("${");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once('}').unwrap_or((part, ""));
        match name.strip_prefix('!') {
            Some(literal) => filled.push_str(&format!("${{{literal}}}")),
            None => filled.push_str("word"),
        }
        filled.push_str(rest);
    }
    filled
}

/// Bodies that are no JSON, widgets that cannot be drawn or lie over one another.
pub(crate) fn findings(template: &Template) -> Vec<Finding> {
    let mut found = Vec::new();
    for (id, body) in bodies(template) {
        let widgets = match &body {
            Ok(body) => body["widgets"].as_array().cloned().unwrap_or_default(),
            Err(error) => {
                found.push(format!("{id}: the body is no JSON: {error}"));
                continue;
            }
        };
        if widgets.is_empty() {
            found.push(format!("{id}: there is no widget"));
        }
        let mut taken: Vec<[u64; 4]> = Vec::new();
        for widget in &widgets {
            let title = widget["properties"]["title"].as_str().unwrap_or("the text");
            let place = ["x", "y", "width", "height"].map(|key| widget[key].as_u64().unwrap_or(WIDTH + 1));
            if place[0] + place[2] > WIDTH {
                found.push(format!("{id}: {title} reaches beyond the edge"));
            }
            if taken.iter().any(|other| overlap(*other, place)) {
                found.push(format!("{id}: {title} lies over another widget"));
            }
            taken.push(place);
            found.extend(in_widget(widget).map(|what| format!("{id}: {title}: {what}")));
        }
    }
    found
}

fn overlap([x, y, width, height]: [u64; 4], [other_x, other_y, other_width, other_height]: [u64; 4]) -> bool {
    x < other_x + other_width && other_x < x + width && y < other_y + other_height && other_y < y + height
}

fn in_widget(widget: &Value) -> Option<&'static str> {
    let properties = &widget["properties"];
    match widget["type"].as_str() {
        Some("text") if properties["markdown"].is_string() => None,
        Some("metric") if properties["region"].is_null() => Some("it names no region"),
        Some("metric") if properties["metrics"].as_array().is_none_or(Vec::is_empty) => {
            Some("it shows nothing")
        }
        Some("metric")
            if properties["period"].as_u64().is_none_or(|period| period == 0 || period % 60 != 0) =>
        {
            Some("its period is no whole number of minutes")
        }
        Some("metric") => None,
        _ => Some("its type is neither text nor metric"),
    }
}

#[cfg(test)]
mod caught {
    use super::*;
    use crate::real::planted;

    #[test]
    fn a_body_that_is_no_json_is_caught() {
        let found = findings(&planted("]}}\n        ]}", "]}},\n        ]}")).join("\n");
        assert!(found.contains("OperatorDashboard: the body is no JSON"), "{found}");
    }

    #[test]
    fn a_widget_that_cannot_be_drawn_is_caught() {
        let found = |from: &str, to: &str| findings(&planted(from, to)).join("\n");
        let beyond = found(r#""x": 16, "y": 1,"#, r#""x": 17, "y": 1,"#);
        assert!(beyond.contains("Cold starts reaches beyond the edge"), "{beyond}");
        let over = found(r#""x": 16, "y": 1,"#, r#""x": 15, "y": 1,"#);
        assert!(over.contains("Cold starts lies over another widget"), "{over}");
        let nowhere = found(r#""title": "Requests", "region""#, r#""title": "Requests", "place""#);
        assert!(nowhere.contains("Requests: it names no region"), "{nowhere}");
    }
}
