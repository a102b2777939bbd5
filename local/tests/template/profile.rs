//! What `sam build` deploys is what `make lambda` measures: it builds in release mode, made the profile `lambda` by
//! settings of cargo-lambda.

use super::document::Finding;
use toml::Table;

/// Settings that only one of the two has, or that differ.
pub(crate) fn findings(manifest: &str) -> Vec<Finding> {
    let manifest: Table = manifest.parse().unwrap();
    let measured = manifest["profile"]["lambda"].as_table().unwrap();
    let given = manifest["workspace"]["metadata"]["lambda"]["build"]["config"].as_array().unwrap();
    let given: Vec<&str> = given.iter().map(|setting| setting.as_str().unwrap()).collect();
    let given: Table = given.join("\n").parse().unwrap();
    let deployed = given["profile"]["release"].as_table().unwrap();
    let names = measured.keys().chain(deployed.keys().filter(|name| !measured.contains_key(*name)));
    names
        .filter(|name| *name != "inherits" && measured.get(*name) != deployed.get(*name))
        .map(|name| {
            let [measured, deployed] = [measured.get(name), deployed.get(name)];
            format!("{name}: [profile.lambda] has {measured:?}, workspace.metadata.lambda.build {deployed:?}")
        })
        .collect()
}

#[cfg(test)]
mod planted {
    use super::*;
    use crate::real::read;

    fn caught(from: &str, to: &str) -> String {
        let manifest = read("Cargo.toml");
        let planted = manifest.replacen(from, to, 1);
        assert_ne!(planted, manifest, "{from:?} is not there");
        findings(&planted).join("\n")
    }

    #[test]
    fn a_setting_of_one_of_the_two_is_caught() {
        assert!(caught("  'profile.release.strip=true',\n", "").contains("strip: [profile.lambda] has Some"));
        let more = "[profile.lambda]\noverflow-checks = true\n";
        assert!(caught("[profile.lambda]\n", more).contains("overflow-checks: "));
    }

    #[test]
    fn another_value_is_caught_in_a_package_too() {
        let slower = caught(
            "profile.release.package.smartcore.opt-level=3",
            "profile.release.package.smartcore.opt-level=1",
        );
        assert!(slower.starts_with("package: "), "{slower}");
    }
}
