//! The `fieldpost` binary: from a command line to what it means.

mod admin;
mod backup;
mod code;
mod config;
mod export;
mod import;
mod link;
mod local;
mod mail;
mod oauth;
mod place;
mod routes;
mod search;
mod serve;
mod user;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The collaboration server that stays whole when the network does not.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs a site until it is told to stop.
    Serve(serve::Serve),
    /// Shows the settings, or checks them.
    #[command(subcommand)]
    Config(config::Config),
    /// Takes over a Mattermost bulk export, on a site that may be running.
    Import(import::Import),
    /// Writes what a site holds as a Mattermost bulk export.
    Export(export::Export),
    /// Saves a site, which may be running, to one file.
    Backup(backup::Backup),
    /// Puts a saved site into an empty directory, and checks it.
    Restore(backup::Restore),
    /// Links a running site with others.
    #[command(subcommand)]
    Link(link::Link),
    /// Administers the accounts of a running site.
    #[command(subcommand)]
    User(user::User),
    /// Says how the mail of a running site goes, and sends one to try.
    #[command(subcommand)]
    Mail(mail::Mail),
    /// Shows the programs that people of a running site may let act in their name.
    #[command(subcommand, name = "oauth")]
    OAuth(oauth::OAuth),
    /// Looks into what a site does, which may be running.
    #[command(subcommand)]
    Admin(admin::Admin),
    /// Looks after the search index of a running site.
    #[command(subcommand)]
    Search(search::Search),
    /// Lists every operation and event of the API and whether it is served.
    Routes(routes::Routes),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match arguments.command {
        Command::Serve(serve) => serve.run(),
        Command::Config(config) => config.run(),
        Command::Import(import) => import.run(),
        Command::Export(export) => export.run(),
        Command::Backup(backup) => backup.run(),
        Command::Restore(restore) => restore.run(),
        Command::Link(link) => link.run(),
        Command::User(user) => user.run(),
        Command::Mail(mail) => mail.run(),
        Command::OAuth(oauth) => oauth.run(),
        Command::Admin(admin) => admin.run(),
        Command::Search(search) => search.run(),
        Command::Routes(routes) => routes.run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("fieldpost: {message}");
            ExitCode::FAILURE
        }
    }
}
