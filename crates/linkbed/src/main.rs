//! The `linkbed` binary: two network namespaces with a bad link between them.

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use fieldpost_linkbed::control::{self, Answer, Holder, Sides};
use fieldpost_linkbed::order::{Forward, Order, WORDS};
use fieldpost_linkbed::profile::{self, Loss, Profile};
use fieldpost_linkbed::{Bed, Link, Side, bed, helper, namespace};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// Two network namespaces with a bad link between them.
#[derive(Parser)]
#[command(arg_required_else_help = true, after_help = after_help())]
struct Arguments {
    /// The socket of a running bed.
    #[arg(long, global = true, value_name = "SOCK", default_value_os_t = default_control())]
    control: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Makes the namespaces, and runs until `down`, SIGTERM or Ctrl-C.
    Up(Box<Up>),
    /// Runs a program on one side.
    Exec(Exec),
    /// Lists the profiles.
    Profiles,
    /// Holds a namespace.
    #[command(hide = true)]
    Helper { address: String, mtu: usize },
    /// An order to the bed that runs.
    #[command(external_subcommand)]
    Order(Vec<String>),
}

#[derive(Args)]
struct Up {
    /// What kind of link, as listed by `linkbed profiles`.
    #[arg(long, default_value = "geo-64k", value_parser = known_profile)]
    profile: Profile,
    /// Bits per second, instead of the profile's.
    #[arg(long)]
    rate: Option<u64>,
    /// One way, in milliseconds, instead of the profile's.
    #[arg(long)]
    delay: Option<u64>,
    /// At random on top of the delay, in milliseconds, instead of the profile's.
    #[arg(long)]
    jitter: Option<u64>,
    /// Per cent of packets, instead of the profile's.
    #[arg(long)]
    loss: Option<f64>,
    /// Leaves out the profile's own outages.
    #[arg(long)]
    steady: bool,
    /// Where chance begins; the same seed loses the same packets.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// What the left side is called.
    #[arg(long, default_value = "left", value_name = "NAME")]
    left: String,
    /// What the right side is called.
    #[arg(long, default_value = "right", value_name = "NAME")]
    right: String,
}

#[derive(Args)]
struct Exec {
    /// The side, by its name.
    side: String,
    /// The program and what it is given.
    #[arg(last = true, required = true)]
    program: Vec<String>,
}

/// A bed that runs, and what else it needs to obey orders.
struct Running {
    bed: Bed,
    names: [String; 2],
    forwards: Mutex<Vec<JoinSet<()>>>,
    down: Notify,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match arguments.command {
        Command::Up(up) => up.run(&arguments.control),
        Command::Exec(exec) => exec.run(&arguments.control),
        Command::Profiles => list_profiles(),
        Command::Helper { address, mtu } => helper::run(&address, mtu),
        Command::Order(words) => order(&arguments.control, &words.join(" ")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("linkbed: {error}");
            ExitCode::FAILURE
        }
    }
}

fn after_help() -> String {
    format!(
        "Orders to a running bed, also one a line to its socket:\n{WORDS}\n  \
         forward SIDE P:P  a port outside leads to a port inside, beside the link\n  \
         sides             which process holds each namespace\n  \
         down              ends the bed"
    )
}

fn default_control() -> PathBuf {
    std::env::temp_dir().join("linkbed.sock")
}

fn known_profile(name: &str) -> Result<Profile, String> {
    Profile::named(name).ok_or_else(|| "see `linkbed profiles`".to_owned())
}

fn list_profiles() -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{:<15} {:>11} {:>9} {:>9} {:>6}", "", "bit/s", "delay", "jitter", "loss")?;
    for Profile { name, rate, delay, jitter, loss, .. } in profile::ALL {
        let (delay, jitter) = (format!("{delay:?}"), format!("{jitter:?}"));
        let loss = loss.share * 100.0;
        writeln!(out, "{name:<15} {rate:>11} {delay:>9} {jitter:>9} {loss:>4.1} %")?;
    }
    Ok(())
}

fn order(control: &std::path::Path, words: &str) -> io::Result<()> {
    match control::tell(control, words)? {
        Answer::Done => Ok(()),
        Answer::Refused(reason) => Err(io::Error::other(reason)),
        answer => writeln!(io::stdout(), "{}", serde_json::to_string(&answer)?),
    }
}

impl Exec {
    fn run(self, control: &std::path::Path) -> io::Result<()> {
        let Answer::Sides(sides) = control::tell(control, "sides")? else {
            return Err(io::Error::other("this is no bed of namespaces"));
        };
        let names = [sides.left.name.clone(), sides.right.name.clone()];
        let known = [sides.left, sides.right].into_iter().find(|holder| holder.name == self.side);
        let holder = known.ok_or_else(|| unknown_side(&names))?;
        let (program, arguments) = self.program.split_first().ok_or(io::ErrorKind::InvalidInput)?;
        let mut command = namespace::command_in(holder.pid, holder.user_namespace, program);
        Err(command.args(arguments).exec())
    }
}

impl Up {
    fn link(&self) -> Link<Vec<u8>> {
        let mut profile = self.profile;
        if let Some(rate) = self.rate {
            profile = profile.with_rate(rate);
        }
        profile.delay = self.delay.map_or(profile.delay, Duration::from_millis);
        profile.jitter = self.jitter.map_or(profile.jitter, Duration::from_millis);
        if let Some(percent) = self.loss {
            profile.loss = Loss { share: percent / 100.0, ..profile.loss };
        }
        Link::new(if self.steady { profile.steady() } else { profile }, self.seed)
    }

    fn run(self, control: &std::path::Path) -> io::Result<()> {
        tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
            let listener = control::listen(control)?;
            let running = Arc::new(Running {
                bed: Bed::up(&std::env::current_exe()?, self.link())?,
                names: [self.left, self.right],
                forwards: Mutex::default(),
                down: Notify::new(),
            });
            let mut interrupt = signal(SignalKind::interrupt())?;
            let mut terminate = signal(SignalKind::terminate())?;
            let [left, right] = &running.names;
            writeln!(
                io::stdout(),
                "{left} is {}, {right} is {}; orders to {}",
                bed::LEFT,
                bed::RIGHT,
                control.display()
            )?;
            let obeying = running.clone();
            let serve = control::serve(listener, move |order| obey(obeying.clone(), order));
            tokio::select! {
                () = serve => {}
                () = running.down.notified() => {}
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            std::fs::remove_file(control)
        })
    }
}

async fn obey(running: Arc<Running>, order: Order) -> Answer {
    match order {
        Order::Change(change) => change.apply(running.bed.link()),
        Order::Stats => return Answer::Stats(Box::new(running.bed.link().stats())),
        Order::Sides => {
            let [left, right] = Side::BOTH.map(|side| running.holder(side));
            return Answer::Sides(Sides { left, right });
        }
        Order::Forward(forward) => {
            if let Err(error) = running.forward(forward).await {
                return Answer::Refused(error.to_string());
            }
        }
        Order::Down => running.down.notify_one(),
    }
    Answer::Done
}

impl Running {
    fn holder(&self, side: Side) -> Holder {
        let [left, right] = &self.names;
        let name = if side == Side::Left { left } else { right };
        let namespace = self.bed.side(side);
        Holder {
            name: name.clone(),
            pid: namespace.pid(),
            user_namespace: namespace.is_in_user_namespace(),
        }
    }

    async fn forward(&self, forward: Forward) -> io::Result<()> {
        let named =
            Side::BOTH.into_iter().zip(&self.names).find(|(_, name)| **name == forward.side);
        let (side, _) = named.ok_or_else(|| unknown_side(&self.names))?;
        let outside = SocketAddr::from((Ipv4Addr::LOCALHOST, forward.outside));
        let listener = TcpListener::bind(outside).await?;
        let tasks = self.bed.forward(side, listener, forward.inside);
        self.forwards.lock().unwrap_or_else(PoisonError::into_inner).push(tasks);
        Ok(())
    }
}

fn unknown_side([left, right]: &[String; 2]) -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, format!("the sides are {left} and {right}"))
}
