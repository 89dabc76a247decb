//! What addresses in posts lead to: previews, redirects, pictures of elsewhere.

use std::net::SocketAddr;

use fieldpost_testkit::{Actor, TestSite};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// Somebody's pages, and who asked for which.
struct Pages {
    address: SocketAddr,
    asked: mpsc::UnboundedReceiver<String>,
    _serving: JoinSet<()>,
}

const PAGE: &str = "<html><head><meta property=\"og:title\" content=\"A &amp; B\">\
    <meta property=\"og:image\" content=\"/picture.png\"></head>";

impl Pages {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (told, asked) = mpsc::unbounded_channel();
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = [0; 4096];
                let n = stream.read(&mut request).await.unwrap();
                let request = String::from_utf8_lossy(&request[..n]).into_owned();
                let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
                drop(stream.write_all(&page(&path)).await);
                drop(told.send(path));
            }
        });
        Self { address, asked, _serving: serving }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

fn page(path: &str) -> Vec<u8> {
    let picture = super::png(3, 2);
    let (status, headers, body) = match path {
        "/page" => ("200 OK", "Content-Type: text/html; charset=utf-8\r\n", PAGE.as_bytes()),
        "/picture.png" => ("200 OK", "Content-Type: image/png\r\n", &picture[..]),
        "/script" => ("200 OK", "Content-Type: text/html\r\n", &b"<script>"[..]),
        "/moved" => ("302 Found", "Location: /page\r\n", &b""[..]),
        _ => ("404 Not Found", "", &b""[..]),
    };
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n\r\n");
    [head.as_bytes(), body].concat()
}

/// A site that may ask this machine, with its administrator and the town square of a team.
async fn place() -> (TestSite, Actor, String) {
    let site = TestSite::start_with(|config| {
        config.outbound.enabled = true;
        config.outbound.allowed_internal = vec!["127.0.0.1".to_owned()];
    })
    .await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    (site, admin, square)
}

#[tokio::test]
async fn a_link_is_previewed_once_the_post_is_written() {
    let (site, admin, square) = place().await;
    let mut pages = Pages::start().await;
    site.settle().await;
    let mut socket = admin.socket().await;
    let url = pages.url("/page");
    let post = admin.say(&square, &format!("see {url}")).await;
    assert_eq!(post["metadata"]["embeds"], json!([{ "type": "link", "url": url }]));
    let event = socket.event("post_edited").await;
    let told: Value = serde_json::from_str(event["data"]["post"].as_str().unwrap()).unwrap();
    let picture = pages.url("/picture.png");
    let data = json!({ "title": "A & B", "url": url, "images": [{ "url": picture }] });
    let embed = json!([{ "type": "opengraph", "url": url, "data": data }]);
    assert_eq!(told["metadata"]["embeds"], embed);
    let size = json!({ "width": 3, "height": 2, "format": "png", "frame_count": 0 });
    assert_eq!(told["metadata"]["images"], json!({ picture: size }));
    assert_eq!((&told["id"], &told["edit_at"]), (&post["id"], &json!(0)));
    let path = format!("/posts/{}", post["id"].as_str().unwrap());
    assert_eq!(admin.get(&path).await.expect(200)["metadata"]["embeds"], embed);

    // It is known by now: nobody asks again.
    assert_eq!(pages.asked.recv().await.unwrap(), "/page");
    assert_eq!(pages.asked.recv().await.unwrap(), "/picture.png");
    let again = admin.say(&square, &format!("again {url}")).await;
    assert_eq!(again["metadata"]["embeds"], embed);
    let picture = pages.url("/picture.png?2");
    admin.say(&square, &picture).await;
    assert_eq!(pages.asked.recv().await.unwrap(), "/picture.png?2");
}

#[tokio::test]
async fn a_picture_is_shown_with_its_size() {
    let (site, admin, square) = place().await;
    let pages = Pages::start().await;
    site.settle().await;
    let mut socket = admin.socket().await;
    let url = pages.url("/picture.png");
    admin.say(&square, &url).await;
    let event = socket.event("post_edited").await;
    let told: Value = serde_json::from_str(event["data"]["post"].as_str().unwrap()).unwrap();
    assert_eq!(told["metadata"]["embeds"], json!([{ "type": "image", "url": url }]));
    assert_eq!(told["metadata"]["images"][&url]["width"], 3);
}

#[tokio::test]
async fn nobody_is_asked_for_what_is_declined_or_inside() {
    let (site, admin, square) = place().await;
    let mut pages = Pages::start().await;
    let unsafe_links = json!({
        "channel_id": square, "message": pages.url("/picture.png"),
        "props": { "unsafe_links": "true" },
    });
    admin.post("/posts", unsafe_links).await.expect(201);
    site.running().outbound.silence(true);
    admin.say(&square, &pages.url("/moved")).await;
    let redirect = format!("/redirect_location?url={}", pages.url("/moved"));
    assert_eq!(admin.get(&redirect).await.expect(200), json!({ "location": "" }));
    site.running().outbound.silence(false);
    admin.say(&square, &format!("http://[::1]:{}/page", pages.address.port())).await;
    admin.say(&square, &pages.url("/page")).await;
    let asked = pages.asked.recv().await.unwrap();
    assert!(asked == "/page" || asked == "/moved", "{asked}");
}

#[tokio::test]
async fn whoever_asks_for_much_that_is_slow_waits_alone() {
    let (site, admin, _) = place().await;
    let bob = site.person("bob").await;
    let pages = Pages::start().await;
    let slow = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let path = format!("/image?url=http://{}/picture.png", slow.local_addr().unwrap());
    let mut asking = JoinSet::new();
    let mut held = Vec::new();
    for _ in 0..2 {
        let (admin, path) = (admin.clone(), path.clone());
        asking.spawn(async move { admin.get(&path).await });
        held.push(slow.accept().await.unwrap().0);
    }
    // A third picture waits for its turn, and so does not fail.
    let quick = format!("/image?url={}", pages.url("/picture.png"));
    let (waits, third) = (admin.clone(), quick.clone());
    asking.spawn(async move { waits.get(&third).await });
    let redirect = format!("/redirect_location?url={}", pages.url("/moved"));
    assert_eq!(admin.get(&redirect).await.refused(429), "api.context.rate_limit.app_error");
    bob.get(&redirect).await.expect(200);
    assert_eq!(bob.get(&quick).await.status, 200);

    for mut stream in held {
        assert!(stream.read(&mut [0; 4096]).await.unwrap() > 0);
        stream.write_all(&page("/picture.png")).await.unwrap();
    }
    while let Some(reply) = asking.join_next().await {
        assert_eq!(reply.unwrap().bytes, super::png(3, 2));
    }
    admin.get(&redirect).await.expect(200);
}

#[tokio::test]
async fn where_an_address_leads_is_told_and_pictures_are_passed_on() {
    let (site, admin, _) = place().await;
    let pages = Pages::start().await;
    let redirect = format!("/redirect_location?url={}", pages.url("/moved"));
    let told = admin.get(&redirect).await.expect(200);
    assert_eq!(told, json!({ "location": pages.url("/page") }));
    let straight = format!("/redirect_location?url={}", pages.url("/page"));
    assert_eq!(admin.get(&straight).await.expect(200), json!({ "location": "" }));
    let inside = "/redirect_location?url=http://169.254.169.254/";
    assert_eq!(admin.get(inside).await.expect(200), json!({ "location": "" }));
    admin.get("/redirect_location").await.refused(400);
    site.stranger().get(&redirect).await.refused(401);

    let path = format!("/image?url={}", pages.url("/picture.png"));
    let picture = admin.get(&path).await;
    assert_eq!((picture.status, &picture.bytes), (200, &super::png(3, 2)));
    assert_eq!(picture.header("content-type"), "image/png");
    assert_eq!(picture.header("x-content-type-options"), "nosniff");
    for path in ["/script", "/nowhere", "/page"] {
        admin.get(&format!("/image?url={}", pages.url(path))).await.refused(404);
    }
    admin.get("/image?url=http://[::1]/x.png").await.refused(404);
    admin.get("/image").await.refused(400);
    site.stranger().get(&path).await.refused(401);
}
