//! `make demo`.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use fieldpost_demo::client::Client;
use fieldpost_demo::content::Content;
use fieldpost_demo::overview::Linked;
use fieldpost_demo::page::{Demo, Visitor, router};
use fieldpost_demo::pairing::{EDGE, HQ, Pair, Status};
use fieldpost_demo::program::{Program, Served, Site};
use fieldpost_linkbed::relay::DATAGRAM_OVERHEAD;
use fieldpost_linkbed::{Door, Emulator, Link, Profile, Relay, Side};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::spawn_blocking;
use tokio::time::sleep;

/// Edge's user, who administers it because the account is its first.
const EDGE_USER: (&str, &str) = ("erin", "Passw0rd-erin");

/// How often the sites are asked how their link does.
const LOOK: Duration = Duration::from_secs(1);

/// Two sites and a bad link between them, with a page to play with it.
#[derive(Parser)]
struct Arguments {
    /// The `fieldpost` binary.
    #[arg(long, env = "FIELDPOST_BINARY", default_value = "target/release/fieldpost")]
    binary: PathBuf,
    /// The port of the page. The sites take the three ports after it.
    #[arg(long, default_value_t = 8070)]
    port: u16,
    /// What the link is like at first.
    #[arg(long, default_value = "geo-512k")]
    profile: String,
    /// A conversation for HQ, in the bulk format; a short one if it is not there.
    #[arg(long, default_value = "../shared/data/field-log.jsonl.gz")]
    content: PathBuf,
}

/// The two sites and what joins them. They end with this.
struct Stage {
    program: Program,
    folder: tempfile::TempDir,
    content: Content,
    relay: Relay,
    hq: Served,
    edge: Served,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("demo: {why}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|error| error.to_string())?.block_on(async {
        let mut stopped = Vec::new();
        for kind in [SignalKind::interrupt(), SignalKind::terminate()] {
            stopped.push(signal(kind).map_err(|error| error.to_string())?);
        }
        let [interrupted, terminated] = &mut stopped[..] else { return Ok(()) };
        tokio::select! {
            outcome = play(arguments) => outcome,
            _ = interrupted.recv() => Ok(()),
            _ = terminated.recv() => Ok(()),
        }
    })
}

async fn play(arguments: &Arguments) -> Result<(), String> {
    let page = SocketAddr::from((Ipv4Addr::LOCALHOST, arguments.port));
    let listener = TcpListener::bind(page).await.map_err(|error| format!("{page}: {error}"))?;
    let stage = set_up(arguments).await?;
    let Content { user, password, .. } = &stage.content;
    let hq = Client::sign_in(&stage.hq.url, user, password).await?;
    let hq = Visitor::new(hq, &stage.hq.url, user, password);
    let (user, password) = EDGE_USER;
    let edge = Client::sign_up(&stage.edge.url, user, password).await?;
    let edge = Visitor::new(edge, &stage.edge.url, user, password);
    let demo = Arc::new(Demo::new(stage.relay.link().clone(), hq, edge));
    println!("The demo is at http://{page}, HQ at {}, Edge at {}", stage.hq.url, stage.edge.url);
    println!("Ctrl-C ends it; nothing is kept.");
    let pair = stage.pair();
    let watching = demo.clone();
    tokio::select! {
        served = async { axum::serve(listener, router(demo)).await } => {
            served.map_err(|error| error.to_string())
        }
        () = watch(&watching, &pair) => Ok(()),
    }
}

/// Fills HQ, opens the link and starts both sites.
async fn set_up(arguments: &Arguments) -> Result<Stage, String> {
    let program = Program::at(&arguments.binary)?;
    let profile = Profile::named(&arguments.profile)
        .ok_or_else(|| format!("no profile is called {}", arguments.profile))?;
    let folder = tempfile::Builder::new().prefix("fieldpost-demo").tempdir();
    let folder = folder.map_err(|error| error.to_string())?;
    let content = Content::find(&arguments.content, folder.path())?;
    println!("Filling HQ from {}", content.file.display());
    let (hq, edge) = (folder.path().join(HQ), folder.path().join(EDGE));
    println!("{}", import(&program, &hq, &content.file).await?);

    let at = |offset| SocketAddr::from((Ipv4Addr::LOCALHOST, arguments.port + offset));
    let link = Link::new(profile, 1).with_overhead(DATAGRAM_OVERHEAD);
    // Only Edge calls, so everything between the two passes this one door.
    let door =
        Door { side: Side::Right, listen: SocketAddr::from(([127, 0, 0, 1], 0)), target: at(3) };
    let relay = Relay::open(Emulator::start(link), &[door]).await;
    let relay = relay.map_err(|error| error.to_string())?;
    let site = |name: &str, data: &Path, offset, link_listen| Site {
        data: data.to_owned(),
        name: name.to_owned(),
        listen: at(offset).to_string(),
        link_listen,
    };
    let hq = serve(&program, site(HQ, &hq, 1, Some(at(3).to_string()))).await?;
    let edge = serve(&program, site(EDGE, &edge, 2, None)).await?;
    Ok(Stage { program, folder, content, relay, hq, edge })
}

async fn import(program: &Program, data: &Path, file: &Path) -> Result<String, String> {
    let (program, data, file) = (program.clone(), data.to_owned(), file.to_owned());
    apart(move || program.run(&data, &["import".as_ref(), file.as_os_str()])).await
}

async fn serve(program: &Program, site: Site) -> Result<Served, String> {
    let program = program.clone();
    apart(move || program.serve(&site)).await
}

impl Stage {
    fn pair(&self) -> Pair {
        Pair {
            program: self.program.clone(),
            hq: self.folder.path().join(HQ),
            edge: self.folder.path().join(EDGE),
            door: self.relay.doors().first().map(SocketAddr::to_string).unwrap_or_default(),
        }
    }
}

/// Links the sites, and then keeps looking how they do.
async fn watch(demo: &Demo, pair: &Pair) {
    loop {
        let link = pair.clone();
        match apart(move || link.link()).await {
            Ok(()) => break,
            Err(why) => demo.observe(|observed, _| observed.note_linked(Linked::Failed(why))),
        }
        sleep(5 * LOOK).await;
    }
    demo.observe(|observed, _| observed.note_linked(Linked::Yes));
    loop {
        let look = pair.clone();
        let seen = apart(move || {
            let ask = |data| Status::ask(&look.program, data);
            Ok((ask(&look.hq)?, ask(&look.edge)?))
        });
        // What cannot be seen now is seen the next time.
        if let Ok((hq, edge)) = seen.await {
            demo.observe(|observed, now| observed.note_status(now, hq, edge));
        }
        sleep(LOOK).await;
    }
}

/// Runs what blocks where it blocks nobody.
async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    spawn_blocking(work).await.map_err(|error| error.to_string())?
}
