//! `fieldpost link simulate`: what would happen over a bad link, without one.

use std::io::Write as _;
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum, value_parser};
use fieldpost_air::{Profile, profile};
use fieldpost_simulate::{Plan, Topology};

/// How often it is told how far a simulation is.
const PROGRESS: Duration = Duration::from_secs(5);

/// Sites, links and chance.
#[derive(Args)]
pub(crate) struct Simulate {
    /// What every link is like, by the name of a profile: from hf-robust, a radio of 75 bit/s, to lan.
    #[arg(long, value_name = "NAME", value_parser = named)]
    profile: Profile,
    /// How many sites there are, from 2 to 64.
    #[arg(long, value_name = "N", default_value_t = 2)]
    sites: usize,
    /// In which form they are linked.
    #[arg(long, value_name = "FORM", value_enum, default_value_t = Form::Star)]
    topology: Form,
    /// Where all chance comes from: the same gives the same.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// How many posts each site writes before the lines are there.
    #[arg(long, value_name = "N", default_value_t = 10)]
    posts: usize,
    /// About how many letters a post has.
    #[arg(long, value_name = "N", default_value_t = 40)]
    letters: usize,
    /// Leaves out the outages that the profile has.
    #[arg(long)]
    steady: bool,
    /// Leaves out the loss that the profile has.
    #[arg(long)]
    lossless: bool,
    /// After so many hours of virtual time it is given up.
    #[arg(long, value_name = "N", default_value_t = 168, value_parser = value_parser!(u32).range(1..=8760))]
    hours: u32,
    /// Prints JSON, one object.
    #[arg(long)]
    json: bool,
}

/// A form in which sites are linked.
#[derive(Clone, Copy, ValueEnum)]
enum Form {
    /// All with the first.
    Star,
    /// Each with the next.
    Chain,
    /// Each with the next, and the last with the first.
    Ring,
    /// Each with every other.
    Mesh,
}

impl From<Form> for Topology {
    fn from(form: Form) -> Self {
        match form {
            Form::Star => Self::Star,
            Form::Chain => Self::Chain,
            Form::Ring => Self::Ring,
            Form::Mesh => Self::Mesh,
        }
    }
}

/// The profile of a name, or which names there are.
fn named(name: &str) -> Result<Profile, String> {
    Profile::named(name).ok_or_else(|| {
        let names: Vec<&str> = profile::ALL.iter().map(|profile| profile.name).collect();
        format!("there is no such profile; there are {}", names.join(", "))
    })
}

impl Simulate {
    pub(crate) fn run(self) -> Result<(), String> {
        let plan = self.plan();
        plan.check()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .map_err(|error| error.to_string())?;
        let mut told = Instant::now();
        let mut progress = |how_far: &str| {
            if told.elapsed() >= PROGRESS {
                told = Instant::now();
                // Whoever reads no progress misses nothing.
                drop(writeln!(std::io::stderr(), "{how_far}"));
            }
        };
        let report =
            runtime.block_on(plan.run(&mut progress)).map_err(|ended| ended.to_string())?;
        if self.json {
            let report = serde_json::to_string(&report).map_err(|error| error.to_string())?;
            println!("{report}");
        } else {
            print!("{}", report.table());
        }
        if report.is_good() {
            Ok(())
        } else {
            Err("the sites did not all get everything in the time that was given".to_owned())
        }
    }

    fn plan(&self) -> Plan {
        let mut profile = self.profile;
        if self.steady {
            profile = profile.steady();
        }
        if self.lossless {
            profile.loss = profile::Loss::NONE;
        }
        Plan {
            profile,
            topology: self.topology.into(),
            sites: self.sites,
            seed: self.seed,
            posts: self.posts,
            letters: self.letters,
            within: Duration::from_secs(u64::from(self.hours) * 3600),
        }
    }
}
