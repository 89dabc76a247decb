use std::path::Path;
use std::process::Command;

use crate::process::Server;

/// What a client that trusts a root certificate gets.
fn fetched(root: &Path, url: &str) -> Result<String, String> {
    let output = Command::new("curl")
        .args(["-sS", "--noproxy", "*", "--cacert"])
        .arg(root)
        .arg(format!("{url}/api/v4/system/ping"))
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

#[test]
fn a_site_with_an_authority_of_its_own_is_trusted_by_whoever_has_its_root() {
    let data = tempfile::tempdir().unwrap();
    let environment = [("FIELDPOST_SERVER__TLS", "local-ca")];
    // Another address of the loopback range stands for one that is not this machine's own.
    let server = Server::start_with(data.path(), "127.0.0.2:0", &environment);
    assert!(server.url().starts_with("https://127.0.0.2:"), "{}", server.url());
    let root = data.path().join("tls/root.pem");
    assert!(fetched(&root, server.url()).unwrap().contains("\"status\":\"OK\""));
    assert!(fetched(Path::new("/etc/ssl/certs/ca-certificates.crt"), server.url()).is_err());
    let founded = std::fs::read(&root).unwrap();
    server.terminate();

    // The authority stays, so that devices go on trusting it.
    let again = Server::start_with(data.path(), "127.0.0.2:0", &environment);
    assert_eq!(std::fs::read(&root).unwrap(), founded);
    assert!(fetched(&root, again.url()).is_ok());
    again.terminate();
}
