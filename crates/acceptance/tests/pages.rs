//! What is at addresses that are not the API's: the web client, the site's own or another.

use std::fs;
use std::path::Path;

use fieldpost_testkit::{Actor, Reply, TestSite};
use reqwest::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[tokio::test]
async fn places_of_the_client_get_its_page_and_the_api_keeps_its_errors() {
    let site = TestSite::start().await;
    let root = site.stranger();
    for place in ["/", "/alpha/channels/town-square", "/admin_console/users"] {
        let page = root.get_page(place).await;
        assert_eq!(page.status, 200, "{place}");
        assert!(page.header("content-type").starts_with("text/html"), "{place}");
        assert!(page.header("content-security-policy").contains("script-src 'self'"));
        assert!(!page.header("content-security-policy").contains("unsafe"));
    }
    root.get("/no/such/operation").await.expect(404);
    assert_eq!(root.get_page("/assets/missing.js").await.status, 404);
}

/// A client as a build leaves it behind, with a secret beside its folder.
fn made_up_client(into: &Path) {
    let root = into.join("client");
    fs::create_dir_all(root.join("images")).unwrap();
    for (name, text) in [
        ("client/root.html", "<!doctype html><title>Another client</title>"),
        ("client/main.0a1b2c3d4e.js", "plain script"),
        ("client/main.0a1b2c3d4e.js.gz", "gzipped script"),
        ("client/main.0a1b2c3d4e.js.br", "brotli script"),
        ("client/remote_entry.js", "entry"),
        ("client/manifest.json", "{}"),
        ("client/images/logo a.png", "picture"),
        ("client/.env", "hidden"),
        ("secret.txt", "secret"),
    ] {
        fs::write(into.join(name), text).unwrap();
    }
    std::os::unix::fs::symlink(into.join("secret.txt"), root.join("leak.txt")).unwrap();
    std::os::unix::fs::symlink(into, root.join("out")).unwrap();
    std::os::unix::fs::symlink(into.join("secret.txt"), root.join("manifest.json.gz")).unwrap();
    std::os::unix::fs::symlink(root.join("manifest.json"), root.join("within.json")).unwrap();
}

async fn with_client() -> (TestSite, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    made_up_client(folder.path());
    let root = folder.path().join("client");
    (TestSite::start_with(move |config| config.web.root = root).await, folder)
}

/// What the server answers to an address that is sent as it stands.
async fn raw(site: &TestSite, path: &str) -> String {
    let address = site.running().address;
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut said = Vec::new();
    stream.read_to_end(&mut said).await.unwrap();
    String::from_utf8_lossy(&said).into_owned()
}

async fn page(who: &Actor, path: &str) -> Reply {
    who.get_page(path).await
}

fn text(reply: &Reply) -> String {
    String::from_utf8(reply.bytes.clone()).unwrap()
}

#[tokio::test]
async fn another_client_is_served_from_its_folder() {
    let (site, _folder) = with_client().await;
    let who = site.stranger();
    for place in ["/", "/alpha/channels/town-square", "/login", "/root.html", "/images/"] {
        let found = page(&who, place).await;
        assert_eq!(found.status, 200, "{place}");
        assert!(text(&found).contains("Another client"), "{place}");
        assert_eq!(found.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(found.header("cache-control"), "no-cache");
        let policy = found.header("content-security-policy");
        assert_eq!(policy, "frame-ancestors 'self'; script-src 'self'");
    }
    let script = page(&who, "/static/main.0a1b2c3d4e.js").await;
    assert_eq!((script.status, text(&script).as_str()), (200, "plain script"));
    assert_eq!(script.header("content-type"), "text/javascript; charset=utf-8");
    assert!(script.header("cache-control").contains("immutable"));
    assert_eq!(page(&who, "/static/remote_entry.js").await.header("cache-control"), "no-cache");
    let picture = page(&who, "/static/images/logo%20a.png").await;
    assert_eq!((picture.status, picture.header("content-type")), (200, "image/png"));
    assert_eq!(text(&page(&who, "/manifest.json").await), "{}");
    assert_eq!(text(&page(&who, "/within.json").await), "{}");
    for missing in ["/static/none.js", "/static/", "/static/root.html", "/static/images/"] {
        let missing = page(&who, missing).await;
        assert_eq!((missing.status, missing.header("cache-control")), (404, "no-cache"));
    }
    who.get("/no/such/operation").await.expect(404);
    site.person("ada").await;
}

#[tokio::test]
async fn nothing_outside_of_a_clients_folder_is_served() {
    let (site, _folder) = with_client().await;
    let who = site.stranger();
    for path in [
        "/static/leak.txt",
        "/static/out/secret.txt",
        "/static/%2e%2e/secret.txt",
        "/static/..%2fsecret.txt",
        "/static/%2e%2e%2fsecret.txt",
        "/static//../secret.txt",
        "/static/images/%2e%2e/%2e%2e/secret.txt",
        "/static/..%5csecret.txt",
        "/static/.env",
        "/static/%2fetc%2fpasswd",
        "/leak.txt",
        "/out/secret.txt",
        "/%2e%2e/secret.txt",
        "/.env",
    ] {
        let found = page(&who, path).await;
        let said = text(&found);
        let page = said.contains("Another client");
        assert!(found.status == 404 || page, "{path}: {said}");
    }
    // As no client would write them.
    for path in ["/static/../secret.txt", "/../secret.txt", "/static/%2e%2e/secret.txt", "//x"] {
        let said = raw(&site, path).await;
        assert!(!said.contains("\r\n\r\nsecret"), "{path}: {said}");
    }
    let gzip = who.with_header("accept-encoding", "gzip");
    assert_eq!(text(&page(&gzip, "/manifest.json").await), "{}");
}

#[tokio::test]
async fn a_clients_files_are_sent_once_and_small() {
    let (site, folder) = with_client().await;
    let who = site.stranger();
    let path = "/static/main.0a1b2c3d4e.js";
    for (accepts, encoding, bytes) in [
        ("br, gzip", "br", "brotli script"),
        ("gzip, deflate", "gzip", "gzipped script"),
        ("gzip;q=0", "", "plain script"),
    ] {
        let who = who.with_header("accept-encoding", accepts);
        let found = page(&who, path).await;
        assert_eq!((found.header("content-encoding"), text(&found).as_str()), (encoding, bytes));
        assert_eq!(found.header("vary"), "Accept-Encoding");
        let tag = found.header("etag").to_owned();
        let again = page(&who.with_header("if-none-match", &tag), path).await;
        assert_eq!((again.status, text(&again).as_str()), (304, ""), "{accepts}");
        assert_eq!(again.header("etag"), tag);
        let other = page(&who.with_header("if-none-match", "\"other\""), path).await;
        assert_eq!(other.status, 200);
    }
    let plain = page(&who, path).await.header("etag").to_owned();
    let packed = who.with_header("accept-encoding", "gzip").with_header("if-none-match", &plain);
    assert_eq!(page(&packed, path).await.status, 200, "another form has another tag");
    let head = reqwest::Client::new().request(Method::HEAD, format!("{}{path}", site.url()));
    let head = head.send().await.unwrap();
    assert_eq!(head.status(), 200);
    assert_eq!(head.headers()["content-length"], "plain script".len().to_string().as_str());
    assert!(head.bytes().await.unwrap().is_empty());
    // A client that is replaced is served at once.
    let changed = "<!doctype html><title>Yet another</title>";
    fs::write(folder.path().join("client/root.html"), changed).unwrap();
    assert!(text(&page(&who, "/").await).contains("Yet another"));
}
