//! Looks where the addresses in new posts lead, after the posts are written.

use std::sync::Arc;
use std::time::Duration;

use fieldpost_chat::post::preview::{self, Wanted};
use fieldpost_kernel::{Change, Outcome, Position, Rows};
use fieldpost_outbound::{Answer, Ask, Limits, Outbound, Overlong, Url, header};
use fieldpost_socket::Sockets;
use fieldpost_store::{Follower, Store, follow};
use fieldpost_text::opengraph;
use serde_json::{Map, Value, json};
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};

/// Changes read from the feed at once.
const SLICE: i64 = 256;

/// Addresses that wait or are looked at; beyond it they stay mere links.
const QUEUED: usize = 256;

/// Addresses looked at at once.
const AT_ONCE: usize = 4;

/// The longest part of a page that is read, in bytes: what it says of itself is at its beginning.
const LONGEST_PAGE: usize = 512 * 1024;

/// The longest beginning of a picture that is read, in bytes: its size is in its header.
const LONGEST_HEADER: usize = 256 * 1024;

/// How long one address may take.
const TIME: Duration = Duration::from_secs(10);

/// The most pixels that a picture may claim to have.
const MOST_PIXELS: u64 = 100_000_000;

#[derive(Clone)]
struct Looker {
    store: Store,
    outbound: Outbound,
    sockets: Sockets,
    /// The site's own address: what is there is no page of somebody's.
    own: String,
    turns: Arc<Semaphore>,
}

/// Begins to look, until the site stops.
pub(crate) fn start(
    sockets: &Sockets,
    (store, outbound): (&Store, &Outbound),
    own: &str,
    mut stopping: watch::Receiver<bool>,
) -> JoinHandle<()> {
    let looker = Looker {
        store: store.clone(),
        outbound: outbound.clone(),
        sockets: sockets.clone(),
        own: own.to_owned(),
        turns: Arc::new(Semaphore::new(AT_ONCE)),
    };
    let store = store.clone();
    let looking = Looking { looker, under_way: JoinSet::new() };
    tokio::spawn(async move {
        tokio::select! {
            () = follow(&store, looking) => {}
            _ = stopping.wait_for(|stop| *stop) => {}
        }
    })
}

/// Whoever looks, on their way through the feed.
struct Looking {
    looker: Looker,
    under_way: JoinSet<()>,
}

impl Follower for Looking {
    const WAITS: &'static str = "previews of links wait";

    async fn step(&mut self, reached: &mut Position) -> Outcome<bool> {
        let (looker, under_way) = (&self.looker, &mut self.under_way);
        let site = looker.store.site().id;
        let each = move |change: &Change, rows: &mut dyn Rows| preview::wanted(rows, change, site);
        let read = looker.store.follow(*reached, SLICE, each).await?;
        let more = !read.is_empty();
        for (position, wanted) in read {
            *reached = position;
            while under_way.try_join_next().is_some() {}
            let wanted = wanted?.filter(|wanted| !looker.is_own(&wanted.url));
            if let Some(wanted) = wanted.filter(|_| !looker.outbound.is_silent())
                && under_way.len() < QUEUED
            {
                let looker = looker.clone();
                under_way.spawn(async move {
                    if let Err(failure) = looker.look(wanted).await {
                        tracing::warn!(%failure, "a preview could not be kept");
                    }
                });
            }
        }
        Ok(more)
    }

    async fn idle(&mut self) {
        ended(&mut self.under_way).await;
    }
}

/// Waits until one of some tasks has ended; for ever, if there are none.
pub(crate) async fn ended(under_way: &mut JoinSet<()>) {
    if under_way.join_next().await.is_none() {
        std::future::pending::<()>().await;
    }
}

impl Looker {
    fn is_own(&self, url: &str) -> bool {
        !self.own.is_empty() && url.starts_with(self.own.trim_end_matches('/'))
    }

    async fn look(&self, wanted: Wanted) -> Outcome<()> {
        let Ok(_turn) = self.turns.acquire().await else { return Ok(()) };
        let url = wanted.url.clone();
        if !self.store.write(&[], move |work| preview::claim(work, &url)).await? {
            return Ok(());
        }
        let Some((embed, images)) = self.found(&wanted.url).await else { return Ok(()) };
        let (url, post) = (wanted.url, wanted.post);
        self.store.write(&[], move |work| preview::keep(work, &url, &embed, &images)).await?;
        let event = self.store.read(move |rows| preview::told(rows, post)).await?;
        // Clients hear of the post itself first.
        self.sockets.caught_up().await?;
        if let Some(event) = event {
            self.sockets.voice()(event);
        }
        Ok(())
    }

    /// What an address leads to, if anything is to be shown of it.
    async fn found(&self, url: &str) -> Option<(Value, Map<String, Value>)> {
        let answer = self.ask(url, "text/html, image/*;q=0.9", LONGEST_PAGE).await?;
        let kind = answer.content_type();
        if kind.starts_with("image/") {
            let images = measured(url, &answer);
            return Some((json!({ "type": "image", "url": url }), images));
        }
        if kind != "text/html" && kind != "application/xhtml+xml" {
            return None;
        }
        let data = described(url, &answer)?;
        let image = data["images"][0]["url"].as_str();
        let images = match image {
            Some(image) => match self.ask(image, "image/*", LONGEST_HEADER).await {
                Some(answer) => measured(image, &answer),
                None => Map::new(),
            },
            None => Map::new(),
        };
        Some((json!({ "type": "opengraph", "url": url, "data": data }), images))
    }

    async fn ask(&self, url: &str, accept: &str, body: usize) -> Option<Answer> {
        let limits = Limits { time: TIME, body, overlong: Overlong::Cut, ..Limits::default() };
        let ask = Ask::get(url).header(header::ACCEPT, accept).limits(limits);
        match self.outbound.ask(ask).await {
            Ok(answer) => Some(answer).filter(|answer| answer.status.is_success()),
            Err(refused) => {
                tracing::debug!(%refused, "an address was not looked at");
                None
            }
        }
    }
}

/// What a page says of itself, if it says enough to be shown.
fn described(url: &str, answer: &Answer) -> Option<Value> {
    let page = String::from_utf8_lossy(&answer.body);
    let mut data = Map::new();
    let mut images: Vec<Value> = Vec::new();
    for (name, value) in opengraph::properties(&page) {
        match name.as_str() {
            "title" | "type" | "url" | "description" | "site_name" | "locale" | "determiner" => {
                data.entry(name).or_insert_with(|| Value::from(value));
            }
            "image" | "image:url" => {
                // Pictures of elsewhere are asked for by the page's address; vectors are not shown.
                let absolute = answer.url.join(&value).ok().filter(is_shown);
                images.extend(absolute.map(|url| json!({ "url": url.as_str() })));
            }
            _ => {}
        }
    }
    if !["title", "type", "url"].iter().any(|name| data.contains_key(*name)) {
        return None;
    }
    data.insert("url".to_owned(), Value::from(url));
    data.insert("images".to_owned(), Value::from(images));
    Some(Value::Object(data))
}

fn is_shown(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && !url.path().to_ascii_lowercase().ends_with(".svg")
}

/// The size of a picture, by its address; nothing, if its header is not understood.
fn measured(url: &str, answer: &Answer) -> Map<String, Value> {
    let mut images = Map::new();
    if let Ok(((width, height), format)) = fieldpost_media::measure(&answer.body, MOST_PIXELS) {
        let frames = i32::from(format == "gif");
        let size =
            json!({ "width": width, "height": height, "format": format, "frame_count": frames });
        images.insert(url.to_owned(), size);
    }
    images
}
