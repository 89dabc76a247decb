use fieldpost_faultfs::Machine;
use fieldpost_store::Medium;
use fieldpost_testkit::{Actor, Reply, TestSite};
use serde_json::{Value, json};

async fn post(actor: &Actor, channel: &str, n: usize) -> Reply {
    let message = format!("{n} {}", "report ".repeat(500));
    actor.post("/posts", json!({ "channel_id": channel, "message": message })).await
}

async fn posts(actor: &Actor, channel: &str) -> Value {
    actor.get(&format!("/channels/{channel}/posts?per_page=200")).await.expect(200)["posts"].clone()
}

#[tokio::test]
async fn whoever_writes_on_a_full_disk_hears_it_and_whoever_reads_does_not() {
    let machine = Machine::new(1);
    let site = TestSite::start_with(|config| {
        config.database = None;
        config.medium = Medium { vfs: Some(machine.vfs()), ..Medium::default() };
    })
    .await;
    let (admin, team) = site.administrator_with_team("alpha").await;
    let square = admin.channel(&team, "town-square").await;
    machine.limit(Some(machine.used() + 200_000));
    let mut said = Vec::new();
    let refused = loop {
        let reply = post(&admin, &square, said.len()).await;
        if reply.status != 201 {
            break reply;
        }
        said.push(reply.json()["id"].as_str().unwrap().to_owned());
        assert!(said.len() < 100, "the disk never fills");
    };
    assert_eq!(refused.refused(503), "api.fieldpost.disk_full");
    let login = json!({ "login_id": "admin", "password": "correct horse battery" });
    let refusal = site.stranger().post("/users/login", login.clone()).await.refused(503);
    assert_eq!(refusal, "api.fieldpost.disk_full");

    let there = posts(&admin, &square).await;
    assert!(!said.is_empty() && said.iter().all(|id| there.get(id).is_some()));
    admin.get("/users/me").await.expect(200);

    machine.limit(None);
    let next = post(&admin, &square, 1000).await.expect(201);
    let there = posts(&admin, &square).await;
    assert!(there.get(next["id"].as_str().unwrap()).is_some());
    assert!(said.iter().all(|id| there.get(id).is_some()));
    site.stranger().post("/users/login", login).await.expect(200);
    assert_eq!(site.running().store.verify().await.unwrap(), []);
}
