//! Where people are sent back to: which addresses an app may name, and what is added to them.

use url::Url;

use super::LONGEST_ADDRESS;

/// A plain address of the web, which names a host, nobody's password, and no place within a page.
fn web(text: &str) -> Option<Url> {
    let plain = text.len() <= LONGEST_ADDRESS
        && text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte));
    let url = Url::parse(text).ok().filter(|_| plain)?;
    let sound = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    sound.then_some(url)
}

/// Whether an app that somebody makes may have people sent back to an address.
pub(super) fn is_sound(text: &str) -> bool {
    web(text).is_some()
}

/// Whether an app that nobody answers for may: over an encrypted connection, or to the device itself.
pub(super) fn is_guarded(text: &str) -> bool {
    web(text).is_some_and(|url| {
        let here = matches!(url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"));
        url.scheme() == "https" || here
    })
}

/// An address with more in its query; what stands there stays.
pub(super) fn with(address: &str, pairs: &[(&str, &str)]) -> Option<String> {
    let mut url = web(address)?;
    for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        url.query_pairs_mut().append_pair(name, value);
    }
    Some(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_addresses_of_the_web_and_no_others() {
        for sound in ["https://a.example/cb", "http://10.0.0.7:9/cb?x=1", "http://localhost/"] {
            assert!(is_sound(sound), "{sound}");
        }
        let long = format!("https://a.example/{}", "x".repeat(LONGEST_ADDRESS));
        for unsound in [
            "",
            "/cb",
            "javascript:alert(1)",
            "data:text/html,x",
            "ftp://a.example/",
            "https://",
            "https://a.example/#here",
            "https://a.example/#",
            "https://me@a.example/",
            "https://me:secret@a.example/",
            "https://a.example/ b",
            "https://a.example\\@b.example/",
            "https://a.example/\u{e9}",
            "https://a.example/\r\nLocation:x",
            &long,
        ] {
            assert!(!is_sound(unsound), "{unsound}");
        }
    }

    #[test]
    fn whoever_registers_by_themselves_is_kept_off_open_wires() {
        assert!(is_guarded("https://a.example/cb"));
        assert!(is_guarded("http://127.0.0.1:9/cb"));
        assert!(is_guarded("http://[::1]:9/cb"));
        assert!(!is_guarded("http://a.example/cb"));
        assert!(!is_guarded("http://127.0.0.1.a.example/cb"));
    }

    #[test]
    fn what_stands_in_the_query_stays() {
        let pairs = [("code", "c"), ("state", "a b&c"), ("none", "")];
        let address = with("https://a.example/cb?x=1", &pairs).unwrap();
        assert_eq!(address, "https://a.example/cb?x=1&code=c&state=a+b%26c");
        assert_eq!(with("javascript:x", &pairs), None);
    }
}
