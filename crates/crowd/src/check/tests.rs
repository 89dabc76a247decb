//! Made-up histories: good ones, and ones in which a promise is broken.

use super::*;
use crate::history::{Entry, Held};

const ALICE: Person = 1;
const BOB: Person = 2;

/// A history in which Alice and Bob are in a channel, each on a connection.
struct Told(History);

impl Told {
    fn new() -> Self {
        let mut told = Self(History::default());
        for who in [ALICE, BOB] {
            let channel = told.0.name("c");
            told.add(who, Fact::Joined { channel });
            let connection = told.connection(who);
            told.add(who, Fact::Opened { connection });
        }
        told
    }

    fn add(&mut self, who: Person, fact: Fact) {
        self.0.entries.push(Entry { who, fact });
    }

    fn connection(&mut self, who: Person) -> Name {
        self.0.name(&format!("connection of {who}"))
    }

    fn sending(&mut self, who: Person, number: u32) -> Mark {
        let (mark, channel) = (Mark { author: who, number }, self.0.name("c"));
        self.add(who, Fact::Sending { mark, channel, root: None });
        mark
    }

    fn sent(&mut self, mark: Mark, post: &str) {
        let post = self.0.name(post);
        self.add(mark.author, Fact::Sent { mark, post });
    }

    /// Sends a message and gets an answer.
    fn says(&mut self, who: Person, number: u32, post: &str) {
        let mark = self.sending(who, number);
        self.sent(mark, post);
    }

    fn hears(&mut self, who: Person, post: &str) {
        let (connection, channel) = (self.connection(who), self.0.name("c"));
        let post = self.0.name(post);
        self.add(who, Fact::Told { connection, channel, post });
    }

    fn reads(&mut self, who: Person, posts: &[&str]) {
        let channel = self.0.name("c");
        let posts = posts.iter().map(|post| self.0.name(post)).collect();
        self.add(who, Fact::Read { channel, posts });
    }

    fn held(&mut self, post: &str, mark: Mark) -> &mut Held {
        let (post, channel) = (self.0.name(post), self.0.name("c"));
        let held = self.0.ending.entry(channel).or_default();
        held.push(Held { post, mark: Some(mark), version: 0, reactions: Vec::new() });
        held.last_mut().unwrap()
    }

    /// The end has these posts, each with the mark under which it was accepted.
    fn ends(mut self, posts: &[&str]) -> BTreeMap<Fault, usize> {
        for post in posts {
            let name = self.0.name(post);
            let mark = self.0.entries.iter().find_map(|entry| match entry.fact {
                Fact::Sent { mark, post } if post == name => Some(mark),
                _ => None,
            });
            self.held(post, mark.unwrap());
        }
        check(&self.0).counts()
    }
}

fn only(fault: Fault) -> BTreeMap<Fault, usize> {
    [(fault, 1)].into_iter().collect()
}

/// Alice and Bob write two messages each, and both hear all of them.
fn ordinary() -> Told {
    let mut told = Told::new();
    told.says(ALICE, 1, "a1");
    told.says(BOB, 1, "b1");
    told.says(ALICE, 2, "a2");
    told.says(BOB, 2, "b2");
    for who in [ALICE, BOB] {
        for post in ["a1", "b1", "a2", "b2"] {
            told.hears(who, post);
        }
        told.reads(who, &["a1", "b1", "a2", "b2"]);
    }
    told
}

#[test]
fn a_history_without_faults_has_none() {
    assert_eq!(ordinary().ends(&["a1", "b1", "a2", "b2"]), BTreeMap::new());
    let mut told = ordinary();
    told.reads(ALICE, &["b1", "a2"]);
    let verdict = check(&told.0);
    assert_eq!((verdict.sent, verdict.told, verdict.reads), (4, 8, 3));
}

#[test]
fn a_lost_message_is_found() {
    let mut told = Told::new();
    told.says(ALICE, 1, "a1");
    told.says(ALICE, 2, "a2");
    assert_eq!(told.ends(&["a2"]), only(Fault::Lost));
}

#[test]
fn what_was_told_or_read_is_not_taken_back() {
    let mut told = Told::new();
    let mark = told.sending(ALICE, 1);
    told.hears(BOB, "a1");
    assert_eq!(told.ends(&[]), only(Fault::Lost));
    let mut told = Told::new();
    let _ = mark;
    told.reads(BOB, &["a1"]);
    assert_eq!(told.ends(&[]), only(Fault::Lost));
}

#[test]
fn what_somebody_deleted_is_not_lost_and_takes_its_answers_along() {
    let mut told = ordinary();
    let (root, channel) = (told.0.name("a1"), told.0.name("c"));
    let mark = Mark { author: BOB, number: 3 };
    told.add(BOB, Fact::Sending { mark, channel, root: Some(root) });
    told.sent(mark, "answer");
    told.add(ALICE, Fact::Deleting { post: root });
    told.add(ALICE, Fact::Deleted { post: root });
    assert_eq!(told.ends(&["b1", "a2", "b2"]), BTreeMap::new());
}

#[test]
fn a_deleted_message_does_not_come_back() {
    let mut told = ordinary();
    let post = told.0.name("a1");
    told.add(ALICE, Fact::Deleting { post });
    told.add(ALICE, Fact::Deleted { post });
    assert_eq!(told.ends(&["a1", "b1", "a2", "b2"]), only(Fault::WrongEnd));
}

#[test]
fn a_message_that_was_sent_twice_is_there_once() {
    let mut told = Told::new();
    let mark = told.sending(ALICE, 1);
    told.sending(ALICE, 1);
    told.sent(mark, "a1");
    assert_eq!(check(&told.0).retried, 1);
    told.held("again", mark);
    assert_eq!(told.ends(&["a1"]), only(Fault::Duplicated));
}

#[test]
fn a_message_is_not_answered_with_two_posts() {
    let mut told = Told::new();
    let mark = told.sending(ALICE, 1);
    told.sent(mark, "a1");
    told.sent(mark, "a2");
    // The second is not there either.
    let counts = told.ends(&["a1"]);
    assert_eq!(counts.get(&Fault::Duplicated), Some(&1));
}

#[test]
fn what_was_sent_after_an_answer_stands_after_it() {
    let mut told = Told::new();
    told.says(ALICE, 1, "a1");
    told.says(ALICE, 2, "a2");
    assert_eq!(told.ends(&["a2", "a1"]), only(Fault::Reordered));
}

#[test]
fn what_was_sent_at_the_same_time_stands_in_any_order() {
    let mut told = Told::new();
    let first = told.sending(ALICE, 1);
    let second = told.sending(ALICE, 2);
    told.sent(first, "a1");
    told.sent(second, "a2");
    assert_eq!(told.ends(&["a2", "a1"]), BTreeMap::new());
}

#[test]
fn everybody_reads_in_one_order() {
    let mut told = ordinary();
    told.reads(BOB, &["b1", "a1"]);
    assert_eq!(told.ends(&["a1", "b1", "a2", "b2"]), only(Fault::Reordered));
}

#[test]
fn everybody_is_told_in_one_order() {
    let mut told = Told::new();
    told.says(ALICE, 1, "a1");
    told.says(BOB, 1, "b1");
    told.hears(BOB, "b1");
    told.hears(BOB, "a1");
    assert_eq!(told.ends(&["a1", "b1"]), only(Fault::Reordered));
}

#[test]
fn nobody_is_told_twice_on_one_connection() {
    let mut told = ordinary();
    told.hears(BOB, "b2");
    assert_eq!(told.ends(&["a1", "b1", "a2", "b2"]), only(Fault::ToldTwice));
}

#[test]
fn a_connection_that_stands_misses_nothing() {
    let mut told = Told::new();
    told.says(ALICE, 1, "a1");
    told.says(ALICE, 2, "a2");
    told.hears(BOB, "a2");
    assert_eq!(told.ends(&["a1", "a2"]), only(Fault::Missed));
}

#[test]
fn a_connection_is_not_told_of_what_was_before_it() {
    let mut told = Told::new();
    told.says(ALICE, 1, "a1");
    let connection = told.0.name("another");
    told.add(BOB, Fact::Opened { connection });
    told.says(ALICE, 2, "a2");
    let (channel, post) = (told.0.name("c"), told.0.name("a2"));
    told.add(BOB, Fact::Told { connection, channel, post });
    assert_eq!(told.ends(&["a1", "a2"]), BTreeMap::new());
}

#[test]
fn nobody_is_told_of_a_channel_that_is_none_of_theirs() {
    let mut told = ordinary();
    told.hears(3, "a1");
    assert_eq!(told.ends(&["a1", "b1", "a2", "b2"]), only(Fault::Trespass));
}

#[test]
fn whoever_left_is_not_told_of_what_is_sent_from_then_on() {
    let mut told = ordinary();
    let channel = told.0.name("c");
    told.add(BOB, Fact::Left { channel });
    // This was on its way already.
    told.hears(BOB, "b2");
    let mut later = ordinary();
    later.add(BOB, Fact::Left { channel });
    later.says(ALICE, 3, "a3");
    later.hears(BOB, "a3");
    assert_eq!(told.ends(&["a1", "b1", "a2", "b2"]), only(Fault::ToldTwice));
    assert_eq!(later.ends(&["a1", "b1", "a2", "b2", "a3"]), only(Fault::Trespass));
}

#[test]
fn whoever_joins_misses_nothing_from_the_answer_on() {
    const CAROL: Person = 3;
    for (heard, is_right) in
        [(&["a2", "a3"][..], true), (&["a1", "a2", "a3"], true), (&["a3"], false)]
    {
        let mut told = Told::new();
        let (connection, channel) = (told.connection(CAROL), told.0.name("c"));
        told.add(CAROL, Fact::Opened { connection });
        told.add(CAROL, Fact::Joining { channel });
        // Nobody knows which of both came first.
        told.says(ALICE, 1, "a1");
        told.add(CAROL, Fact::Joined { channel });
        told.says(ALICE, 2, "a2");
        told.says(ALICE, 3, "a3");
        heard.iter().for_each(|post| told.hears(CAROL, post));
        let wanted = if is_right { BTreeMap::new() } else { only(Fault::Missed) };
        assert_eq!(told.ends(&["a1", "a2", "a3"]), wanted, "{heard:?}");
    }
}

#[test]
fn whoever_comes_back_need_not_hear_of_what_was_said_meanwhile() {
    for (heard, is_right) in [(&["a2", "a3"][..], true), (&["a3"], false)] {
        let mut told = Told::new();
        let channel = told.0.name("c");
        told.add(BOB, Fact::Left { channel });
        told.says(ALICE, 1, "a1");
        told.add(BOB, Fact::Joining { channel });
        told.add(BOB, Fact::Joined { channel });
        told.says(ALICE, 2, "a2");
        told.says(ALICE, 3, "a3");
        heard.iter().for_each(|post| told.hears(BOB, post));
        let wanted = if is_right { BTreeMap::new() } else { only(Fault::Missed) };
        assert_eq!(told.ends(&["a1", "a2", "a3"]), wanted, "{heard:?}");
    }
}

#[test]
fn what_was_there_before_and_was_read_stays_too() {
    let counts = |ending: &[&str]| {
        let mut told = Told::new();
        told.reads(BOB, &["old", "older"]);
        let channel = told.0.name("c");
        for post in ending {
            let post = told.0.name(post);
            let held = Held { post, mark: None, version: 0, reactions: Vec::new() };
            told.0.ending.entry(channel).or_default().push(held);
        }
        check(&told.0).counts()
    };
    assert_eq!(counts(&["old", "older"]), BTreeMap::new());
    assert_eq!(counts(&["older"]), only(Fault::Lost));
    assert_eq!(counts(&["older", "old"]), only(Fault::Reordered));
}

#[test]
fn the_last_accepted_text_is_there() {
    for (version, is_right) in [(0, false), (1, true), (2, true), (3, false)] {
        let mut told = Told::new();
        let mark = told.sending(ALICE, 1);
        told.sent(mark, "a1");
        let post = told.0.name("a1");
        told.add(ALICE, Fact::Editing { post, version: 1 });
        told.add(ALICE, Fact::Edited { post, version: 1 });
        // Nobody knows whether this one was taken.
        told.add(ALICE, Fact::Editing { post, version: 2 });
        told.held("a1", mark).version = version;
        assert_eq!(check(&told.0).faults.is_empty(), is_right, "{version}");
    }
}

#[test]
fn an_accepted_reaction_is_there() {
    for reacted in [true, false] {
        let mut told = Told::new();
        let mark = told.sending(ALICE, 1);
        told.sent(mark, "a1");
        let post = told.0.name("a1");
        told.add(BOB, Fact::Reacting { post });
        told.add(BOB, Fact::Reacted { post });
        if reacted {
            told.held("a1", mark).reactions.push(BOB);
        } else {
            told.held("a1", mark);
        }
        assert_eq!(check(&told.0).faults.is_empty(), reacted);
    }
}

#[test]
fn what_nobody_sent_is_not_there() {
    let mut told = ordinary();
    told.held("ghost", Mark { author: 9, number: 9 });
    assert_eq!(told.ends(&["a1", "b1", "a2", "b2"]), only(Fault::WrongEnd));
}
