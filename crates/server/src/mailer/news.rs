//! A mail that tells somebody of posts.

use fieldpost_chat::notify::News;
use fieldpost_mail::{Block, Page};
use fieldpost_model::Id;

/// Posts that are shown in one mail at most.
const SHOWN: usize = 20;

/// How much of a post is shown, in characters.
const LONGEST: usize = 600;

/// What a mail of some posts says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) subject: String,
    pub(super) page: Page,
    pub(super) thread: Option<Id>,
}

/// What is told of posts, of which there is at least one; what they say only where mail may hold it.
pub(super) fn told(news: &[News], url: &str, site: &str, generic: bool) -> Option<Told> {
    let first = news.first()?;
    let subject = if generic || !together(news) { counted(news.len()) } else { subject(first) };
    let mut page = Page::new(subject.clone());
    if generic {
        page = page.with(Block::Button { label: "Read".to_owned(), link: link(first, url) });
    } else {
        for one in news.iter().take(SHOWN) {
            page = page.with(Block::Quote {
                by: heading(one),
                text: shortened(&one.message),
                link: link(one, url),
            });
        }
        if news.len() > SHOWN {
            let more = format!("… and {}.", counted(news.len() - SHOWN).to_lowercase());
            page = page.with(Block::Text(more));
        }
    }
    let why = format!(
        "You get this because you were away from {site}. Which mails you get, you choose in the \
         settings of your notifications."
    );
    let thread = (!generic && news.iter().all(|one| one.root == first.root)).then_some(first.root);
    Some(Told { subject, page: page.with(Block::Small(why)), thread })
}

/// Whether all of it was said by one person in one place.
fn together(news: &[News]) -> bool {
    news.windows(2).all(|pair| {
        (&pair[0].author, &pair[0].team, &pair[0].place)
            == (&pair[1].author, &pair[1].team, &pair[1].place)
    })
}

fn subject(of: &News) -> String {
    if of.place.is_empty() {
        format!("{} wrote to you", of.author)
    } else {
        format!("{} in {}", of.author, of.place)
    }
}

fn heading(of: &News) -> String {
    if of.place.is_empty() { of.author.clone() } else { format!("{} in {}", of.author, of.place) }
}

fn counted(number: usize) -> String {
    if number == 1 { "A new message".to_owned() } else { format!("{number} new messages") }
}

fn link(of: &News, url: &str) -> String {
    format!("{url}/{}/pl/{}", of.team, of.post)
}

fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(n: u8, author: &str, place: &str) -> News {
        News {
            post: Id::from_bytes([n; 16]),
            root: Id::from_bytes([9; 16]),
            author: author.to_owned(),
            place: place.to_owned(),
            team: "ship".to_owned(),
            message: format!("message {n}"),
            create_at: 0,
        }
    }

    fn subject_of(news: &[News], generic: bool) -> String {
        told(news, "https://x", "Ship", generic).unwrap().subject
    }

    #[test]
    fn the_subject_says_who_where_or_how_many() {
        let (bob, eve) = (post(1, "@bob", "Deck"), post(2, "@eve", "Deck"));
        assert_eq!(subject_of(std::slice::from_ref(&bob), false), "@bob in Deck");
        assert_eq!(subject_of(&[bob.clone(), post(3, "@bob", "Deck")], false), "@bob in Deck");
        assert_eq!(subject_of(&[post(1, "@bob", "")], false), "@bob wrote to you");
        assert_eq!(subject_of(&[bob.clone(), eve], false), "2 new messages");
        assert_eq!(subject_of(&[bob], true), "A new message");
        assert_eq!(told(&[], "https://x", "Ship", false), None);
    }

    #[test]
    fn where_mail_must_not_hold_what_was_said_it_does_not() {
        let told = told(&[post(1, "@bob", "Deck")], "https://x", "Ship", true).unwrap();
        let text = format!("{} {} {}", told.subject, told.page.text(), told.page.html());
        assert!(!text.contains("bob") && !text.contains("message 1") && !text.contains("Deck"));
        assert!(text.contains("https://x/ship/pl/"), "{text}");
        assert_eq!(told.thread, None);
    }

    #[test]
    fn a_thousand_posts_are_one_mail_of_bounded_size() {
        let mut long = post(1, "@bob", "Deck");
        long.message = "й".repeat(20_000);
        let news = vec![long; 1000];
        let told = told(&news, "https://x", "Ship", false).unwrap();
        assert!(told.page.text().contains("… and 980 new messages."));
        assert!(told.page.html().len() < 100_000);
    }
}
