use std::io::Read;

use fieldpost_testkit::TestSite;
use flate2::read::GzDecoder;
use reqwest::{Client, Response};

#[tokio::test]
async fn long_answers_are_compressed_for_whoever_can_unpack_them() {
    let site = TestSite::start().await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    for number in 0..20 {
        admin.say(&square, &format!("message {number} of the watch")).await;
    }
    let client = Client::builder().no_proxy().build().unwrap();
    let ask = async |path: &str, headers: &[(&str, &str)]| {
        let url = format!("http://{}/api/v4{path}", site.running().address);
        let mut request = client.get(url).bearer_auth(&admin.token);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    };
    let header = |answer: &Response, name: &str| {
        answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
    };
    let posts = format!("/channels/{square}/posts");
    let unpacking = ("accept-encoding", "gzip, deflate, br");

    let plain = ask(&posts, &[]).await;
    assert_eq!(header(&plain, "content-encoding"), None);
    let packed = ask(&posts, &[unpacking]).await;
    assert_eq!(header(&packed, "content-encoding").as_deref(), Some("gzip"));
    assert_eq!(header(&packed, "content-type").as_deref(), Some("application/json"));
    let tag = header(&packed, "etag").unwrap();
    let (plain, packed) = (plain.bytes().await.unwrap(), packed.bytes().await.unwrap());
    assert!(packed.len() * 3 < plain.len());
    let mut unpacked = Vec::new();
    GzDecoder::new(&packed[..]).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked, plain);

    // A tag stays good, and what is known is not sent at all.
    let known = ask(&posts, &[unpacking, ("if-none-match", &tag)]).await;
    assert_eq!((known.status().as_u16(), header(&known, "content-encoding")), (304, None));
    let short = ask("/system/ping", &[unpacking]).await;
    assert_eq!(header(&short, "content-encoding"), None);
}
