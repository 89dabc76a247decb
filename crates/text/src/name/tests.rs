use super::NameError::{Malformed, Reserved, TooLong, TooShort};
use super::*;

type Rule = fn(&str) -> Result<(), NameError>;

#[track_caller]
fn check(rule: Rule, expected: Result<(), NameError>, names: &[&str]) {
    for name in names {
        assert_eq!(rule(name), expected, "{name:?}");
    }
}

#[test]
fn usernames() {
    check(check_username, Ok(()), &["a", "1", ".", "-a_b.c9", &"a".repeat(64), "here", "alla"]);
    check(check_username, Err(TooShort), &[""]);
    check(check_username, Err(TooLong), &[&"a".repeat(65), &"ї".repeat(33)]);
    check(check_username, Err(Malformed), &["Anna", "a b", "a:b", "олена", "a@b", "a+b"]);
    check(check_username, Err(Reserved), &["all", "channel", "matterbot", "system"]);
}

#[test]
fn remote_usernames() {
    check(check_remote_username, Ok(()), &["anna:site", "anna"]);
    check(check_remote_username, Err(TooShort), &[""]);
    check(check_remote_username, Err(TooLong), &[&"a".repeat(65)]);
    check(check_remote_username, Err(Malformed), &["Anna:site", "a/b"]);
    check(check_remote_username, Err(Reserved), &["all"]);
}

#[test]
fn group_names() {
    check(check_group_name, Ok(()), &["a", "1", ".", "-a_b.c9", "system", &"a".repeat(64)]);
    check(check_group_name, Err(TooShort), &[""]);
    check(check_group_name, Err(TooLong), &[&"a".repeat(65)]);
    check(check_group_name, Err(Malformed), &["Crew", "a b", "a:b", "екіпаж", "a@b"]);
    check(check_group_name, Err(Reserved), &["all", "channel", "here"]);
}

#[test]
fn team_names() {
    check(check_team_name, Ok(()), &["ab", "42", "a-b", "a--b", &"a".repeat(64), "a__b"]);
    check(check_team_name, Err(TooShort), &["", "a", "-"]);
    check(check_team_name, Err(TooLong), &[&"a".repeat(65), &"admin".repeat(20)]);
    check(
        check_team_name,
        Err(Malformed),
        &["-ab", "ab-", "aB", "a_b", "a b", "команда", "__", "a__", "__b", "a-a__b", "a__b__c"],
    );
    check(check_team_name, Err(Malformed), &["a___b", "ab_"]);
    check(check_team_name, Err(Reserved), &["api", "apis", "Plugins".to_lowercase().as_str()]);
    check(check_team_name, Err(Reserved), &RESERVED_TEAM_STARTS);
    check(check_team_name, Ok(()), &["my-admin", "ap"]);
}

#[test]
fn channel_names() {
    let id = "a1".repeat(13);
    let hex = "0a".repeat(20);
    check(check_channel_name, Ok(()), &["a", "town-square", "9_", "a-", &"a".repeat(64)]);
    check(check_channel_name, Err(TooShort), &[""]);
    check(check_channel_name, Err(TooLong), &[&"a".repeat(65)]);
    check(check_channel_name, Err(Malformed), &["-a", "_a", "Town", "a b", "новини", "a.b"]);
    check(check_channel_name, Err(Reserved), &[&hex, &format!("{id}__{id}")]);
    check(
        check_channel_name,
        Ok(()),
        &[&hex[1..], &format!("{hex}0"), &hex.replace('a', "g"), &format!("{id}_{id}"), "a__b"],
    );
}

#[test]
fn emoji_names() {
    check(check_emoji_name, Ok(()), &["a", "+1", "Party_Parrot-2", &"e".repeat(64)]);
    check(check_emoji_name, Err(TooShort), &[""]);
    check(check_emoji_name, Err(TooLong), &[&"e".repeat(65)]);
    check(check_emoji_name, Err(Malformed), &[":a:", "a b", "кіт", "😀", "a.b"]);
}

#[test]
fn emails() {
    let longest = format!("{}@b.co", "a".repeat(123));
    check(
        check_email,
        Ok(()),
        &["a@b", "first.last+tag@sub.example.com", "o'neil@x.ie", "олена@пошта.укр", &longest],
    );
    check(check_email, Err(TooShort), &[""]);
    check(check_email, Err(TooLong), &[&format!("a{longest}")]);
    check(
        check_email,
        Err(Malformed),
        &[
            "a",
            "@",
            "a@",
            "@b",
            "a@b@c",
            "A@b.co",
            "a@B.co",
            "Ї@b.co",
            "a b@c.co",
            "a@b.co ",
            "a\u{a0}b@c.co",
            "a\u{80}b@c.co",
            ".a@b.co",
            "a.@b.co",
            "a..b@c.co",
            "a@b..co",
            "a@.b",
            "a@b.",
            "<a@b.co>",
            "anna <a@b.co>",
            "\"a\"@b.co",
            "a(c)@b.co",
            "a@[1.2.3.4]",
            "a,b@c.co",
            "a@b.co\n",
        ],
    );
}

#[test]
fn locales() {
    check(check_locale, Ok(()), &["", "en", "uk", "fil", "pt-BR", "zh_CN", "zh-tw"]);
    check(check_locale, Err(TooLong), &["pt-BRA", "english", "zh-Hans"]);
    check(check_locale, Err(Malformed), &["e", "engl", "e-US", "en-", "-en", "en-1", "e1", "є"]);
    check(check_locale, Err(Malformed), &["en-U1", "en US", "a-b-c", "en-U"]);
}
