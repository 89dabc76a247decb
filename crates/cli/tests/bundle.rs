//! Two sites as processes that never hear each other after they were paired: files are carried.

use std::path::Path;
use std::time::Duration;

use fieldpost_testkit::Actor;
use serde_json::{Value, json};

use crate::process::{Server, run};

/// A site: its process and its data.
struct Site {
    data: tempfile::TempDir,
    name: &'static str,
    server: Option<Server>,
}

impl Site {
    fn start(name: &'static str) -> Self {
        let mut site = Self { data: tempfile::tempdir().unwrap(), name, server: None };
        site.serve();
        site
    }

    fn serve(&mut self) {
        let settings =
            [("FIELDPOST_SITE__NAME", self.name), ("FIELDPOST_LINK__LISTEN", "127.0.0.1:0")];
        self.server = Some(Server::start_with(self.data.path(), "127.0.0.1:0", &settings));
    }

    fn administrator(&self) -> Actor {
        Actor::local(&self.data.path().join("fieldpost.sock"))
    }

    /// Runs `fieldpost link …`; what it printed, or why it failed.
    fn link(&self, arguments: &[&str]) -> Result<String, String> {
        let data = self.data.path().to_str().unwrap();
        let output = run(&[&["link"], arguments, &["--data", data]].concat());
        let text = |bytes| String::from_utf8(bytes).unwrap().trim().to_owned();
        if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
    }

    fn peer(&self) -> Value {
        let status = self.link(&["status", "--json"]).unwrap();
        serde_json::from_str::<Value>(&status).unwrap()["peers"][0].clone()
    }

    fn hash(&self) -> String {
        self.peer()["shared"][0]["hash"].as_str().unwrap().to_owned()
    }

    fn export(&self, file: &Path, with: &str) -> Result<String, String> {
        self.link(&["export-bundle", file.to_str().unwrap(), "--with", with])
    }

    fn import(&self, file: &Path) -> Result<String, String> {
        self.link(&["import-bundle", file.to_str().unwrap()])
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversation_is_carried_by_hand_and_a_crash_in_the_middle_costs_nothing() {
    let (hq, mut edge) = (Site::start("hq"), Site::start("edge"));
    let code = hq.link(&["invite"]).unwrap();
    edge.link(&["accept", &code]).unwrap();
    hq.link(&["silence", "--with", "edge"]).unwrap();
    edge.link(&["silence", "--with", "hq"]).unwrap();
    let admin = hq.administrator();
    let team = json!({ "name": "alpha", "display_name": "Alpha", "type": "O" });
    let team = admin.post("/teams", team).await.expect(201);
    let channel = json!({
        "team_id": team["id"], "name": "ops", "display_name": "Ops", "type": "O",
    });
    let channel = admin.post("/channels", channel).await.expect(201);
    let account = json!({
        "username": "writer", "password": "long enough", "email": "writer@hq.example",
    });
    let account = admin.post("/users", account).await.expect(201);
    let path = format!("/teams/{}/members", team["id"].as_str().unwrap());
    let member = json!({ "team_id": team["id"], "user_id": account["id"] });
    admin.post(&path, member).await.expect(201);
    let path = format!("/channels/{}/members", channel["id"].as_str().unwrap());
    admin.post(&path, json!({ "user_id": account["id"] })).await.expect(201);
    hq.link(&["share", "alpha:ops", "--with", "edge"]).unwrap();
    let mut writer = hq.server.as_ref().unwrap().stranger();
    writer.sign_in("writer", "long enough").await;
    for n in 0..600 {
        let post =
            json!({ "channel_id": channel["id"], "message": format!("report {n} of the day") });
        writer.post("/posts", post).await.expect(201);
    }

    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    assert!(hq.export(&file("1"), "edge").unwrap().starts_with("Wrote "));
    let exists = hq.export(&file("1"), "edge").unwrap_err();
    assert!(exists.contains("exists"), "{exists}");
    edge.import(&file("1")).unwrap();
    edge.export(&file("2"), "hq").unwrap();
    hq.import(&file("2")).unwrap();
    hq.export(&file("3"), "edge").unwrap();

    // The site dies while it takes the bundle in, a little later each time.
    for n in 0..4 {
        let (path, server) = (file("3"), edge.server.take().unwrap());
        let edge_now = &edge;
        std::thread::scope(|scope| {
            let importing = scope.spawn(|| edge_now.import(&path));
            std::thread::sleep(Duration::from_millis(30 * (n + 1)));
            server.kill();
            drop(importing.join().unwrap());
        });
        edge.serve();
    }
    let taken = edge.import(&file("3")).unwrap();
    assert!(taken.starts_with("Took in a bundle of hq"), "{taken}");
    assert_eq!(edge.hash(), hq.hash());
    let again = edge.import(&file("3")).unwrap();
    assert!(again.contains("which was taken in before: 0 of "), "{again}");

    assert!(hq.peer()["backlog"]["changes"].as_u64() > Some(600));
    edge.export(&file("4"), "hq").unwrap();
    hq.import(&file("4")).unwrap();
    assert_eq!(hq.peer()["backlog"]["changes"], 0);
    let shown = hq.link(&["status"]).unwrap();
    assert!(shown.contains("bundle to it") && shown.contains("receipt came"), "{shown}");

    let nobody = hq.export(&file("5"), "nowhere").unwrap_err();
    assert!(nobody.contains("nowhere"), "{nobody}");
    assert!(!file("5").exists() && !file("5.part").exists());
    let wrong = hq.import(&file("3")).unwrap_err();
    assert!(wrong.contains("was not taken in"), "{wrong}");
}
