//! Whatever people do at five sites, and whoever can reach whom meanwhile, all end up with the same;
//! nothing that was written is lost; nobody is refused anything that was said in good faith; and whoever
//! is taken out reads and writes nothing more once that is known where they are at home.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use fieldpost_access::Caller;
use fieldpost_air::{Chance, Profile, profile};
use fieldpost_chat::{channel, post, reaction};
use fieldpost_identity::import::{self, ImportedAccount};
use fieldpost_kernel::{Outcome, Rows, RowsExt, Work, params};
use fieldpost_link::audit;
use fieldpost_model::{ChannelType, Id, Reaction};
use fieldpost_simulate::{Net, Site, administrator};

/// A tree, and two links more.
const MESHED: [[usize; 2]; 6] = [[0, 1], [0, 2], [2, 3], [2, 4], [1, 3], [0, 4]];

/// A tree, in which the last site hangs on one link.
const TREE: [[usize; 2]; 4] = [[0, 1], [0, 2], [2, 3], [2, 4]];

/// What links are like.
const AIR: Profile = profile::UHF_MANET_64K.steady();

/// How many histories of each kind are tried, unless the environment says more.
const SEEDS: u64 = 6;

const FOR_EVER: Duration = Duration::from_secs(24 * 3600);

/// `FIELDPOST_HISTORIES` tries so many histories; `FIELDPOST_HISTORY` is the first one's seed.
fn seeds() -> std::ops::Range<u64> {
    let first = crate::number("FIELDPOST_HISTORY").unwrap_or(0);
    first..first + crate::number("FIELDPOST_HISTORIES").unwrap_or(SEEDS)
}

/// Five sites, what was done at them, and what each knew of it.
struct History {
    net: Net,
    chance: Chance,
    /// The administrator of each site, who may change what anybody wrote.
    chiefs: Vec<Id>,
    /// Who was taken out of the channel, by the number of their site.
    removed: Option<usize>,
    /// Posts, each with all that it ever said.
    said: BTreeMap<Id, BTreeSet<String>>,
    count: u32,
}

/// Makes the administrator of a site.
fn chief(work: &mut Work<'_>) -> Outcome<Id> {
    let none = String::new;
    let account = ImportedAccount {
        id: Id::NONE,
        username: "chief".to_owned(),
        email: None,
        nickname: none(),
        first_name: none(),
        last_name: none(),
        position: none(),
        roles: "system_user system_admin".to_owned(),
        locale: none(),
        create_at: 0,
        delete_at: 0,
        timezone: None,
        props: None,
        bot: None,
        password: None,
    };
    import::account(work, &account)
}

/// All that a post says or ever said, as a site has it.
async fn versions(site: &Site, post: Id) -> BTreeSet<String> {
    let sql = "SELECT message FROM revision WHERE post_key = (SELECT key FROM post WHERE id = ?1)";
    let read = move |rows: &mut dyn Rows| {
        let mut all = rows.all(sql, params![&post], |row| row.text(0).to_owned())?;
        all.extend(post::by_id(rows, post)?.map(|post| post.message));
        Ok(all.into_iter().collect())
    };
    site.place.store.read(read).await.unwrap()
}

async fn is_deleted(site: &Site, post: Id) -> bool {
    let read = move |rows: &mut dyn Rows| {
        Ok(post::by_id(rows, post)?.is_none_or(|post| post.delete_at > 0))
    };
    site.place.store.read(read).await.unwrap()
}

impl History {
    async fn new(links: &[[usize; 2]], seed: u64) -> Self {
        let names = ["a", "b", "c", "d", "e"].map(str::to_owned);
        let made = (ChannelType::Private, seed);
        let net = Net::found(&names, links, made, &mut |_| {}).await.unwrap();
        let mut chiefs = Vec::new();
        for site in &net.sites {
            chiefs.push(site.place.store.write(&[], chief).await.unwrap());
        }
        Self {
            net,
            chance: Chance::new(seed),
            chiefs,
            removed: None,
            said: BTreeMap::new(),
            count: 0,
        }
    }

    fn text(&mut self, what: &str) -> String {
        self.count += 1;
        format!("{what} number {}", self.count)
    }

    /// Whether a site knows that somebody was taken out.
    async fn knows_removal(&self, at: usize) -> bool {
        let Some(removed) = self.removed else { return false };
        let (channel, person) = (self.net.channel, self.net.sites[removed].person);
        let find =
            move |rows: &mut dyn Rows| Ok(channel::member::find(rows, channel, person)?.is_none());
        self.net.sites[at].place.store.read(find).await.unwrap()
    }

    /// Somebody writes at a site, if they may.
    async fn write(&mut self, at: usize) {
        let text = self.text("said");
        let knows = self.knows_removal(at).await;
        let said = self.net.sites[at].says(self.net.channel, &text).await;
        let may = self.removed != Some(at) || !knows;
        assert_eq!(said.is_ok(), may, "at {at}: {said:?}");
        if let Ok(id) = said {
            self.wrote(id, text);
        }
    }

    fn wrote(&mut self, post: Id, text: String) {
        self.said.entry(post).or_default().insert(text);
    }

    /// A post that a site has, by chance.
    async fn some_post(&mut self, at: usize) -> Option<Id> {
        let all: Vec<Id> = self.said.keys().copied().collect();
        let one = *all.get(self.chance.below(all.len()))?;
        let here = !is_deleted(&self.net.sites[at], one).await;
        here.then_some(one)
    }

    /// An administrator changes what somebody wrote.
    async fn edit(&mut self, at: usize, post: Id) {
        let (text, chief) = (self.text("edited"), self.chiefs[at]);
        let patch = post::edit::Patch { message: Some(text.clone()), ..Default::default() };
        let edit = move |work: &mut Work<'_>| {
            let caller = Caller { user: chief, ..administrator() };
            post::edit::patch_post(work, &caller, post, &patch).map(drop)
        };
        self.net.sites[at].place.store.write(&[], edit).await.unwrap();
        self.wrote(post, text);
    }

    async fn delete(&mut self, at: usize, id: Id) {
        let delete = move |work: &mut Work<'_>| post::delete::delete(work, &administrator(), id);
        self.net.sites[at].place.store.write(&[], delete).await.unwrap();
    }

    async fn react(&mut self, at: usize, post: Id) {
        let person = self.net.sites[at].person;
        let reacted = self.net.sites[at].acts(move |work, caller| {
            let eyes = Reaction {
                user_id: person,
                post_id: post,
                emoji_name: "eyes".to_owned(),
                ..Reaction::default()
            };
            reaction::add(work, caller, &eyes).map(drop)
        });
        let (reacted, knows) = (reacted.await, self.knows_removal(at).await);
        assert_eq!(reacted.is_ok(), self.removed != Some(at) || !knows, "{reacted:?}");
    }

    async fn act(&mut self, at: usize) {
        let what = self.chance.below(10);
        let post = if what < 5 { None } else { self.some_post(at).await };
        match (what, post) {
            (_, None) => self.write(at).await,
            (5..=7, Some(post)) => self.edit(at, post).await,
            (8, Some(post)) => self.react(at, post).await,
            (_, Some(post)) => self.delete(at, post).await,
        }
    }

    /// People do something at every site, some lines come and others go, and some time passes.
    async fn live(&mut self) {
        for at in 0..self.net.sites.len() {
            for _ in 0..self.chance.below(4) {
                self.act(at).await;
            }
        }
        for link in self.net.links().to_vec() {
            match (self.chance.below(3), self.net.is_laid(link)) {
                (0, true) => self.net.cut(link),
                (1 | 2, false) => self.lay(link).await,
                _ => {}
            }
        }
        let time = [50, 150, 300, 1000, 5000][self.chance.below(5)];
        for _ in 0..3 {
            self.net.settle(Duration::from_millis(time), &mut |_| {}).await.unwrap();
            self.assert_who_is_out_reads_nothing().await;
        }
    }

    async fn lay(&mut self, link: [usize; 2]) {
        let seed = self.chance.below(1 << 30) as u64;
        self.net.lay(link, AIR, seed).await.unwrap();
    }

    /// All lines are there, until there is nothing more to say.
    async fn unite(&mut self) {
        for link in self.net.links().to_vec() {
            if !self.net.is_laid(link) {
                self.lay(link).await;
            }
        }
        assert!(self.net.settle(FOR_EVER, &mut |_| {}).await.unwrap(), "words without end");
    }

    /// A site's administrator takes somebody of another site out.
    async fn remove(&mut self) {
        let (by, who) = (self.chance.below(5), 1 + self.chance.below(4));
        let (channel, person) = (self.net.channel, self.net.sites[who].person);
        let remove = move |work: &mut Work<'_>| {
            channel::member::remove(work, &administrator(), channel, person)
        };
        self.net.sites[by].place.store.write(&[], remove).await.unwrap();
        self.removed = Some(who);
    }

    /// Whoever was taken out reads the channel until that is known where they are at home, and from then
    /// on nothing of it, whenever and wherever it was written.
    async fn assert_who_is_out_reads_nothing(&self) {
        let Some(removed) = self.removed else { return };
        let (home, channel) = (&self.net.sites[removed], self.net.channel);
        let knows = self.knows_removal(removed).await;
        let read = home.reads(move |rows, caller| {
            post::list::readable_channel(rows, caller, channel).map(drop)
        });
        assert_ne!(read.await.is_ok(), knows);
        for post in self.said.keys().copied().filter(|_| knows) {
            let read = home.reads(move |rows, caller| post::list::one(rows, caller, post, false));
            let read = read.await;
            assert!(read.is_err(), "who was taken out reads {read:?}");
        }
    }

    /// What each site has refused of another.
    async fn refusals(&self) -> Vec<String> {
        let mut all = Vec::new();
        for site in &self.net.sites {
            let list = |rows: &mut dyn Rows| audit::list(rows, &administrator(), None, (0, 1000));
            let noted = site.place.store.read(list).await.unwrap().into_iter();
            let refused = noted.filter(|entry| {
                let action = entry.action.name();
                action.ends_with("refused") || matches!(action, "offence" | "batch_not_taken")
            });
            all.extend(refused.map(|entry| format!("{}: {}", site.name, entry.detail)));
        }
        all
    }

    async fn assert_same(&self, sites: &[usize], why: &str) {
        let states = self.net.states().await.unwrap();
        let states: BTreeSet<_> = sites.iter().map(|site| states[*site].to_string()).collect();
        assert_eq!(states.len(), 1, "{why}: {states:?}");
        for at in sites {
            let site = &self.net.sites[*at];
            assert_eq!(site.place.store.verify().await.unwrap(), [], "{why}");
            for (post, said) in &self.said {
                assert!(site.has(*post).await.unwrap(), "{why}: {post} is lost at {}", site.name);
                if !is_deleted(site, *post).await {
                    let all = versions(site, *post).await;
                    assert!(all.is_superset(said), "{why}: {said:?} at {}: {all:?}", site.name);
                }
            }
        }
    }
}

#[tokio::test]
async fn whoever_can_reach_whom_five_sites_end_up_with_the_same_and_nothing_is_lost() {
    for seed in seeds() {
        let mut history = History::new(&MESHED, seed).await;
        let rounds = 3 + history.chance.below(4);
        let removal = history.chance.below(rounds);
        for round in 0..rounds {
            if round == removal {
                history.remove().await;
            }
            history.live().await;
        }
        history.unite().await;
        history.assert_same(&[0, 1, 2, 3, 4], &format!("seed {seed}")).await;
        assert!(history.knows_removal(history.removed.unwrap()).await, "seed {seed}");
        history.assert_who_is_out_reads_nothing().await;
        assert_eq!(history.refusals().await, Vec::<String>::new(), "seed {seed}");
    }
}

#[tokio::test]
async fn a_site_with_which_nothing_is_shared_any_more_gets_nothing_that_was_written_since() {
    for seed in seeds() {
        let mut history = History::new(&TREE, seed).await;
        for _ in 0..2 {
            history.live().await;
        }
        let before: BTreeSet<Id> = history.said.keys().copied().collect();
        // Either of the two may end it; what the other has written by then need not have come.
        let hub = &history.net.sites[2];
        hub.shares("e", false).await.unwrap();
        for _ in 0..3 {
            history.live().await;
        }
        history.unite().await;
        history.assert_same_but_for_the_last(&before, &format!("seed {seed}")).await;
    }
}

impl History {
    /// The last site has nothing of the others that was written since, and they nothing of its.
    async fn assert_same_but_for_the_last(&self, before: &BTreeSet<Id>, why: &str) {
        let states = self.net.states().await.unwrap();
        let others: BTreeSet<_> = states[..4].iter().map(ToString::to_string).collect();
        assert_eq!(others.len(), 1, "{why}: {others:?}");
        let mut since = 0;
        for post in self.said.keys().filter(|post| !before.contains(post)) {
            let at_last = self.net.sites[4].has(*post).await.unwrap();
            let elsewhere = self.net.sites[0].has(*post).await.unwrap();
            assert_ne!(at_last, elsewhere, "{why}: {post} crossed");
            since += 1;
        }
        assert!(since > 0, "{why}: nothing was written since");
    }
}
