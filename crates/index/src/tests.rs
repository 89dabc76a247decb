use fieldpost_search::{Body, Document, Entry, Query, Sides, Span};

use super::*;

const SITE: [u8; 16] = [7; 16];

/// An index with an empty volume, and its folder.
fn index() -> (Index, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let index = Index::new(folder.path().join("search"), SITE);
    index.open().unwrap();
    index.adopt(index.create().unwrap()).unwrap();
    (index, folder)
}

fn post(key: i64, channel: i64, at: i64, text: &str) -> Entry {
    let document = Document {
        key,
        channel,
        author: 1,
        at,
        text: text.to_owned(),
        body: Body::None,
        tags: text.split(' ').filter(|word| word.starts_with('#')).map(str::to_owned).collect(),
        extension: String::new(),
    };
    Entry::Put(About::Posts, document)
}

fn write(index: &Index, entries: &[Entry]) {
    index.current().unwrap().write(entries, &Mark::default()).unwrap();
}

fn wanted(typed: &str, channels: &[i64]) -> Wanted {
    let query = Query::parse(typed).unwrap();
    Wanted {
        phrases: query.phrases,
        tags: query.tags,
        span: query.days.span(0),
        channels: channels.to_vec(),
        most: 100,
        ..Wanted::default()
    }
}

#[track_caller]
fn finds(index: &Index, typed: &str, keys: &[i64]) {
    let hits = index.find(About::Posts, &wanted(typed, &[1])).unwrap();
    assert_eq!(hits.iter().map(|hit| hit.key).collect::<Vec<_>>(), keys, "{typed}");
}

#[test]
fn what_was_written_later_comes_first_whatever_its_key() {
    let (index, _folder) = index();
    let day = 86_400_000;
    let posts = [post(1, 1, 3 * day, "same"), post(2, 1, day, "same"), post(3, 1, 2 * day, "same")];
    write(&index, &posts);
    finds(&index, "same", &[1, 3, 2]);
    finds(&index, "same on:1970-01-03", &[3]);
    finds(&index, "same -on:1970-01-03", &[1, 2]);
    finds(&index, "after:1970-01-02", &[1, 3]);
    finds(&index, "before:1970-01-03", &[2]);
}

#[test]
fn places_that_are_taken_are_not_taken_again() {
    let (index, _folder) = index();
    // Times before the first and behind the last moment are at the ends.
    let far = 1 << 20;
    let posts = [post(1, 1, -5, "x"), post(1 + far, 1, 0, "x"), post(2, 1, i64::MAX, "x")];
    write(&index, &posts);
    finds(&index, "x", &[2, 1 + far, 1]);
    write(&index, &[post(2, 1, i64::MAX, "y"), post(2 + far, 1, i64::MAX, "x")]);
    finds(&index, "x", &[2 + far, 1 + far, 1]);
}

#[test]
fn words_phrases_and_hashtags() {
    let (index, _folder) = index();
    let texts = ["the red bridge", "the bridge is red", "#red-line of the bridge", "Café 東京都"];
    let posts: Vec<Entry> =
        texts.iter().zip(1..).map(|(text, key)| post(key, 1, key, text)).collect();
    write(&index, &posts);
    finds(&index, "red bridge", &[3, 2, 1]);
    finds(&index, "\"red bridge\"", &[1]);
    finds(&index, "bridge -red", &[]);
    finds(&index, "bridge -\"is red\"", &[3, 1]);
    finds(&index, "#red-line", &[3]);
    finds(&index, "#red-line cafe", &[4, 3]);
    finds(&index, "bri*", &[3, 2, 1]);
    finds(&index, "京都", &[4]);
    finds(&index, "都", &[4]);
    finds(&index, "京", &[4]);
    finds(&index, "東都", &[]);
    let either = Wanted { any: true, ..wanted("cafe bridge", &[1]) };
    assert_eq!(index.find(About::Posts, &either).unwrap().len(), 4);
}

#[test]
fn what_may_have_been_meant_is_found_where_nothing_else_is() {
    let (index, _folder) = index();
    write(
        &index,
        &[post(1, 1, 1, "the bridges"), post(2, 1, 2, "a bridge"), post(3, 2, 3, "brigde")],
    );
    finds(&index, "bridge", &[2]);
    // Somebody else's post with the word that was typed takes nothing away.
    finds(&index, "brigde", &[2]);
    finds(&index, "bridg", &[2, 1]);
    finds(&index, "\"a bridgw\"", &[]);
    finds(&index, "frigte", &[]);
}

#[test]
fn only_the_channels_that_are_asked_for_are_searched() {
    let (index, _folder) = index();
    let posts: Vec<Entry> = (1..=200).map(|key| post(key, key, key, "same word")).collect();
    write(&index, &posts);
    for count in [0, 1, 32, 33, 150] {
        let channels: Vec<i64> = (0..count).map(|n| 200 - n).collect();
        let hits = index.find(About::Posts, &wanted("word", &channels)).unwrap();
        let found: Vec<i64> = hits.iter().map(|hit| hit.channel).collect();
        assert_eq!(found, channels.into_iter().take(100).collect::<Vec<_>>());
        assert_eq!(found.len(), usize::try_from(count).unwrap().min(100));
    }
}

#[test]
fn whoever_is_in_many_channels_finds_what_is_far_down() {
    let (index, _folder) = index();
    let mut posts = vec![post(1, 1, 1, "word"), post(2, 50, 2, "word")];
    posts.extend((3..10_100).map(|key| post(key, 1000, key, "word")));
    write(&index, &posts);
    let channels: Vec<i64> = (1..=70).collect();
    let hits = index.find(About::Posts, &wanted("word", &channels)).unwrap();
    assert_eq!(hits.iter().map(|hit| hit.key).collect::<Vec<_>>(), [2, 1]);
}

fn with<T>(value: T) -> Sides<T> {
    Sides { with: vec![value], without: vec![] }
}

fn without<T>(value: T) -> Sides<T> {
    Sides { with: vec![], without: vec![value] }
}

#[test]
fn authors_and_extensions() {
    let (index, _folder) = index();
    let file = |key, author, extension: &str| {
        let Entry::Put(_, document) = post(key, 1, key, "report") else { unreachable!() };
        Entry::Put(About::Files, Document { author, extension: extension.to_owned(), ..document })
    };
    write(&index, &[file(1, 1, "pdf"), file(2, 2, "pdf"), file(3, 2, "png")]);
    let find = |authors: Sides<i64>, extensions: Sides<String>| {
        let wanted = Wanted { authors, extensions, ..wanted("report", &[1]) };
        let hits = index.find(About::Files, &wanted).unwrap();
        hits.iter().map(|hit| hit.key).collect::<Vec<_>>()
    };
    assert_eq!(find(Sides::default(), Sides::default()), [3, 2, 1]);
    assert_eq!(find(with(2), Sides::default()), [3, 2]);
    assert_eq!(find(without(2), Sides::default()), [1]);
    assert_eq!(find(Sides::default(), with("PDF".to_owned())), [2, 1]);
    assert_eq!(find(Sides::default(), without("pdf".to_owned())), [3]);
    finds(&index, "report", &[]);
}

#[test]
fn what_changes_and_goes_is_found_as_it_is() {
    let (index, _folder) = index();
    write(&index, &[post(1, 1, 1, "first words"), post(2, 1, 2, "other words")]);
    write(&index, &[post(1, 1, 1, "second words"), Entry::Remove(About::Posts, 2)]);
    finds(&index, "first", &[]);
    finds(&index, "words", &[1]);
    write(&index, &[Entry::Remove(About::Posts, 1), Entry::Remove(About::Posts, 9)]);
    finds(&index, "words", &[]);
    assert_eq!(index.current().unwrap().contents().unwrap(), [""; 0]);
}

#[test]
fn a_volume_is_taken_up_where_it_was_left() {
    let (index, folder) = index();
    let position = Position { transaction: 3, number: 9 };
    let mark = Mark { position, seen: vec![1, 2], awaited: vec![Id::from_bytes([4; 16])] };
    let volume = index.current().unwrap();
    volume.write(&[post(1, 1, 1, "here")], &mark).unwrap();
    drop((volume, index));
    let again = Index::new(folder.path().join("search"), SITE);
    assert!(again.current().is_none());
    assert_eq!(
        again.find(About::Posts, &wanted("x", &[1])).unwrap_err().id,
        "api.fieldpost.search.not_ready"
    );
    again.open().unwrap();
    assert_eq!(again.current().unwrap().mark(), mark);
    finds(&again, "here", &[1]);
    drop(again);
    // Another site's is of no use.
    let other = Index::new(folder.path().join("search"), [8; 16]);
    other.open().unwrap();
    assert!(other.current().is_none());
    assert_eq!(fs::read_dir(folder.path().join("search")).unwrap().count(), 0);
}

#[test]
fn a_new_volume_takes_the_place_of_the_one_before() {
    let (index, folder) = index();
    write(&index, &[post(1, 1, 1, "old")]);
    let volume = index.create().unwrap();
    volume.write(&[post(1, 1, 1, "new")], &Mark::default()).unwrap();
    finds(&index, "old", &[1]);
    index.adopt(volume).unwrap();
    finds(&index, "old", &[]);
    finds(&index, "new", &[1]);
    let names = fs::read_dir(folder.path().join("search")).unwrap();
    let names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
    assert!(names.iter().all(|name| name.to_str().unwrap().starts_with("2.db")), "{names:?}");
    // One that was never finished is not taken up.
    let unfinished = index.create().unwrap();
    drop((unfinished, index));
    let again = Index::new(folder.path().join("search"), SITE);
    again.open().unwrap();
    finds(&again, "new", &[1]);
}

#[test]
fn a_volume_that_was_given_up_leaves_no_file() {
    let (index, folder) = index();
    let search = folder.path().join("search");
    let files = || {
        let names = fs::read_dir(&search).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.ends_with(".db")).collect::<Vec<_>>()
    };
    write(&index, &[post(1, 1, 1, "old")]);
    let volume = index.create().unwrap();
    volume.write(&[post(1, 1, 1, "new")], &Mark::default()).unwrap();
    assert_eq!(files().len(), 2);
    drop(volume);
    assert_eq!(files(), ["1.db"]);
    // Nor does one whose file could not be made.
    let volume = index.create().unwrap();
    fs::write(search.join("3.db"), [1; 4096]).unwrap();
    volume.write(&[post(1, 1, 1, "new")], &Mark::default()).unwrap_err();
    drop(volume);
    assert_eq!(files(), ["1.db"]);
    finds(&index, "old", &[1]);
    // One that is searched stays when the site stops.
    let volume = index.create().unwrap();
    volume.write(&[post(1, 1, 1, "new")], &Mark::default()).unwrap();
    index.adopt(volume).unwrap();
    drop(index);
    assert_eq!(files(), ["4.db"]);
}

#[test]
fn a_damaged_volume_is_not_opened() {
    let (index, folder) = index();
    write(&index, &[post(1, 1, 1, "word")]);
    drop(index);
    fs::write(folder.path().join("search/1.db"), [1; 4096]).unwrap();
    let again = Index::new(folder.path().join("search"), SITE);
    again.open().unwrap();
    assert!(again.current().is_none());
}

#[test]
fn no_word_breaks_the_language_of_the_engine() {
    let (index, _folder) = index();
    write(&index, &[post(1, 1, 1, "and or not near")]);
    for typed in ["AND", "or", "NOT near", "\"and or\"", "NEAR(", "words:x", "a^b", "{x}", "'"] {
        index.find(About::Posts, &wanted(typed, &[1])).unwrap();
    }
    finds(&index, "AND or NOT", &[1]);
    let all = Wanted { span: Span::default(), ..wanted("-", &[1]) };
    assert_eq!(index.find(About::Posts, &all).unwrap().len(), 1);
}

#[test]
fn an_empty_volume_has_no_file_until_something_is_written() {
    let (index, folder) = index();
    let search = folder.path().join("search");
    let mark = |number| Mark { position: Position { transaction: 0, number }, ..Mark::default() };
    let volume = index.current().unwrap();
    volume.write(&[], &mark(1)).unwrap();
    volume.write(&[Entry::Remove(About::Posts, 1)], &mark(2)).unwrap();
    volume.settle().unwrap();
    finds(&index, "word", &[]);
    assert_eq!(volume.mark(), mark(2));
    assert!(!search.exists());
    // Another that is begun meanwhile has a place of its own.
    let other = index.create().unwrap();
    volume.write(&[post(1, 1, 1, "word")], &mark(3)).unwrap();
    index.adopt(other).unwrap();
    drop(volume);
    finds(&index, "word", &[]);
    assert_eq!(fs::read_dir(&search).unwrap().count(), 0);
    write(&index, &[post(1, 1, 1, "word")]);
    finds(&index, "word", &[1]);
    drop(index);
    let again = Index::new(search, SITE);
    again.open().unwrap();
    finds(&again, "word", &[1]);
}

#[test]
fn a_volume_that_nobody_uses_is_closed_and_goes_on_when_it_is_used() {
    let (index, folder) = index();
    let volume = index.current().unwrap();
    assert!(!volume.is_open());
    write(&index, &[post(1, 1, 1, "word")]);
    finds(&index, "word", &[1]);
    volume.rest();
    assert!(volume.is_open(), "it was used a moment ago");
    volume.rest();
    assert!(!volume.is_open());
    // What means nothing does not open it, a few times.
    let mark = |number| Mark { position: Position { transaction: 0, number }, ..Mark::default() };
    for number in 1..=16 {
        volume.write(&[], &mark(number)).unwrap();
        assert_eq!(volume.mark(), mark(number));
        assert!(!volume.is_open());
    }
    let kept = |folder: &tempfile::TempDir| {
        let index = Index::new(folder.path().join("search"), SITE);
        index.open().unwrap();
        index.current().unwrap().mark()
    };
    assert_eq!(kept(&folder), Mark::default());
    volume.write(&[], &mark(17)).unwrap();
    assert_eq!(kept(&folder), mark(17));
    finds(&index, "word", &[1]);
    volume.rest();
    volume.rest();
    let awaited = Mark { awaited: vec![Id::from_bytes([4; 16])], ..mark(18) };
    volume.write(&[], &awaited).unwrap();
    assert_eq!(kept(&folder), awaited);
    volume.rest();
    volume.rest();
    volume.write(&[post(2, 1, 2, "word")], &mark(19)).unwrap();
    finds(&index, "word", &[2, 1]);
}

#[test]
fn a_volume_whose_file_is_gone_is_known_to_be_damaged() {
    let (index, folder) = index();
    write(&index, &[post(1, 1, 1, "word")]);
    let volume = index.current().unwrap();
    volume.rest();
    volume.rest();
    fs::remove_dir_all(folder.path().join("search")).unwrap();
    assert!(!volume.is_damaged());
    volume.write(&[post(2, 1, 2, "word")], &Mark::default()).unwrap_err();
    assert!(volume.is_damaged());
}

/// Where a word goes on in so many ways that the engine is asked for all of them at once, the same
/// is found as where each is asked for.
#[test]
fn words_that_go_on_are_found_however_many_they_are() {
    for count in [1, 200, 201, 400] {
        let (index, _folder) = index();
        let text =
            |key: i64| format!("bridge{key} of {}", if key % 2 == 0 { "even" } else { "odd" });
        let mut posts: Vec<Entry> = (1..=count).map(|key| post(key, 1, key, &text(key))).collect();
        posts.push(post(1000, 2, 1000, "bridge of even"));
        write(&index, &posts);
        let newest: Vec<i64> = (1..=count).rev().take(100).collect();
        let even: Vec<i64> = (1..=count).rev().filter(|key| key % 2 == 0).take(100).collect();
        for (typed, keys) in [
            ("bridge*", &newest),
            ("bridge", &newest),
            ("bridge of", &newest),
            ("\"bridge\"", &newest),
            ("brigde", &vec![]),
            ("brid* even", &even),
            ("evne bridge", &even),
            ("bridge -odd", &even),
        ] {
            finds(&index, typed, keys);
        }
    }
}

#[test]
fn several_words_may_all_be_meant_otherwise() {
    let (index, _folder) = index();
    let texts = ["bridges closed", "bridge close", "the bridge closed", "bridges close by"];
    let posts: Vec<Entry> =
        texts.iter().zip(1..).map(|(text, key)| post(key, 1, key, text)).collect();
    write(&index, &posts);
    finds(&index, "bridge closed", &[3]);
    finds(&index, "bridges closed", &[1]);
    finds(&index, "bridgee closed", &[4, 3, 2, 1]);
    finds(&index, "bridgee closedd", &[3, 1]);
    finds(&index, "bridge clos", &[4, 3, 2, 1]);
    finds(&index, "bridge closedd", &[3, 1]);
    finds(&index, "bridg clos", &[4, 3, 2, 1]);
    finds(&index, "bridg clos -by", &[3, 2, 1]);
    finds(&index, "bridg clos xyzzy", &[]);
    let either = |typed| {
        let wanted = Wanted { any: true, ..wanted(typed, &[1]) };
        let hits = index.find(About::Posts, &wanted).unwrap();
        hits.iter().map(|hit| hit.key).collect::<Vec<_>>()
    };
    assert_eq!(either("xyzzy bridges"), [4, 1]);
    assert_eq!(either("xyzzy brigdes"), [4, 1]);
    assert_eq!(either("byy brigde"), [3, 2]);
    // What was taken out is in no list.
    write(&index, &[Entry::Remove(About::Posts, 4)]);
    finds(&index, "bridg clos", &[3, 2, 1]);
}

#[test]
fn what_stands_in_a_file_is_found_once_it_was_read() {
    let (index, folder) = index();
    let file = |key: i64, name: &str, body: Body| {
        let Entry::Put(_, document) = post(key, 1, key, name) else { unreachable!() };
        Entry::Put(About::Files, Document { body, extension: "txt".to_owned(), ..document })
    };
    let find = |index: &Index, typed: &str| {
        let hits = index.find(About::Files, &wanted(typed, &[1])).unwrap();
        hits.iter().map(|hit| hit.key).collect::<Vec<_>>()
    };
    let read = || Body::Read("the old bridge".to_owned());
    let volume = index.current().unwrap();
    assert_eq!(volume.unread(0).unwrap(), None);
    write(&index, &[file(1, "first report", Body::Unread), file(2, "picture", Body::None)]);
    write(&index, &[file(3, "another report", Body::Unread)]);
    assert!(volume.may_have_unread());
    assert_eq!(volume.unread(0).unwrap(), Some((1, 1)));
    assert_eq!(volume.unread(1).unwrap(), Some((2, 3)));
    assert_eq!(volume.unread(2).unwrap(), None);
    let mark = volume.mark();
    volume.amend(&[file(1, "first report", read())]).unwrap();
    assert_eq!(volume.mark(), mark);
    assert_eq!(find(&index, "bridge"), [1]);
    assert_eq!(find(&index, "first bridge"), [1]);
    assert_eq!(find(&index, "\"old bridge\""), [1]);
    assert_eq!(find(&index, "brigde"), [1]);
    assert_eq!(find(&index, "\"report the\""), [0; 0], "a phrase goes on from name to content");
    finds(&index, "bridge", &[]);
    // A file that is told again is not read again.
    write(&index, &[file(1, "first report", Body::Unread)]);
    assert_eq!(find(&index, "bridge"), [1]);
    assert_eq!(volume.unread(0).unwrap(), Some((2, 3)));
    // One that went while it was read does not come back.
    write(&index, &[Entry::Remove(About::Files, 3)]);
    volume.amend(&[file(3, "another report", read())]).unwrap();
    assert_eq!(find(&index, "bridge"), [1]);
    assert_eq!(volume.unread(0).unwrap(), None);
    assert!(!volume.may_have_unread());
    // What waits is not forgotten, and stands behind all that was ever listed.
    write(&index, &[file(4, "last report", Body::Unread)]);
    drop((volume, index));
    let again = Index::new(folder.path().join("search"), SITE);
    again.open().unwrap();
    let volume = again.current().unwrap();
    assert!(volume.may_have_unread());
    assert_eq!(volume.unread(0).unwrap(), Some((3, 4)));
    assert_eq!(find(&again, "bridge"), [1]);
}
