//! A folder into which bundles are written for whoever carries them.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use fieldpost_kernel::Outcome;
use fieldpost_link::{Mode, Peer, peer};
use fieldpost_log::{SiteId, VerifyingKey};
use fieldpost_model::Millis;
use fieldpost_replica::{Frame, bundle};
use rustix::fs::OFlags;

use super::{MOST_ENTRIES, blocking};
use crate::Packing;
use crate::bundles::{interrupted, offers, write};
use crate::links::Links;
use crate::state::PeerStatus;

/// What the names of bundles end in.
const ENDING: &str = ".fpbundle";

/// What a file ends in that is not written to its end.
const PART: &str = ".part";

/// Bytes that say from whom a bundle is and for whom.
const BEGINNING: u64 = 64;

/// A folder into which bundles are written for the linked sites.
pub struct Outbox {
    links: Links,
    folder: PathBuf,
    /// What each site was told, as far as that is known since this site started.
    told: BTreeMap<SiteId, Told>,
}

/// What a site was told last.
struct Told {
    /// The bundle, if one was written since this site started.
    bundle: Option<PathBuf>,
    /// What there was to be told.
    news: News,
}

/// What there is to be told to a site. While it is the same, another bundle would say the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct News {
    /// What the site is not known to hold: changes, their bytes, and a mark of what is known to have
    /// arrived, for the numbers may come out the same although something went and something came.
    waiting: (u64, u64, u64),
    /// A mark of what is shared with it.
    shared: u64,
}

impl Outbox {
    /// That of a folder, which need not be there yet. It is not made: it may be on a medium that is
    /// not plugged in.
    pub fn new(links: &Links, folder: &Path) -> Self {
        Self { links: links.clone(), folder: folder.to_owned(), told: BTreeMap::new() }
    }

    /// Writes a bundle for each site that lacks something, or waits for news of what arrived, unless
    /// its link is paused or silenced. What fails is said in the log, and done again the next time.
    pub async fn write(&mut self) {
        let peers = match self.links.0.store.read(|rows| peer::all(rows)).await {
            Ok(peers) => peers,
            Err(failure) => return tracing::warn!(%failure, "it is not known who is linked"),
        };
        self.told.retain(|site, _| peers.iter().any(|peer| peer.site == *site));
        for peer in peers.into_iter().filter(|peer| peer.mode == Mode::Active) {
            let name = peer.name.clone();
            if let Err(failure) = self.write_for(peer).await {
                let (folder, detail) = (self.folder.display(), &failure.detail);
                tracing::warn!(peer = %name, %folder, %failure, detail, "no bundle was written");
            }
        }
    }

    async fn write_for(&mut self, peer: Peer) -> Outcome<()> {
        let (site, shared) = (peer.site, self.links.0.clone());
        let offers = offers(&shared, site).await?;
        let mine = mark(offers.iter().flat_map(Frame::encode).collect::<Vec<u8>>());
        let status = self.links.peer_status(peer.clone()).await?;
        let news = news(&status, mine);
        let line = shared.line(site);
        let owes_receipt = line.settle_receipt();
        if !owes_receipt && !self.is_due(&status, news).await {
            self.told.entry(site).or_insert(Told { bundle: None, news });
            return Ok(());
        }
        match self.put(&peer).await {
            Ok(path) => {
                tracing::info!(peer = %peer.name, file = %path.display(), "wrote a bundle");
                self.told.insert(site, Told { bundle: Some(path), news });
                Ok(())
            }
            Err(failure) => {
                if owes_receipt {
                    line.owe_receipt();
                }
                Err(failure)
            }
        }
    }

    /// Whether there is something to be told that no bundle says which is still there.
    async fn is_due(&self, status: &PeerStatus, news: News) -> bool {
        let waits = status.backlog.changes > 0;
        let Some(told) = self.told.get(&status.peer.site) else {
            return waits || has_come_since(status);
        };
        let lies_there = match &told.bundle {
            Some(path) => tokio::fs::symlink_metadata(path).await.is_ok(),
            None => false,
        };
        news.shared != told.news.shared
            || waits && (news.waiting != told.news.waiting || !lies_there)
    }

    /// Writes a bundle, and removes those that it supersedes; gives where it lies.
    async fn put(&self, peer: &Peer) -> Outcome<PathBuf> {
        let shared = &self.links.0;
        let own = shared.store.site();
        let link = format!("{}-to-{}-", plain(&own.name), plain(&peer.name));
        let path = self.folder.join(format!("{link}{}{ENDING}", stamp(shared.clock.now())));
        // Hidden, so that nobody takes it for a bundle before it is one; and of one name for the link,
        // so that one which was left behind is gone with the next.
        let part = self.folder.join(format!(".{link}{ENDING}{PART}"));
        let begun = part.clone();
        let file = blocking(move || {
            drop(fs::remove_file(&begun));
            let file = File::create_new(&begun)?;
            Ok((file.try_clone()?, file))
        });
        let (file, out) = file.await?.map_err(interrupted)?;
        let written = write(shared, None, peer, Packing::plain(u64::MAX), Box::new(out)).await;
        if written.is_err() {
            drop(tokio::fs::remove_file(&part).await);
        }
        written?;
        let keys = (own.signing_key().verifying_key(), peer.key.clone());
        let (folder, complete) = (self.folder.clone(), path.clone());
        let finished = blocking(move || {
            file.sync_all()?;
            fs::rename(&part, &complete)?;
            File::open(&folder)?.sync_all()?;
            remove_others(&folder, &complete, &link, (&keys.0, &keys.1))
        });
        finished.await?.map_err(interrupted)?;
        Ok(path)
    }
}

/// Whether something of the peer's was taken in since the last bundle for it, as far as this site
/// remembers after a restart.
fn has_come_since(status: &PeerStatus) -> bool {
    let ours = status.bundles.iter().filter(|bundle| bundle.is_ours);
    let last = ours.map(|bundle| bundle.written_at).max().unwrap_or_default();
    status.bundles.iter().any(|bundle| !bundle.is_ours && bundle.taken_at >= last)
}

fn news(status: &PeerStatus, shared: u64) -> News {
    let arrived: Vec<(Millis, Millis)> = status
        .bundles
        .iter()
        .filter(|bundle| bundle.is_ours && bundle.taken_at > 0)
        .map(|bundle| (bundle.written_at, bundle.taken_at))
        .collect();
    News { waiting: (status.backlog.changes, status.backlog.bytes, mark(arrived)), shared }
}

/// By what it is seen, while this process runs, that something has changed.
fn mark(of: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

/// Removes the bundles of a link that were written before this one.
fn remove_others(
    folder: &Path,
    newest: &Path,
    link: &str,
    (own, to): (&VerifyingKey, &VerifyingKey),
) -> io::Result<()> {
    for entry in fs::read_dir(folder)?.take(MOST_ENTRIES) {
        let entry = entry?;
        let (name, path) = (entry.file_name(), entry.path());
        let is_named =
            name.to_str().is_some_and(|name| name.starts_with(link) && name.ends_with(ENDING));
        if is_named && path != newest && is_of(&path, own, to).unwrap_or_default() {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
    }
    Ok(())
}

/// Whether a file says that it is a bundle from one site for another.
fn is_of(path: &Path, own: &VerifyingKey, to: &VerifyingKey) -> io::Result<bool> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let flags = i32::try_from(flags.bits()).map_err(io::Error::other)?;
    let mut begin = Vec::new();
    let file = File::options().read(true).custom_flags(flags).open(path)?;
    file.take(BEGINNING).read_to_end(&mut begin)?;
    Ok(bundle::is_from(&begin, own) == Some(true) && bundle::is_for(&begin, to) == Some(true))
}

/// A site's name as a part of a file's, on any file system.
fn plain(name: &str) -> String {
    let kept = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    name.trim_start_matches('.').chars().map(kept).take(64).collect()
}

/// A moment as it stands in the names of files: UTC, to the second.
fn stamp(moment: Millis) -> String {
    let seconds = moment.div_euclid(1000);
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // The civil calendar by eras of 400 years that begin in March.
    let (era, day) = ((days + 719_468).div_euclid(146_097), (days + 719_468).rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year + i64::from(month <= 2);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_named_in_utc() {
        assert_eq!(stamp(0), "19700101T000000Z");
        assert_eq!(stamp(951_827_696_999), "20000229T123456Z");
        assert_eq!(stamp(1_767_225_599_000), "20251231T235959Z");
        assert_eq!(stamp(1_767_225_600_000), "20260101T000000Z");
    }

    #[test]
    fn names_of_sites_name_files_anywhere() {
        assert_eq!(plain("edge-2_b.c"), "edge-2_b.c");
        assert_eq!(plain("..a/é:b"), "a---b");
    }
}
