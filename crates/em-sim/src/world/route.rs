//! Where a request goes: path segments and the query, as the server understands them.

use std::fmt::Write as _;

use em_api::protocol::Method;

/// A resource of this server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    Entry,
    Logon,
    LogonSessions,
    LogonSession(String),
    Tasks,
    Task(String),
    Plans,
    Plan(String),
    Query,
}

impl Route {
    /// Finds the resource of a path; segments match case-insensitively, as on real servers.
    pub(super) fn of(path: &str) -> Option<Self> {
        let segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let (first, rest) = segments.split_first()?;
        if !first.eq_ignore_ascii_case("api") {
            return None;
        }
        match rest {
            [] => Some(Self::Entry),
            [collection] => Self::collection(collection),
            [collection, id] => Self::member(collection, (*id).to_owned()),
            _ => None,
        }
    }

    fn collection(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "sessionmngr" => Some(Self::Logon),
            "logonsessions" => Some(Self::LogonSessions),
            "tasks" => Some(Self::Tasks),
            "failoverplans" => Some(Self::Plans),
            "query" => Some(Self::Query),
            _ => None,
        }
    }

    fn member(collection: &str, id: String) -> Option<Self> {
        match collection.to_ascii_lowercase().as_str() {
            "logonsessions" => Some(Self::LogonSession(id)),
            "tasks" => Some(Self::Task(id)),
            "failoverplans" => Some(Self::Plan(id)),
            _ => None,
        }
    }

    /// Tells whether the resource knows the method.
    pub(super) const fn takes(&self, method: Method) -> bool {
        match self {
            Self::Entry | Self::LogonSessions | Self::Tasks | Self::Plans | Self::Query => {
                matches!(method, Method::Get)
            }
            Self::Logon => matches!(method, Method::Post),
            Self::LogonSession(_) | Self::Task(_) => {
                matches!(method, Method::Get | Method::Delete)
            }
            Self::Plan(_) => matches!(method, Method::Get | Method::Post | Method::Put),
        }
    }
}

/// Path and query of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) path: String,
    pub(super) query: Query,
}

impl Target {
    /// Splits what stands in the request line; an address with scheme and host is taken too.
    pub(super) fn parse(target: &str) -> Self {
        let local = match target.split_once("://") {
            Some((_, rest)) => rest.find('/').map_or("/", |slash| &rest[slash..]),
            None => target,
        };
        let (path, query) = local.split_once('?').unwrap_or((local, ""));
        Self { path: path.to_owned(), query: Query::parse(query) }
    }
}

/// The parameters of a query, decoded, in the order sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Query(pub(super) Vec<(String, String)>);

impl Query {
    fn parse(text: &str) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        Self(
            pairs
                .map(|pair| {
                    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                    (decode(name), decode(value))
                })
                .collect(),
        )
    }

    /// Returns the first parameter of this name, in any case.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let wanted = |(key, _): &&(String, String)| key.eq_ignore_ascii_case(name);
        self.0.iter().find(wanted).map(|(_, value)| value.as_str())
    }

    /// Tells whether `format` asks for entities: `Entity` in collections, `Entities` in queries.
    pub(super) fn wants_entities(&self) -> bool {
        self.get("format").is_some_and(|format| {
            format.eq_ignore_ascii_case("Entity") || format.eq_ignore_ascii_case("Entities")
        })
    }

    /// Writes the query anew for another page; the size is written even if nobody asked for it.
    pub(super) fn with_page(&self, size: usize, page: usize) -> String {
        let of_page =
            |name: &str| name.eq_ignore_ascii_case("pageSize") || name.eq_ignore_ascii_case("page");
        let kept = self.0.iter().filter(|(name, _)| !of_page(name));
        let mut pairs: Vec<String> =
            kept.map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
        pairs.push(format!("pageSize={size}&page={page}"));
        pairs.join("&")
    }
}

/// Undoes percent-encoding; what is not encoded rightly stays as it is.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        let escaped = (byte == b'%').then(|| hex(tail)).flatten();
        match (byte, escaped) {
            (_, Some(value)) => {
                bytes.push(value);
                rest = &tail[2..];
            }
            (b'+', None) => bytes.push(b' '),
            (other, None) => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(digits: &[u8]) -> Option<u8> {
    let digit = |at: usize| digits.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    u8::try_from(digit(0)? * 16 + digit(1)?).ok()
}

fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(byte));
        } else {
            // Lower-case digits, as real servers echo them.
            let _ = write!(out, "%{byte:02x}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_match_in_any_case() {
        let cases = [
            ("/api", Some(Route::Entry)),
            ("/api/", Some(Route::Entry)),
            ("/API/SessionMngr/", Some(Route::Logon)),
            ("/api/logonsessions/a", Some(Route::LogonSession("a".to_owned()))),
            ("/api/FailoverPlans", Some(Route::Plans)),
            ("/api/failoverPlans/a", Some(Route::Plan("a".to_owned()))),
            ("/api/failoverPlans/a/includes", None),
            ("/", None),
            ("", None),
            ("/tasks", None),
            ("/api/query/a", None),
        ];
        for (path, route) in cases {
            assert_eq!(Route::of(path), route, "{path}");
        }
    }

    #[test]
    fn a_target_is_taken_apart() {
        let target = Target::parse(
            "https://em:9398/api/query?type=FailoverPlan&FILTER=Name%3D%3D%22a+b%22&bad=%zz%4",
        );
        assert_eq!(target.path, "/api/query");
        assert_eq!(target.query.get("Type"), Some("FailoverPlan"));
        assert_eq!(target.query.get("filter"), Some("Name==\"a b\""));
        assert_eq!(target.query.get("bad"), Some("%zz%4"));
        assert!(
            target
                .query
                .with_page(9, 2)
                .ends_with("FILTER=Name%3d%3d%22a%20b%22&bad=%25zz%254&pageSize=9&page=2")
        );
        assert_eq!(Target::parse("https://em").path, "/");
        assert_eq!(
            Target::parse("/api/query?filter=Name==\"x\"").query.get("filter"),
            Some("Name==\"x\"")
        );
    }
}
