//! `fieldpost config`.

use clap::Subcommand;

use crate::place::Place;

#[derive(Subcommand)]
pub(crate) enum Config {
    /// Prints the settings in force as a configuration file, with secrets masked.
    Show(Place),
    /// Says whether the settings make sense.
    Check(Place),
}

impl Config {
    pub(crate) fn run(self) -> Result<(), String> {
        match self {
            Self::Show(place) => print!("{}", place.settings()?.shown()),
            Self::Check(place) => {
                place.settings()?;
                println!("The settings are good.");
            }
        }
        Ok(())
    }
}
