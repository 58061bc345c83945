//! The address of a server.

use std::fmt;

use url::{Host, Url};

use super::{ConfigError, NotSent};

/// Scheme, host and port of an EM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// Invariant: a URL with a host, and with nothing after it but `/`.
    url: Url,
}

impl Base {
    /// Reads `https://host:9398`, with or without `/` or `/api` behind it. Without a port it is
    /// that of the scheme, as everywhere else; EM itself listens on 9398.
    ///
    /// ```
    /// use em_api::client::Base;
    ///
    /// assert_eq!(Base::parse("https://em.example:9398/api/")?.to_string(), "https://em.example:9398");
    /// # Ok::<(), em_api::client::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// [`ConfigError::Base`] for what is no URL, for schemes other than `https` (and `http` to
    /// this machine), for another path, and for credentials, a query or a fragment within it.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        // No reason repeats the text: people put passwords into URLs.
        let refuse = |reason: &str| Err(ConfigError::Base { reason: reason.to_owned() });
        if !text.contains("://") {
            return refuse("it does not begin with `https://`");
        }
        let Ok(mut url) = Url::parse(text.trim()) else {
            return refuse("it is no URL such as `https://em.example:9398`");
        };
        if !url.username().is_empty() || url.password().is_some() {
            return refuse("it has credentials in it; they are configured apart from it");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return refuse("it has a query or a fragment");
        }
        if !matches!(url.path(), "" | "/" | "/api" | "/api/") {
            return refuse("it has a path other than `/api`");
        }
        match url.scheme() {
            "https" if url.host().is_some() => {}
            "http" if url.host().is_some_and(|host| is_loopback(&host)) => {}
            "http" => return refuse("it is `http`, which is taken for this machine only"),
            _ => return refuse("it is not `https`"),
        }
        url.set_path("/");
        Ok(Self { url })
    }

    /// Returns host and port as they stand in the header `Host`.
    pub(super) fn authority(&self) -> &str {
        self.url.authority()
    }

    /// Tells whether it is plain HTTP, so that no certificate is ever looked at.
    pub(super) fn is_plain(&self) -> bool {
        self.url.scheme() == "http"
    }

    /// Makes the URL of a request.
    ///
    /// A target is an argument, and `//host/path` would be taken for another host.
    pub(super) fn join(&self, target: &str) -> Result<Url, NotSent> {
        let unsendable = |reason: &str| NotSent::Unsendable { reason: reason.to_owned() };
        let url = self.url.join(target).map_err(|_| unsendable("the target is no path"))?;
        if !target.starts_with('/') || url.origin() != self.url.origin() {
            return Err(unsendable("the target leads to another server"));
        }
        Ok(url)
    }
}

impl fmt::Display for Base {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.url.as_str().trim_end_matches('/'))
    }
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_and_normalised() {
        let cases = [
            ("https://em:9398", "https://em:9398"),
            ("https://em:9398/", "https://em:9398"),
            (" https://EM.example:9398/api\n", "https://em.example:9398"),
            ("https://em:9398/api/", "https://em:9398"),
            ("https://em", "https://em"),
            ("https://[2001:db8::1]:9398", "https://[2001:db8::1]:9398"),
            ("http://127.0.0.1:9399", "http://127.0.0.1:9399"),
            ("http://localhost:1", "http://localhost:1"),
            ("http://[::1]:1", "http://[::1]:1"),
        ];
        for (text, shown) in cases {
            assert_eq!(Base::parse(text).expect(text).to_string(), shown);
        }
    }

    #[test]
    fn a_wrong_address_is_refused_without_repeating_it() {
        let wrong = [
            "http://em:9398",
            "http://localhost.example",
            "http://127.0.0.1.example",
            "ftp://em",
            "em:9398",
            "em.example",
            "",
            "https://",
            "https://user:hunter2@em:9398",
            "https://user@em:9398",
            "https://em:9398/api/tasks",
            "https://em:9398/em",
            "https://em:9398/?v=1",
            "https://em:9398/#x",
            "https://em:99999",
        ];
        for text in wrong {
            let error = Base::parse(text).expect_err(text).to_string();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn a_target_stays_on_the_server_and_as_it_is() {
        let base = Base::parse("https://em:9398").expect("a base");
        let target = "/api/query?type=FailoverPlan&filter=Name%3D%3D%22a%20b%22";
        let url = base.join(target).expect(target);
        assert_eq!(url.as_str(), format!("https://em:9398{target}"));
        for target in ["//evil/api", "/\\evil/api", "https://evil/api", "api/tasks", ""] {
            assert!(base.join(target).is_err(), "{target}");
        }
    }
}
