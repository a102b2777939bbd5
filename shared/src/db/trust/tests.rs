use super::*;
use std::time::Duration;
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::ext::pkix::BasicConstraints;

/// 2026-11-01T00:00:00Z, the day that `local/certificates` measures by.
const VALID_ON: Duration = Duration::from_secs(1_793_491_200);

fn amazons() -> Vec<Certificate> {
    let read =
        |certificate: Result<CertificateDer<'_>, _>| Certificate::from_der(&certificate.unwrap()).unwrap();
    CertificateDer::pem_slice_iter(AMAZON).map(read).collect()
}

fn name_of(certificate: &Certificate) -> String {
    certificate.tbs_certificate.subject.to_string()
}

fn is_authority(certificate: &Certificate) -> bool {
    let constraints = certificate.tbs_certificate.get::<BasicConstraints>().unwrap();
    constraints.is_some_and(|(_is_critical, constraints)| constraints.ca)
}

fn is_valid_on(certificate: &Certificate, moment: Duration) -> bool {
    let validity = certificate.tbs_certificate.validity;
    validity.not_before.to_unix_duration() <= moment && moment < validity.not_after.to_unix_duration()
}

#[test]
fn each_of_amazons_roots_is_an_authority_and_valid() {
    for certificate in amazons() {
        assert!(is_authority(&certificate), "is no authority: {}", name_of(&certificate));
        assert!(is_valid_on(&certificate, VALID_ON), "is not valid: {}", name_of(&certificate));
    }
}

/// The test's own test: a day on which the first of them have expired, and the first to do so is named.
#[test]
fn a_root_that_has_expired_is_found() {
    let in_2040 = Duration::from_secs(2_208_988_800);
    let expired: Vec<String> =
        amazons().iter().filter(|certificate| !is_valid_on(certificate, in_2040)).map(name_of).collect();
    let found = |name: &str| expired.iter().any(|subject| subject.contains(name));
    assert!(found("Starfield Services Root Certificate Authority - G2"), "{expired:?}");
    assert!(found("Amazon Root CA 1") && !found("Amazon Root CA 2"), "{expired:?}");
}

#[test]
fn the_roots_are_those_of_the_proxy_and_three_for_a_region_of_rds() {
    let names: Vec<String> = amazons().iter().map(name_of).collect();
    for number in 1..=4 {
        let name = format!("CN=Amazon Root CA {number},");
        assert!(names.iter().any(|subject| subject.contains(&name)), "{name} is missing");
    }
    for kind in ["ECC384", "RSA2048", "RSA4096"] {
        let name = format!("CN=Amazon RDS eu-central-1 Root CA {kind} G1");
        assert!(names.iter().any(|subject| subject.contains(&name)), "{name} is missing");
    }
}

/// Writes a file for one test and answers what is said of it.
fn problem_with(text: &str) -> String {
    let path = std::env::temp_dir().join(format!("telltale-{}.pem", uuid::Uuid::now_v7().simple()));
    std::fs::write(&path, text).unwrap();
    let problem = verified_tls(Some(&path)).err().expect("a problem").to_string();
    std::fs::remove_file(&path).unwrap();
    assert!(problem.contains("DATABASE_CA_FILE") && problem.contains(&*path.to_string_lossy()), "{problem}");
    problem
}

#[test]
fn a_file_of_roots_that_cannot_be_used_is_named_with_what_is_wrong() {
    assert!(problem_with("").contains("no certificate in it"));
    assert!(problem_with("just text").contains("no certificate in it"));
    let cut = "-----BEGIN CERTIFICATE-----\nMIID\n";
    assert!(problem_with(cut).contains("certificate 1 cannot be read"));
    let hollow = "-----BEGIN CERTIFICATE-----\nMIID\n-----END CERTIFICATE-----\n";
    assert!(problem_with(hollow).contains("certificate 1 cannot be used"));
    let missing = verified_tls(Some(Path::new("no/such/file.pem"))).err().expect("a problem").to_string();
    assert!(missing.contains("no/such/file.pem"), "{missing}");
}
