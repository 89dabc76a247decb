use proptest::prelude::*;

use super::*;

#[track_caller]
fn check(message: &str, expected: Option<&str>) {
    assert_eq!(first_autolink(message).as_deref(), expected, "{message:?}");
}

#[track_caller]
fn check_images(message: &str, expected: &[&str]) {
    assert_eq!(image_urls(message), expected, "{message:?}");
}

#[test]
fn schemes() {
    for address in
        ["http://a.com", "https://a.com/b?c=d#e", "ftp://a.com", "mailto://me@a.com", "tel://123"]
    {
        check(&format!("see {address} there"), Some(address));
    }
    check("HTTPS://A.com", Some("HTTPS://A.com"));
    check("http://[::1]:80/", Some("http://[::1]:80/"));
    check("http://localhost:8065/x", Some("http://localhost:8065/x"));
    check("http://сайт.укр/шлях", Some("http://сайт.укр/шлях"));
}

#[test]
fn www_is_read_as_http() {
    check("www.a.com", Some("http://www.a.com"));
    check("(www2.a.com)", Some("http://www2.a.com"));
    check("www.", None);
    check("wwwx.a.com", None);
    check("www1234.a.com", None);
    check("awww.a.com", None);
}

#[test]
fn what_is_not_an_address() {
    check("", None);
    check("a.com", None);
    check("me@a.com", None);
    check("http:// a", None);
    check("http://.", None);
    check("gopher://a.com", None);
    check("xhttp://a.com", None);
    check("mailto:me@a.com", None);
}

#[test]
fn where_an_address_ends() {
    check("http://a.com.", Some("http://a.com"));
    check("http://a.com?!;:,", Some("http://a.com"));
    check("<http://a.com>", Some("http://a.com"));
    check("http://a.com<br>", Some("http://a.com"));
    check("\"http://a.com\"", Some("http://a.com"));
    check("http://a.com/x_y_z*q*", Some("http://a.com/x_y_z*q"));
    check("**http://a.com**", Some("http://a.com"));
    check("http://a.com\u{3000}b", Some("http://a.com"));
    check("看http://a.com/路 好", Some("http://a.com/路"));
}

#[test]
fn parentheses_in_pairs_belong_to_the_address() {
    check("(http://a.com/b)", Some("http://a.com/b"));
    check("http://a.com/b_(c)", Some("http://a.com/b_(c)"));
    check("(http://a.com/b_(c)).", Some("http://a.com/b_(c)"));
    check("http://a.com/b)c)", Some("http://a.com/b)c"));
}

#[test]
fn the_first_of_several() {
    check("www.b.com http://a.com", Some("http://www.b.com"));
    check("http://a.com,http://b.com", Some("http://a.com,http://b.com"));
    check("`http://a.com` http://b.com", Some("http://b.com"));
}

#[test]
fn code_and_links_do_not_count() {
    check("`http://a.com`", None);
    check("```\nhttp://a.com\n```", None);
    check("    http://a.com", None);
    check("[text](http://a.com)", None);
    check("[text](<http://a.com>)", None);
    check("[http://a.com](http://a.com)", None);
    check("![http://a.com](http://a.com)", None);
    check("[text][1] http://b.com\n\n[1]: http://a.com", Some("http://b.com"));
    check("[text][1] http://b.com\n\n[1]: <http://a.com>", Some("http://b.com"));
    check("> - http://a.com", Some("http://a.com"));
}

#[test]
fn images() {
    check_images("no image", &[]);
    check_images("![](http://a.com/x.png)", &["http://a.com/x.png"]);
    check_images("![a](</x y.png> \"title\")", &["/x y.png"]);
    check_images("![a][1]\n\n[1]: http://a.com/x.png", &["http://a.com/x.png"]);
    check_images("![a](/2) ![b](/1) ![c](/2)", &["/2", "/1"]);
    check_images("[![a](/in)](/out)", &["/in"]);
    check_images("`![a](/code)` \\![a](/escaped) [a](/link) ![a]()", &[]);
}

#[test]
fn a_megabyte_of_anything() {
    for (part, addresses) in [
        ("http://", 1),
        ("http://.", 0),
        ("http://a)", 1),
        ("www.", 1),
        ("www. ", 0),
        ("www.a ", 166_666),
        ("(", 0),
        ("![", 0),
        ("![a](", 0),
        ("<", 0),
    ] {
        let message = part.repeat(1_000_000 / part.len());
        assert_eq!(bare_urls(&message).count(), addresses, "{part:?}");
        assert_eq!(image_urls(&message), Vec::<String>::new(), "{part:?}");
    }
}

proptest! {
    #[test]
    fn places_are_ordered_and_hold_an_address(text in "(http://|www\\.|[a-c]|[.)(<> ґ會]){0,40}") {
        let mut end = 0;
        for span in bare_urls(&text) {
            prop_assert!(end <= span.start && span.start < span.end);
            end = span.end;
            let address = &text[span];
            prop_assert_eq!(bare_urls(address).next(), Some(0..address.len()));
        }
    }

    #[test]
    fn parts_and_places_make_up_the_text(text in "(http://|[a-c]|[. ґ]){0,40}") {
        let mut parts = String::new();
        between(&text, bare_urls(&text), |part| parts.push_str(part));
        let addresses: usize = bare_urls(&text).map(|span| span.len()).sum();
        prop_assert_eq!(parts.len() + addresses, text.len());
    }
}
