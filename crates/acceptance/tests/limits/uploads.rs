use reqwest::multipart::Form;
use serde_json::json;

use super::{id, places};
use crate::api::{part, png};

const DAY: i64 = 24 * 60 * 60 * 1000;

/// How many uploads have something on the disk.
fn here(site: &fieldpost_testkit::TestSite) -> usize {
    std::fs::read_dir(site.data().join("files/uploads")).unwrap().count()
}

#[tokio::test]
async fn an_upload_that_never_comes_whole_is_given_up_after_a_week() {
    let (site, _, [_, bob], square) = places().await;
    let begun = json!({ "channel_id": square, "filename": "x", "file_size": 6_000_000 });
    let upload = bob.post("/uploads", begun.clone()).await.expect(201);
    let path = format!("/uploads/{}", id(&upload));
    let part = vec![7; 5 * 1024 * 1024];
    bob.send(reqwest::Method::POST, &path, part.clone()).await.expect(204);
    assert_eq!(here(&site), 1);
    site.clock().advance(6 * DAY);
    site.running().due.run().await.unwrap();
    bob.get(&path).await.expect(200);
    assert_eq!(here(&site), 1);
    site.clock().advance(2 * DAY);
    site.running().due.run().await.unwrap();
    bob.get(&path).await.expect(404);
    assert_eq!(here(&site), 0);
}

#[tokio::test]
async fn what_was_begun_and_pushed_out_leaves_the_disk() {
    let (site, _, [_, bob], square) = places().await;
    let begun = json!({ "channel_id": square, "filename": "x", "file_size": 6_000_000 });
    let oldest = bob.post("/uploads", begun.clone()).await.expect(201);
    let path = format!("/uploads/{}", id(&oldest));
    bob.send(reqwest::Method::POST, &path, vec![7; 5 * 1024 * 1024]).await.expect(204);
    for _ in 0..100 {
        bob.post("/uploads", begun.clone()).await.expect(201);
    }
    assert_eq!(bob.get("/users/me/uploads").await.expect(200).as_array().unwrap().len(), 100);
    site.running().due.run().await.unwrap();
    assert_eq!(here(&site), 0);
}

/// How many blobs are kept.
fn kept(site: &fieldpost_testkit::TestSite) -> usize {
    let folder = |path: &std::path::Path| -> Vec<_> {
        std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect()
    };
    let outer = folder(&site.data().join("files/objects"));
    outer.iter().flat_map(|outer| folder(outer)).flat_map(|inner| folder(&inner)).count()
}

#[tokio::test]
async fn nothing_is_kept_of_files_that_are_refused() {
    let (site, _, [admin, bob], square) = places().await;
    let large = png(9_000, 4_000);
    let form = Form::new()
        .text("channel_id", square.clone())
        .part("files", part("a.bin", &[7; 100_000]))
        .part("files", part("b.png", &large));
    let refused = bob.post_form("/files", form).await.refused(400);
    assert_eq!(refused, "api.file.upload_file.large_image_detailed.app_error");
    assert_eq!(kept(&site), 0);
    let emoji = |name: &str, side: u32| {
        let described = json!({ "name": name, "creator_id": admin.id }).to_string();
        Form::new().text("emoji", described).part("image", part("x.png", &png(side, side)))
    };
    admin.post_form("/emoji", emoji("ours", 20)).await.expect(201);
    let before = kept(&site);
    for (name, side) in [("ours", 21), ("smile", 22), ("no good", 23)] {
        admin.post_form("/emoji", emoji(name, side)).await.expect(400);
    }
    assert_eq!(kept(&site), before);
}
