//! Two sites as processes, and between them packet radio: two modems in software that hear each
//! other's tones.
//!
//! The air is a sound server with two devices. What a modem plays on one, the other records. Nothing
//! of it needs a sound card, a kernel module, or leave to use either.

use std::fs::File;
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fieldpost_testkit::{Actor, free_address};
use serde_json::{Value, json};

use crate::thin::{Site, arrives, channel};

/// A process that ends with the test.
struct Process(Child);

impl Process {
    fn start(command: &mut Command, log: &Path) -> Self {
        let log = File::create(log).unwrap();
        let error = log.try_clone().unwrap();
        Self(command.stdin(Stdio::null()).stdout(log).stderr(error).spawn().unwrap())
    }

    /// Waits until it does its work.
    fn until(&mut self, log: &Path, mut is_ready: impl FnMut() -> bool) {
        let begun = Instant::now();
        while !is_ready() {
            let has_ended = self.0.try_wait().unwrap().is_some();
            let is_late = begun.elapsed() > Duration::from_secs(60);
            assert!(!has_ended && !is_late, "{}", said(log));
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Two modems on one channel. The fields are dropped in this order.
struct Air {
    modems: Vec<Process>,
    _sound: Process,
    folder: tempfile::TempDir,
}

impl Air {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (socket, log) = (folder.path().join("sound.sock"), folder.path().join("sound.log"));
        let devices = format!(
            "load-module module-null-sink sink_name=one rate=44100 channels=1\n\
             load-module module-null-sink sink_name=two rate=44100 channels=1\n\
             load-module module-native-protocol-unix auth-anonymous=1 socket={}\n",
            socket.display()
        );
        let script = folder.path().join("sound.pa");
        std::fs::write(&script, devices).unwrap();
        let mut command = Command::new("pulseaudio");
        let options =
            ["-n", "--daemonize=no", "--use-pid-file=no", "--disable-shm=yes", "--realtime=no"];
        command.args(options).args(["--high-priority=no", "--exit-idle-time=-1", "-F"]);
        command.arg(script).envs(["HOME", "XDG_RUNTIME_DIR"].map(|name| (name, folder.path())));
        let mut sound = Process::start(&mut command, &log);
        sound.until(&log, || UnixStream::connect(&socket).is_ok());
        Self { modems: Vec::new(), _sound: sound, folder }
    }

    /// Starts a modem that plays on a device and hears the other, and gives where it is.
    fn modem(&mut self, plays: &str, hears: &str) -> String {
        let folder = self.folder.path();
        // It takes none from 49,152 up, which are meant for outgoing connections.
        let port = free_address().port();
        let file = |end: &str| folder.join(format!("{plays}.{end}"));
        let device = |name: &str, device: &str| {
            let server = folder.join("sound.sock");
            let server = server.display();
            format!("pcm.{name} {{ type pulse server \"unix:{server}\" device \"{device}\" }}\n")
        };
        let devices = [
            "</usr/share/alsa/alsa.conf>\n",
            &device("plays", plays),
            &device("hears", &format!("{hears}.monitor")),
        ];
        std::fs::write(file("alsa"), devices.concat()).unwrap();
        let settings = format!(
            "ADEVICE hears plays\nACHANNELS 1\nCHANNEL 0\nMYCALL N0CALL\nMODEM 1200\n\
             AGWPORT 0\nKISSPORT {port}\n"
        );
        std::fs::write(file("conf"), settings).unwrap();
        let mut command = Command::new("direwolf");
        command.args(["-t", "0", "-c"]).arg(file("conf"));
        command.env("ALSA_CONFIG_PATH", file("alsa")).env("HOME", folder);
        let mut modem = Process::start(&mut command, &file("log"));
        modem.until(&file("log"), || TcpStream::connect(("127.0.0.1", port)).is_ok());
        self.modems.push(modem);
        format!("127.0.0.1:{port}")
    }

    /// How many frames a modem has heard from a station.
    fn heard(&self, plays: &str, station: &str) -> usize {
        let said = said(&self.folder.path().join(format!("{plays}.log")));
        said.lines().filter(|line| line.contains(&format!("] {station}>"))).count()
    }
}

/// What a process said. What a modem shows of a frame is any bytes.
fn said(log: &Path) -> String {
    String::from_utf8_lossy(&std::fs::read(log).unwrap()).into_owned()
}

/// Somebody at a site who writes in a channel that came from the other.
async fn writer(site: &Site, channel: &Value) -> Actor {
    let admin = site.administrator();
    let account = json!({
        "username": "answers", "password": "long enough", "email": "answers@edge.example",
    });
    let user = admin.post("/users", account).await.expect(201);
    let path = format!("/teams/{}/members", channel["team_id"].as_str().unwrap());
    let member = json!({ "team_id": channel["team_id"], "user_id": user["id"] });
    admin.post(&path, member).await.expect(201);
    let path = format!("/channels/{}/members", channel["id"].as_str().unwrap());
    admin.post(&path, json!({ "user_id": user["id"] })).await.expect(201);
    let mut writer = site.server.stranger();
    writer.sign_in("answers", "long enough").await;
    writer
}

async fn say(writer: &Actor, channel: &Value, message: &str, there: &Actor) -> Duration {
    let post = json!({ "channel_id": channel["id"], "message": message });
    let post = writer.post("/posts", post).await.expect(201);
    let path = format!("/posts/{}", post["id"].as_str().unwrap());
    let took = arrives(there, &path).await;
    assert_eq!(there.get(&path).await.expect(200)["message"], message);
    took
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn posts_pass_both_ways_between_processes_over_packet_radio() {
    let mut air = Air::start();
    let modems = [air.modem("one", "two"), air.modem("two", "one")];
    let thin = |modem: &str, own: &str, peer: &str| {
        format!(
            "over = \"kiss {modem} {own} {peer}\"\nrate = 1200\nturnaround = 500\nround_trip = 4000"
        )
    };
    let hq = Site::start("hq", "edge", &thin(&modems[0], "N0CALL-1", "N0CALL-2"));
    let edge = Site::start("edge", "hq", &thin(&modems[1], "N0CALL-2", "N0CALL-1"));
    edge.link(&["accept", &hq.link(&["invite"])]);
    let (channel, speaks) = channel(&hq).await;
    hq.link(&["share", "alpha:ops", "--with", "edge"]);
    let path = format!("/channels/{}", channel["id"].as_str().unwrap());
    let begun = arrives(&edge.administrator(), &path).await;
    let answers = writer(&edge, &channel).await;
    let (at_hq, at_edge) = (hq.administrator(), edge.administrator());
    let there = say(&speaks, &channel, "Road cut at km 12. Send water.", &at_edge).await;
    let back = say(&answers, &channel, "Two trucks leave at 14:00.", &at_hq).await;
    println!("the channel was there after {begun:?}, a post {there:?} later, its answer {back:?}");
    let [at_hq, at_edge] = [air.heard("one", "N0CALL-2"), air.heard("two", "N0CALL-1")];
    println!("hq's modem heard {at_hq} frames, that of edge {at_edge}");
    assert!(at_hq > 2 && at_edge > 2, "what passed was on the air");
}
