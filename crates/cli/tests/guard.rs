//! `fieldpost link export-guard` and `guard-schema`, as an operator uses them.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use fieldpost_testkit::Actor;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::process::{Server, run};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn refused(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn link(arguments: &[&str], data: &Path) -> Output {
    run(&[&["link"], arguments, &["--data", text(data)]].concat())
}

fn export(folder: &TempDir, data: &Path, more: &[&str]) -> Output {
    let asked = ["export-guard", "--with", "edge", "--out", text(folder.path())];
    link(&[&asked[..], more].concat(), data)
}

/// The schema, as it is printed, is one that xmllint can use, and the file is valid by it.
fn assert_valid(file: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let schema = folder.path().join("guard.xsd");
    fs::write(&schema, printed(&run(&["link", "guard-schema", "--format", "xml"]))).unwrap();
    let arguments = ["--nonet", "--noout", "--schema", text(&schema), text(file)];
    printed(&Command::new("xmllint").args(arguments).output().unwrap());
}

/// Two sites that share a channel in which something was said; the first of them is stopped.
async fn shared(folder: &Path) {
    let (hq, edge) = (folder.join("hq"), folder.join("edge"));
    let started = |data: &Path, name| {
        let named = [("FIELDPOST_SITE__NAME", name), ("FIELDPOST_LINK__LISTEN", "127.0.0.1:0")];
        Server::start_with(data, "127.0.0.1:0", &named)
    };
    let servers = (started(&hq, "hq"), started(&edge, "edge"));
    let status: Value = serde_json::from_str(&printed(&link(&["status", "--json"], &hq))).unwrap();
    let address = status["listening"].as_str().unwrap();
    let code = printed(&link(&["invite", "--address", address], &hq));
    printed(&link(&["accept", code.trim()], &edge));
    let admin = administrator(&servers.0).await;
    let team = json!({ "name": "force", "display_name": "Force", "type": "O" });
    let team = admin.post("/teams", team).await.expect(201);
    let channel = admin.channel(&team, "town-square").await;
    admin.say(&channel, "good <morning> & ]]>").await;
    printed(&link(&["share", "--all", "--with", "edge"], &hq));
    let mutual = || {
        let status = printed(&link(&["status", "--json"], &hq));
        let status: Value = serde_json::from_str(&status).unwrap();
        let shared = status["peers"][0]["shared"].as_array().unwrap();
        !shared.is_empty() && shared.iter().all(|one| one["mutual"] == true)
    };
    while !mutual() {
        tokio::task::yield_now().await;
    }
    let running = export(&tempfile::tempdir().unwrap(), &hq, &[]);
    assert!(refused(&running).contains("is in use by another fieldpost; stop it first"));
    assert_eq!(servers.0.terminate(), Some(0));
    assert_eq!(servers.1.terminate(), Some(0));
}

async fn administrator(server: &Server) -> Actor {
    let mut admin = server.stranger();
    let account =
        json!({ "username": "ada", "password": "long-enough-1", "email": "ada@example.com" });
    admin.post("/users", account).await.expect(201);
    admin.sign_in("ada", "long-enough-1").await;
    admin
}

#[tokio::test]
async fn what_a_stopped_site_shares_is_written_and_goes_on_from_the_last_time() {
    let sites = tempfile::tempdir().unwrap();
    shared(sites.path()).await;
    let hq = sites.path().join("hq");
    let folder = tempfile::tempdir().unwrap();
    let said = printed(&export(&folder, &hq, &["--since", "last", "--files"]));
    assert!(said.contains("in 1 documents and 0 files for edge"), "{said}");
    assert!(said.trim_end().ends_with("edge-000001-manifest.xml"), "{said}");
    for name in ["edge-000001-0001.xml", "edge-000001-manifest.xml"] {
        assert_valid(&folder.path().join(name));
    }
    let document = fs::read_to_string(folder.path().join("edge-000001-0001.xml")).unwrap();
    assert!(
        document.contains("<message>good &lt;morning&gt; &amp; ]]&gt;</message>"),
        "{document}"
    );
    let again = printed(&export(&folder, &hq, &["--since", "last"]));
    assert_eq!(again, "There is nothing to tell edge\n");
    let whole = refused(&export(&folder, &hq, &[]));
    assert!(whole.contains("exists; nothing was written"), "{whole}");
    let whole = printed(&export(&tempfile::tempdir().unwrap(), &hq, &["--format", "json"]));
    assert!(whole.trim_end().ends_with("edge-000001-manifest.json"), "{whole}");
    let unknown = link(&["export-guard", "--with", "tug", "--out", text(folder.path())], &hq);
    assert!(refused(&unknown).contains("This site is not linked with \"tug\""));
}

#[test]
fn the_schemas_are_printed() {
    let schema = printed(&run(&["link", "guard-schema"]));
    assert!(schema.starts_with("<?xml") && schema.contains("<xs:schema"), "{schema}");
    let schema = printed(&run(&["link", "guard-schema", "--format", "json"]));
    let schema: Value = serde_json::from_str(&schema).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert_eq!(run(&["link", "guard-schema", "--format", "yaml"]).status.code(), Some(2));
}

#[test]
fn where_no_site_is_none_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let said = refused(&export(&tempfile::tempdir().unwrap(), folder.path(), &[]));
    assert!(said.contains("there is no embedded database"), "{said}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
