//! Links: where the server says the next thing is.

use std::fmt;

use super::session::hide_session;
use super::wire::Node;

/// A link of a document.
///
/// Links are how EM wants to be walked: its own examples hold an `Href` that leads nowhere
/// (query results name plans under `managedServers`), with the right one in the link `Alternate`.
#[derive(Clone, PartialEq, Eq)]
pub struct Link {
    /// What the link is for: `Up`, `Down`, `Alternate`, `Related`, `Delete`, `Start`, `Undo`, …
    pub rel: String,
    /// The address as the server wrote it. Not for sending: see [`Link::target`].
    pub href: String,
    /// The type of what is linked to, `Type` on the wire; often absent.
    pub kind: Option<String>,
    /// The name of what is linked to.
    pub name: Option<String>,
}

impl Link {
    /// Returns path and query of the link, to be asked of the configured server.
    ///
    /// The host is dropped: it is the name the server has for itself, and a client that follows
    /// it would carry its session to whatever host an answer names. The rest must start with
    /// `/api/` and must not climb.
    ///
    /// ```
    /// use em_api::protocol::Link;
    ///
    /// let href = "https://srv12.tech.local:9398/api/tasks/task-1".to_owned();
    /// let link = Link { rel: "Delete".to_owned(), href, kind: None, name: None };
    /// assert_eq!(link.target().as_deref(), Some("/api/tasks/task-1"));
    /// ```
    pub fn target(&self) -> Option<String> {
        target(&self.href)
    }

    /// Reads the links of a document; one without an address is no link.
    pub(crate) fn read_all(document: &Node) -> Vec<Self> {
        let links = document.member("Links").map(|links| links.items("Link", "Links"));
        links.unwrap_or_default().into_iter().filter_map(Self::read).collect()
    }

    fn read(node: &Node) -> Option<Self> {
        Some(Self {
            rel: node.text_or_empty("Rel"),
            href: node.text("Href")?.to_owned(),
            kind: node.text("Type").map(str::to_owned),
            name: node.text("Name").map(str::to_owned),
        })
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Link")
            .field("rel", &self.rel)
            .field("href", &hide_session(&self.href))
            .field("kind", &self.kind)
            .field("name", &self.name)
            .finish()
    }
}

/// Re-roots an address, see [`Link::target`].
pub(crate) fn target(href: &str) -> Option<String> {
    let path = match href.split_once("://") {
        Some((scheme, rest)) if is_web(scheme) => &rest[rest.find('/')?..],
        _ => href,
    };
    let path = path.split('#').next().unwrap_or_default();
    let plain = path.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'\\' | b'<' | b'>'));
    let below_api = path.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("/api/"));
    (plain && below_api && !climbs(path)).then(|| path.to_owned())
}

/// Returns the last segment of the path of an address.
pub(crate) fn last_segment(href: &str) -> Option<&str> {
    let path = href.split(['?', '#']).next()?;
    path.rsplit('/').next().filter(|segment| !segment.is_empty())
}

fn is_web(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http")
}

/// Dots may hide behind percent signs, and servers differ in when they look.
fn climbs(path: &str) -> bool {
    let path = path.to_ascii_lowercase().replace("%2e", ".");
    path.contains("..") || path.contains("%5c") || path.contains("%25")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_never_leads_to_another_server_or_out_of_the_api() {
        let cases = [
            ("https://em:9398/api/tasks/task-1", Some("/api/tasks/task-1")),
            ("HTTPS://10.0.0.1/API/tasks", Some("/API/tasks")),
            ("/api/tasks?format=Entity", Some("/api/tasks?format=Entity")),
            (
                "https://em/api/query?type=Task&filter=a%3D%3Db#x",
                Some("/api/query?type=Task&filter=a%3D%3Db"),
            ),
            ("https://em:9398/", None),
            ("https://em:9398", None),
            ("https://em/apix/tasks", None),
            ("https://em/api", None),
            ("https://em/api/../admin", None),
            ("https://em/api/%2e%2E/admin", None),
            ("https://em/api/%252e%252e/admin", None),
            ("https://em/api/..%5cadmin", None),
            ("https://em/api\\..\\admin", None),
            ("https://em/api/tasks\r\nX: y", None),
            ("https://em/api/a b", None),
            ("//evil/api/tasks", None),
            ("file:///api/tasks", None),
            ("api/tasks", None),
            ("", None),
            ("https://em/äpi/", None),
        ];
        for (href, wanted) in cases {
            assert_eq!(target(href).as_deref(), wanted, "{href}");
        }
    }
}
