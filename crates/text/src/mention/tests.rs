use super::*;

mod bounds;

/// Finds the mentions in `text` with `keywords` written as `who=word`, where a word beginning
/// with `!` is an exact one and `@all` and the like address the channel.
fn find_in(texts: &[&str], keywords: &[(&'static str, &str)]) -> Mentions<&'static str> {
    let mut dictionary = Keywords::new();
    for (word, who) in keywords.iter().map(|(who, word)| (*word, *who)) {
        if let Some(special) = ChannelWord::parse(word) {
            dictionary.add_channel_word(special, who);
        } else if let Some(name) = word.strip_prefix('@') {
            dictionary.add_name(name, who);
        } else if let Some(exact) = word.strip_prefix('!') {
            dictionary.add_exact(exact, who);
        } else {
            dictionary.add_word(word, who);
        }
    }
    find(texts.iter().copied(), &dictionary)
}

/// Checks who is mentioned. A name after `*` stands for a mention of the whole channel.
#[track_caller]
fn check(text: &str, keywords: &[(&'static str, &str)], expected: &[&str]) {
    let mentions = find_in(&[text], keywords);
    let shown: Vec<String> = mentions
        .targets
        .iter()
        .map(|(who, kind)| match kind {
            Kind::ChannelWide => format!("*{who}"),
            Kind::Keyword => (*who).to_owned(),
        })
        .collect();
    assert_eq!(shown, expected, "{text:?} with {keywords:?}");
}

#[track_caller]
fn check_potential(text: &str, keywords: &[(&'static str, &str)], expected: &[&str]) {
    assert_eq!(find_in(&[text], keywords).potential, expected, "{text:?} with {keywords:?}");
}

const USER: &[(&str, &str)] = &[("u", "@user")];
const ALL: &[(&str, &str)] = &[("u", "@all"), ("u", "@channel"), ("u", "@here")];

#[test]
fn marks_around_a_name() {
    for text in [
        "@user",
        "@user.",
        "@user:",
        ".@user",
        "-@user",
        ":@user",
        "*@user*",
        "_@user_",
        "~~@user~~",
        "(@user)",
        "\"@user\"",
        "> @user",
        "### @user",
        "**@user**",
        "__@user__",
        "@user...",
        "@user-:_.",
        "- @user",
        "1. @user",
        "@user's",
        "hi,@user,hi",
        "a\n@user\nb",
        "@USER",
        "@user&co",
        "a.@user",
        "<@user>",
        "<b>@user</b>",
        "\\@user",
        "@user\n===",
    ] {
        check(text, USER, &["u"]);
        check_potential(text, USER, &[]);
    }
}

#[test]
fn what_is_not_a_name() {
    for text in ["user", "a@user", "@username", "@user_", "@user_x", "@ user", "@@user", "us*er*"] {
        let expected: &[&str] = if text == "@user_" { &["u"] } else { &[] };
        check(text, USER, expected);
    }
}

#[test]
fn names_with_marks_inside() {
    check("@user.name.", &[("u", "@user.name")], &["u"]);
    check("@user.name.", &[("short", "@user"), ("long", "@user.name")], &["long"]);
    check("@user.name", USER, &[]);
    check_potential("@user.name", USER, &["user.name"]);
    check("@user_-", &[("u", "@user_-")], &["u"]);
}

#[test]
fn words_of_the_whole_channel() {
    for text in ["@all", "@cHaNNeL", "@all:", "@here.", "(@channel)", "well-@all"] {
        check(text, ALL, &["*u"]);
        check_potential(text, ALL, &[]);
    }
    for text in ["`@all`", "```\n@all\n```", "all", "@allow", "@all-hands", "@all_x"] {
        check(text, ALL, &[]);
    }
    check_potential("@all-hands", ALL, &["all-hands"]);
}

#[test]
fn flags_do_not_need_a_keyword() {
    let words = |text| find_in(&[text], &[]).channel_words;
    let none = ChannelWords::default();
    assert_eq!(words("nothing `@here` @her"), none);
    assert_eq!(words("@HERE"), ChannelWords { here: true, ..none });
    assert_eq!(words("x-@channel"), ChannelWords { channel: true, ..none });
    assert_eq!(words("@all."), ChannelWords { all: true, ..none });
    check_potential("@all. @here @channel:", &[], &[]);
}

#[test]
fn the_stronger_kind_wins() {
    check("@all @user", &[("u", "@all"), ("u", "@user"), ("v", "@all")], &["u", "*v"]);
    check("@user @all", &[("u", "@all"), ("u", "@user"), ("v", "@all")], &["u", "*v"]);
}

#[test]
fn code_mentions_nobody() {
    for text in [
        "`@user`",
        "``a ` @user``",
        "```\n@user\n```",
        "~~~ x\n@user\n~~~",
        "```\n@user",
        "    @user",
        "> ```\n> @user\n> ```",
        "- ```\n  @user\n  ```",
        "`a\n@user b`",
        "<b>`@user`</b>",
        "<div>\n`@user`\n</div>",
    ] {
        check(text, USER, &[]);
        check_potential(text, USER, &[]);
    }
    check("`@user", USER, &["u"]);
    check("`a`@user`b`", USER, &["u"]);
    check("\\`@user\\`", USER, &["u"]);
}

#[test]
fn links() {
    for text in [
        "[@user](http://a.com)",
        "[hi *@user*](x)",
        "![@user](x.png)",
        "[@user][1]\n\n[1]: x",
        "[@user]",
        "[@user](un closed",
        "[a](x)@user",
        "@user[a](x)",
    ] {
        check(text, USER, &["u"]);
    }
    for text in [
        "[a](@user)",
        "[a](<@user b>)",
        "[a](x \"@user\")",
        "![a](@user)",
        "[a][1]\n\n[1]: @user",
        "[a][1]\n\n[1]: <@user>",
        "http://a.com/@user",
        "www.a.com/@user",
        "<http://a.com/@user>",
        "http://a.com/_b_/@user",
        "ftp://a/(@user)",
    ] {
        check(text, USER, &[]);
        check_potential(text, USER, &[]);
    }
    check("http://a.com @user", USER, &["u"]);
    check("a.com/@user", USER, &["u"]);
}

#[test]
fn emoji_mention_nobody() {
    let words = &[("s", "smile"), ("u", "user")];
    for text in [":smile:", ":user:", "a:user:b", ":smile::user:", ":@user:", "_:user:_"] {
        check(text, words, &[]);
    }
    check(":@user:", USER, &[]);
    check(":smile: user", words, &["u"]);
    check("user:smile:", words, &["u"]);
    check("user:", words, &["u"]);
}

#[test]
fn words_of_ones_own() {
    let key = &[("u", "user")];
    check("user-key", key, &["u"]);
    check("user_key", key, &[]);
    check("the USER, please", key, &["u"]);
    check("@user", key, &[]);
    check_potential("@user", key, &["user"]);
    check("me@corp.com", &[("u", "com")], &["u"]);
    check("c:user", key, &["u"]);
    check("users", key, &[]);
    check("On Call", &[("u", "on call")], &[]);
    check("pay 42", &[("u", " 42 "), ("v", "  ")], &["u"]);
    check("r2-d2", &[("u", "r2-d2"), ("v", "r2")], &["u"]);
}

#[test]
fn first_names_keep_their_case() {
    check("Anna", &[("u", "!Anna")], &["u"]);
    check("anna ANNA", &[("u", "!Anna")], &[]);
    check("Anna", &[("u", "!anna")], &["u"]);
    check("Anna.", &[("u", "!Anna"), ("v", "anna")], &["u", "v"]);
    check("x:Anna-y", &[("u", "!Anna")], &["u"]);
}

#[test]
fn scripts_without_spaces() {
    check("私の山田さん", &[("u", "山田")], &["u"]);
    check("山田", &[("u", "山田"), ("v", "田"), ("w", "山")], &["u"]);
    check("大山田", &[("u", "山田"), ("v", "田"), ("w", "山川")], &["u", "v"]);
    check("안녕하세요", &[("u", "하세")], &["u"]);
    check("请@user看", USER, &[]);
    check("请 @user，看", USER, &["u"]);
    check("山`田`", &[("u", "山田")], &[]);
    check("山田-user", &[("u", "user"), ("v", "山")], &["u", "v"]);
    check("用户abc", &[("u", "abc")], &[]);
}

#[test]
fn other_scripts() {
    check("Привіт, Олено!", &[("u", "олено")], &["u"]);
    check("привіт", &[("u", "рив")], &["u"]);
    check("ПРИВІТ-усім", &[("u", "привіт")], &["u"]);
    // Inside a word, the keyword is compared with the text as it was typed.
    check("ПРИВІТИК", &[("u", "привіт")], &[]);
    check("Надіслано Маріямі", &[("u", "!Марія")], &["u"]);
    check("مرحبا @user، كيف", USER, &["u"]);
    check("مرحبا", &[("u", "مرحبا")], &["u"]);
    check("RENÉ!", &[("u", "rené")], &["u"]);
    check("@user😀 👩‍💻@user", USER, &["u"]);
    check("ship 🚀", &[("u", "🚀")], &[]);
    check("ΟΔΟΣ.", &[("u", "οδος")], &["u"]);
}

#[test]
fn a_combining_mark_ends_a_word() {
    check("rene\u{301}", &[("u", "rene"), ("v", "rené")], &["u"]);
    check("@user\u{301}", USER, &["u"]);
    check("e\u{301}a", &[("u", "e\u{301}")], &[]);
}

#[test]
fn potential_names() {
    check_potential("@anna @Bob. @bob @cy: @dee- @e_", &[], &["anna", "bob", "cy", "dee", "e_"]);
    check_potential("@anna..", &[], &["anna."]);
    check_potential("@ @@ mail@host x.@fay", &[], &["@", "fay"]);
    let longest = "n".repeat(64);
    check_potential(&format!("@{longest} @{longest}n"), &[], &[&longest]);
}

#[test]
fn all_texts_of_a_post() {
    let mentions = find_in(&["`a", "@user` @x", "", "@y @x"], USER);
    assert_eq!(mentions.targets.into_keys().collect::<Vec<_>>(), ["u"]);
    assert_eq!(mentions.potential, ["x", "y"]);
}
