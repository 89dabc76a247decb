//! Where a site can be called: by UDP, through the web, or both.

use url::Url;

/// The longest text that names where a site can be called, in bytes.
const LONGEST: usize = 255;

/// Where a site can be called. Whoever calls prefers UDP.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Addresses {
    /// Where it is called by UDP, each as `host:port`.
    pub udp: Vec<String>,
    /// Where it is called through the web, without a slash at the end.
    pub web: Vec<Url>,
}

impl Addresses {
    /// Reads what an administrator wrote: addresses such as `hq.example:8066` and
    /// `https://hq.example`, with commas between them. Nothing if one of them is none, or none is
    /// there.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let mut all = Self::default();
        for one in text.split(',').map(str::trim) {
            match one.split_once("://") {
                Some((scheme, rest)) => all.web.push(web(scheme, rest)?),
                None => all.udp.push(udp(one)?),
            }
        }
        Some(all)
    }
}

fn udp(text: &str) -> Option<String> {
    let (host, port) = text.rsplit_once(':')?;
    let port = port.parse::<u16>().ok()?;
    let is_host = !host.is_empty() && !host.contains(|c: char| c.is_whitespace() || c == '/');
    (is_host && port > 0).then(|| text.to_owned())
}

/// Somebody may say `wss` for what is `https`, since a WebSocket goes through it.
fn web(scheme: &str, rest: &str) -> Option<Url> {
    let scheme = match scheme.to_ascii_lowercase().as_str() {
        "https" | "wss" => "https",
        "http" | "ws" => "http",
        _ => return None,
    };
    if rest.contains(char::is_whitespace) {
        return None;
    }
    let url = Url::parse(&format!("{scheme}://{}", rest.trim_end_matches('/'))).ok()?;
    let is_bare = url.username().is_empty() && url.password().is_none();
    let is_whole = url.query().is_none() && url.fragment().is_none();
    (is_bare && is_whole && url.has_host()).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_is_called_by_udp_or_through_the_web_or_both() {
        for udp in ["10.0.0.1:8066", "hq.example:1", "[::1]:8066"] {
            assert_eq!(Addresses::parse(udp).unwrap().udp, [udp]);
        }
        let both = Addresses::parse("hq.example:8066, https://hq.example/chat/").unwrap();
        assert_eq!(both.udp, ["hq.example:8066"]);
        assert_eq!(both.web[0].as_str(), "https://hq.example/chat");
        for (text, url) in [
            ("wss://hq.example", "https://hq.example/"),
            ("WS://hq.example:8065", "http://hq.example:8065/"),
            ("http://[::1]:8065", "http://[::1]:8065/"),
        ] {
            assert_eq!(Addresses::parse(text).unwrap().web[0].as_str(), url);
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("https://{}", "h".repeat(LONGEST));
        for bad in [
            "",
            "hq",
            "hq:",
            ":8066",
            "hq:0",
            "hq:x",
            "h q:1",
            "hq/x:1",
            "hq:1,",
            "hq:1,,hq:2",
            "ftp://hq",
            "https://",
            "https://ada:secret@hq",
            "https://hq?x=1",
            "https://hq#x",
            "https://h q",
            &long,
        ] {
            assert_eq!(Addresses::parse(bad), None, "{bad}");
        }
    }
}
