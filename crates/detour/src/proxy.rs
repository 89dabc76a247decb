//! Which proxy the way leads through.

use std::fmt;

use http::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};

/// Through which proxy others are reached, if any.
pub struct Proxy(Option<Matcher>);

impl fmt::Debug for Proxy {
    /// Without the password that may be in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Proxy(..)" } else { "Proxy(none)" })
    }
}

impl Proxy {
    /// As an operator says it: `http://[name:password@]host:port`, `none`, or nothing for what the
    /// environment of the process says (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`).
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "" => Ok(Self(Some(Matcher::from_env()))),
            "none" => Ok(Self(None)),
            named => {
                let is_http = named.starts_with("http://");
                let host = named.parse::<Uri>().ok().filter(|uri| uri.port().is_some());
                if !is_http || host.is_none() {
                    // What was written may hold a password, and is not repeated.
                    return Err(
                        "it must be http://HOST:PORT, with NAME:PASSWORD@ before the host if \
                                the proxy wants them, or none"
                            .to_owned(),
                    );
                }
                Ok(Self(Some(Matcher::builder().all(named).build())))
            }
        }
    }

    pub(crate) fn before(&self, uri: &Uri) -> Option<Intercept> {
        self.0.as_ref()?.intercept(uri)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn before(proxy: &str, uri: &str) -> Option<Intercept> {
        Proxy::parse(proxy).unwrap().before(&uri.parse().unwrap())
    }

    #[test]
    fn a_proxy_that_is_named_is_before_everybody() {
        for uri in ["http://hq.example/x", "https://hq.example:8443/x"] {
            let found = before("http://ada:s%3Acret@proxy.example:3128", uri).unwrap();
            assert_eq!(found.uri().host(), Some("proxy.example"));
            let expected = "Basic YWRhOnM6Y3JldA==";
            assert_eq!(found.basic_auth().unwrap().to_str().unwrap(), expected);
        }
        assert!(before("none", "https://hq.example/").is_none());
    }

    #[test]
    fn what_is_no_proxy_is_refused_and_no_password_is_shown() {
        for bad in ["proxy:3128", "socks5://proxy:1080", "http://proxy", "https://proxy:3128", "x"]
        {
            assert!(Proxy::parse(bad).is_err(), "{bad}");
        }
        let shown = format!("{:?}", Proxy::parse("http://ada:secret@proxy:3128").unwrap());
        assert!(!shown.contains("secret"), "{shown}");
    }
}
