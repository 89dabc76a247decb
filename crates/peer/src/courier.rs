//! Moves the frames of a session over a connection, until one of them ends.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fieldpost_kernel::Outcome;
use fieldpost_link::Outgoing;
use fieldpost_link::peer::note_contact;
use fieldpost_log::SiteId;
use fieldpost_replica::{Coding, Frame, Request};
use fieldpost_store::Store;
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use crate::fetching;
use crate::line::{FAILED, GOODBYE, Line, OFFENCE};
use crate::links::Shared;
use crate::pace::Pace;
use crate::quiet::Quiet;
use crate::requests;
use crate::session::{Early, Ended, Session};
use crate::wire::{Carriage, FrameSink, FrameSource, Wire, WireError};

/// How often what passed is noted, and a silent line is noticed.
const TICK: Duration = Duration::from_secs(2);

/// How often the states of channels are told, at most.
const STATES: Duration = Duration::from_secs(5);

/// The same where 50 bytes for each channel are seconds of air.
const STATES_ON_THIN: Duration = Duration::from_secs(15 * 60);

fn pause_of_states(carriage: Carriage) -> Duration {
    match carriage {
        Carriage::Quic | Carriage::Web => STATES,
        Carriage::Thin { .. } => STATES_ON_THIN,
    }
}

/// Answers that wait to be sent, at most.
const ANSWERS: usize = 64;

/// Both ends of a conversation.
struct Talk<'a> {
    store: &'a Store,
    session: &'a Session,
    connection: &'a Wire,
    line: &'a Line,
    pace: Mutex<Pace>,
    /// When what went ahead as previews is to be proved.
    quiet: Mutex<Quiet>,
    /// Rings when something may have to be sent.
    speak: Notify,
}

impl Talk<'_> {
    fn pace(&self) -> std::sync::MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn quiet(&self) -> std::sync::MutexGuard<'_, Quiet> {
        self.quiet.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a batch is to follow the previews that were sent.
    async fn proof_is_due(&self) {
        let due = self.quiet().due();
        match due {
            Some(due) => sleep_until(due).await,
            None => std::future::pending().await,
        }
    }
}

/// How a conversation went.
pub(crate) struct Talked {
    /// Why it ended, for people.
    pub(crate) why: String,
    /// Whether what was said is at fault, so that it would be said again and end as before.
    pub(crate) in_vain: bool,
}

/// Talks with a peer over a connection until it ends, and says why it did.
pub(crate) async fn talk(
    shared: &Shared,
    site: SiteId,
    line: &Line,
    connection: &Arc<Wire>,
) -> Talked {
    let ended = match begin(shared, site, line).await {
        Ok(outgoing) => {
            let sent = shared.line(site);
            let session = Session::new(shared.store.clone(), site, shared.config.accept, outgoing)
                .with_allowance(line.allowance())
                .with_meter(Arc::new(move || sent.unnoted().0))
                .with_routes(&shared.routes, !connection.carriage().is_thin());
            converse(shared, &session, line, connection).await
        }
        Err(failure) => Talked { why: Ended::Failed(failure).to_string(), in_vain: false },
    };
    let stats = connection.stats();
    tracing::info!(
        ended = ended.why,
        sent = stats.sent_bytes,
        received = stats.received_bytes,
        "a link ended"
    );
    ended
}

async fn begin(shared: &Shared, site: SiteId, line: &Line) -> Outcome<Arc<Mutex<Outgoing>>> {
    if let Some(outgoing) = line.outgoing() {
        return Ok(outgoing);
    }
    let outgoing = Session::outgoing(&shared.store, site).await?;
    line.remember(&outgoing);
    Ok(outgoing)
}

async fn converse(
    shared: &Shared,
    session: &Session,
    line: &Line,
    connection: &Arc<Wire>,
) -> Talked {
    let talk = Talk {
        store: &shared.store,
        session,
        connection,
        line,
        pace: Mutex::new(Pace::of(connection.carriage().rate()).within(line.limit())),
        quiet: Mutex::default(),
        speak: Notify::new(),
    };
    let (out, inn) = match connection.frames() {
        Ok(frames) => frames,
        Err(error) => return Talked { why: error.to_string(), in_vain: false },
    };
    let (answers, queue) = mpsc::channel(ANSWERS);
    talk.line.fetch.notify_one();
    let ended = tokio::select! {
        ended = listen(&talk, shared, inn, answers) => ended,
        ended = speak(&talk, shared, out, queue) => ended,
        ended = watch(&talk) => ended,
        ended = fetching::fetch_all(shared, session.peer(), connection, &line.fetch) => ended,
        ended = requests::answer_all(shared, session, connection) => ended,
        ended = overtake(&talk) => ended,
        (why, _) = connection.closed() => Over::Wire(why),
    };
    note_traffic(&talk, 1).await;
    match ended {
        Over::Wire(why) => {
            connection.close(GOODBYE, "");
            Talked { why, in_vain: connection.closed().await.1 }
        }
        Over::Session(ended @ (Ended::Offence(_) | Ended::Refused(_))) => {
            tracing::warn!(%ended, "a peer did what it may not do");
            connection.close(OFFENCE, &ended.to_string());
            Talked { why: ended.to_string(), in_vain: true }
        }
        Over::Session(Ended::Unlinked) => {
            connection.close(GOODBYE, "the sites are not linked");
            Talked { why: Ended::Unlinked.to_string(), in_vain: false }
        }
        Over::Session(ended) => {
            connection.close(FAILED, "this site cannot go on");
            Talked { why: ended.to_string(), in_vain: true }
        }
    }
}

/// How a conversation ends.
pub(crate) enum Over {
    /// The connection is over.
    Wire(String),
    /// The session is.
    Session(Ended),
}

impl From<WireError> for Over {
    fn from(error: WireError) -> Self {
        Self::Wire(error.to_string())
    }
}

impl From<Ended> for Over {
    fn from(ended: Ended) -> Self {
        Self::Session(ended)
    }
}

/// Hears frames until the end.
async fn listen(
    talk: &Talk<'_>,
    shared: &Shared,
    mut inn: FrameSource,
    answers: mpsc::Sender<Frame>,
) -> Over {
    loop {
        let heard = async {
            let Some(bytes) = inn.next().await? else {
                return Err(Over::Wire("the peer has said its last".to_owned()));
            };
            talk.line.heard(shared.clock.now());
            let frame = match Frame::decode(&bytes) {
                Ok(frame) => frame,
                Err(malformed) => return Err(talk.session.malformed(&malformed).await.into()),
            };
            let (was_kept, was_batch) = (matches!(frame, Frame::Kept { .. }), frame.is_batch());
            let restarts = matches!(frame, Frame::Hello { .. } | Frame::Holding { .. });
            let replies = talk.session.hear(frame).await?;
            if was_kept {
                talk.pace().kept(Instant::now());
            }
            if restarts {
                talk.pace().forget();
            }
            if was_batch {
                talk.line.fetch.notify_one();
            }
            for reply in replies {
                // The other end of the queue goes only with the whole conversation.
                drop(answers.send(reply).await);
            }
            talk.speak.notify_one();
            Ok(())
        };
        if let Err(over) = heard.await {
            return over;
        }
    }
}

/// Sends what there is to send until the end.
async fn speak(
    talk: &Talk<'_>,
    shared: &Shared,
    mut out: FrameSink,
    mut queue: mpsc::Receiver<Frame>,
) -> Over {
    let mut committed = talk.store.committed();
    let mut routes = shared.routes.changes();
    let mut states = interval(pause_of_states(talk.connection.carriage()));
    states.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let greeting = async {
        talk.connection.urge(&Session::asks_first().encode()).await?;
        for frame in talk.session.greet().await? {
            out.send(&frame.encode()).await?;
        }
        Ok::<(), Over>(())
    };
    if let Err(over) = greeting.await {
        return over;
    }
    loop {
        let mut tell_states = false;
        let answer = tokio::select! {
            answer = queue.recv() => answer,
            () = talk.speak.notified() => None,
            () = talk.line.speak.notified() => None,
            // Whoever tells of changes is kept by the links, which outlive this.
            _ = routes.changed() => None,
            () = talk.proof_is_due() => None,
            changed = committed.changed() => {
                if changed.is_err() {
                    return Over::Wire("the site is stopping".to_owned());
                }
                None
            }
            _ = states.tick() => {
                tell_states = true;
                None
            }
        };
        let said = async {
            if let Some(answer) = answer {
                out.send(&answer.encode()).await?;
            }
            if tell_states {
                talk.session.look_anew().await?;
                if let Some(offers) = talk.session.offers_anew().await? {
                    out.send(&offers.encode()).await?;
                }
            }
            say_what_is_new(talk, &mut out, &mut queue).await?;
            if tell_states && let Some(states) = talk.session.states().await? {
                out.send(&states.encode()).await?;
            }
            Ok(())
        };
        if let Err(over) = said.await {
            return over;
        }
    }
}

/// Sends offers and batches while there are any and the link has room; answers come before them.
async fn say_what_is_new(
    talk: &Talk<'_>,
    out: &mut FrameSink,
    queue: &mut mpsc::Receiver<Frame>,
) -> Result<(), Over> {
    for offers in talk.session.offers().await? {
        out.send(&offers.encode()).await?;
    }
    for relay in talk.session.relays().await? {
        out.send(&relay.encode()).await?;
    }
    loop {
        while let Ok(answer) = queue.try_recv() {
            out.send(&answer.encode()).await?;
        }
        if !goes_in_batches(talk).await? {
            return Ok(());
        }
        let rtt = talk.connection.stats().rtt;
        let (may_send, room, coding) = {
            let pace = talk.pace();
            let coding = if pace.is_fast() { Coding::Quick } else { Coding::Terse };
            (pace.may_send(rtt), pace.room(), coding)
        };
        if !may_send {
            return Ok(());
        }
        let before = talk.session.content();
        let batch = talk.session.next(room, coding).await?;
        talk.quiet().proved();
        let Some(batch) = batch else { return Ok(()) };
        let bytes = batch.encode();
        talk.pace().sent(bytes.len(), Instant::now());
        talk.line.carries(talk.session.content() - before, bytes.len());
        out.send(&bytes).await?;
    }
}

/// Sends short changes ahead of their proof, where that takes long; gives whether there is more to say
/// than these, or their proof is due.
async fn goes_in_batches(talk: &Talk<'_>) -> Result<bool, Over> {
    if !talk.connection.carriage().is_thin() {
        return Ok(true);
    }
    loop {
        let preview = match talk.session.early(&talk.quiet, Instant::now()).await? {
            Early::Batch => return Ok(true),
            Early::Nothing | Early::All => return Ok(false),
            Early::This(preview) => preview,
        };
        let preview = Request::Preview(preview).encode();
        // What is in it comes once more, and counts then.
        talk.line.carries(0, preview.len());
        talk.connection.urge(&preview).await?;
    }
}

/// Sends what goes before everything else, beside the frames, until the end.
async fn overtake(talk: &Talk<'_>) -> Over {
    let mut committed = talk.store.committed();
    loop {
        loop {
            let urgent = match talk.session.urgent().await {
                Ok(Some(urgent)) => Request::Urgent(urgent).encode(),
                Ok(None) => break,
                Err(ended) => return ended.into(),
            };
            talk.line.carries(0, urgent.len());
            match talk.connection.urge(&urgent).await {
                // What comes of it is heard of in its turn. What is too long goes then, too.
                Ok(()) | Err(WireError::TooLong) => {}
                Err(error) => return error.into(),
            }
        }
        let goes_on = tokio::select! {
            changed = committed.changed() => changed.is_ok(),
            () = talk.line.hurry.notified() => true,
        };
        if !goes_on {
            return Over::Wire("the site is stopping".to_owned());
        }
    }
}

/// Notes what passes, and gives a line up that has gone silent while an answer is due.
async fn watch(talk: &Talk<'_>) -> Over {
    // Where there is something to go on with, it is noticed sooner.
    let mut tick = interval(if talk.line.has_thin() { TICK / 4 } else { TICK });
    let (mut received, mut since) = (0, Instant::now());
    let mut idle = Idle::new();
    loop {
        tick.tick().await;
        idle.look(talk.session);
        let stats = talk.connection.stats();
        if stats.received_bytes != received || talk.session.under_way() == 0 {
            (received, since) = (stats.received_bytes, Instant::now());
        }
        if talk
            .connection
            .patience(talk.line.has_thin())
            .is_some_and(|patience| since.elapsed() > patience)
        {
            return Over::Wire("nothing was heard although an answer was due".to_owned());
        }
        note_traffic(talk, WORTH_NOTING).await;
    }
}

/// Nothing was written for so long: the memory for it is given back.
const REST_WRITING: Duration = Duration::from_secs(60);

/// Nothing was read for so long: the memory for it is given back. A writer has rested long before,
/// so that hardly a batch is under way that needs it.
const REST_READING: Duration = Duration::from_secs(600);

/// Since when nothing was written and read.
struct Idle {
    passed: (u64, u64),
    since: (Instant, Instant),
}

impl Idle {
    fn new() -> Self {
        Self { passed: (0, 0), since: (Instant::now(), Instant::now()) }
    }

    /// Lets a session rest that has done nothing for long.
    fn look(&mut self, session: &Session) {
        let passed = session.passed();
        if passed.0 != self.passed.0 {
            self.since.0 = Instant::now();
        }
        if passed.1 != self.passed.1 {
            self.since.1 = Instant::now();
        }
        self.passed = passed;
        if self.since.0.elapsed() > REST_WRITING {
            session.rest_writing();
        }
        if self.since.1.elapsed() > REST_READING {
            session.rest_reading();
        }
    }
}

/// Bytes that are noted at once, at least: a site at rest should write nothing.
const WORTH_NOTING: u64 = 4096;

/// Adds what passed since the last time to what the database knows, if it is so many bytes.
async fn note_traffic(talk: &Talk<'_>, at_least: u64) {
    let _books = talk.line.books().lock().await;
    let Some(more) = talk.line.traffic(at_least) else { return };
    let site = talk.session.peer();
    let written = talk.store.write(&[], move |work| note_contact(work, site, more)).await;
    if let Err(failure) = written {
        tracing::warn!(%failure, "what passed a link could not be noted");
    }
}
