use fieldpost_testkit::{Actor, TestSite};
use serde_json::{Value, json};

async fn site_with_links() -> (TestSite, Value, [Actor; 3]) {
    let site = TestSite::start_with(|config| config.settings.public_links = true).await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let alice = site.member(&admin, &team, "alice").await;
    let bob = site.member(&admin, &team, "bob").await;
    (site, team, [admin, alice, bob])
}

async fn upload(actor: &Actor, channel: &str, name: &str, bytes: &[u8]) -> Value {
    let path = format!("/files?channel_id={channel}&filename={name}");
    let sent = actor.send("POST".parse().unwrap(), &path, bytes.to_vec()).await.expect(201);
    sent["file_infos"][0].clone()
}

async fn post_with(actor: &Actor, channel: &str, file: &Value) -> Value {
    let post = json!({ "channel_id": channel, "message": "see", "file_ids": [file["id"]] });
    actor.post("/posts", post).await.expect(201)
}

/// The link of a file, without the address of the site.
async fn link(actor: &Actor, site: &TestSite, file: &Value) -> String {
    let path = format!("/files/{}/link", file["id"].as_str().unwrap());
    let made = actor.get(&path).await.expect(200);
    let link = made["link"].as_str().unwrap();
    link.strip_prefix(&site.url()).expect("it is at the site").to_owned()
}

const INVALID: &str = "api.file.get_file.public_invalid.app_error";

#[tokio::test]
async fn whoever_has_a_link_fetches_the_file_without_signing_in() {
    let (site, team, [admin, alice, bob]) = site_with_links().await;
    let config = alice.get("/config/client?format=old").await.expect(200);
    assert_eq!(config["EnablePublicLink"], "true");
    let square = admin.channel(&team, "town-square").await;
    let file = upload(&alice, &square, "chart.html", b"<script>alert(1)</script>").await;
    let path = format!("/files/{}/link", file["id"].as_str().unwrap());
    let refusal = alice.get(&path).await.refused(400);
    assert_eq!(refusal, "api.file.get_public_link.no_post.app_error");
    let post = post_with(&alice, &square, &file).await;
    let link = link(&bob, &site, &file).await;
    let stranger = site.stranger();
    let reply = stranger.get_page(&link).await;
    assert_eq!(
        (reply.status, reply.bytes.as_slice()),
        (200, b"<script>alert(1)</script>".as_slice())
    );
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
    assert!(reply.header("content-disposition").starts_with("attachment"));
    assert!(!reply.header("content-type").contains("html"));
    assert!(!reply.header("content-security-policy").is_empty());

    let (address, proof) = link.split_once("?h=").unwrap();
    let other = upload(&alice, &square, "other.txt", b"other").await;
    post_with(&alice, &square, &other).await;
    let elsewhere = format!("/files/{}/public?h={proof}", other["id"].as_str().unwrap());
    for wrong in [address, &format!("{address}?h="), &format!("{address}?h={proof}A"), &elsewhere] {
        assert_eq!(stranger.get_page(wrong).await.refused(400), INVALID, "{wrong}");
    }

    alice.delete(&format!("/posts/{}", post["id"].as_str().unwrap())).await.expect(200);
    stranger.get_page(&link).await.expect(404);
    bob.get(&path).await.expect(404);
}

#[tokio::test]
async fn only_members_of_a_channel_make_links_of_its_files() {
    let (site, team, [admin, alice, bob]) = site_with_links().await;
    let secret =
        json!({ "team_id": team["id"], "name": "hold", "display_name": "hold", "type": "P" });
    let hold = alice.post("/channels", secret).await.expect(201);
    let hold = hold["id"].as_str().unwrap();
    let file = upload(&alice, hold, "list.txt", b"list").await;
    post_with(&alice, hold, &file).await;
    let path = format!("/files/{}/link", file["id"].as_str().unwrap());
    bob.get(&path).await.expect(403);
    site.stranger().get(&path).await.expect(401);
    link(&admin, &site, &file).await;
    let link = link(&alice, &site, &file).await;
    assert_eq!(site.stranger().get_page(&link).await.bytes, b"list");
    let range = site.stranger().with_header("range", "bytes=1-2");
    assert_eq!(range.get_page(&link).await.bytes, b"is");
}

#[tokio::test]
async fn where_links_are_not_wanted_there_are_none() {
    let mut site = TestSite::start_with(|config| config.settings.public_links = true).await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    let file = upload(&admin, &square, "chart.txt", b"chart").await;
    post_with(&admin, &square, &file).await;
    let made = link(&admin, &site, &file).await;
    // It is the site's own for as long as there is the site.
    site.restart().await;
    assert_eq!(site.stranger().get_page(&made).await.bytes, b"chart");

    let off = TestSite::start().await;
    let admin = off.person("admin").await;
    let config = admin.get("/config/client?format=old").await.expect(200);
    assert_eq!(config["EnablePublicLink"], "false");
    let disabled = "api.file.get_public_link.disabled.app_error";
    assert_eq!(off.stranger().get_page(&made).await.refused(403), disabled);
    let path = format!("/files/{}/link", file["id"].as_str().unwrap());
    assert_eq!(admin.get(&path).await.refused(403), disabled);
}
