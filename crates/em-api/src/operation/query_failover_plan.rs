//! `GET /api/query?type=FailoverPlan&filter=…`: names the failover plans of one name.

use std::fmt::Write;

use super::{AnswerError, Operation, Resend, document, unreadable};
use crate::protocol::{Media, Method, PlanRef, Request, Response};

/// Asks the query service for failover plans by name (reference page *query*), for servers on
/// which the plain collection is missing.
///
/// Several plans may have the name, on several backup servers; how the server compares names is
/// not documented, so the caller compares again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryFailoverPlan {
    /// The name of the plan.
    pub name: String,
}

impl Operation for QueryFailoverPlan {
    const NAME: &'static str = "query_failover_plan";
    const RESEND: Resend = Resend::Read;
    type Answer = Vec<PlanRef>;

    fn request(&self, media: Media) -> Request {
        // A quote within the value is doubled, by the grammar of filters.
        let filter = format!("Name==\"{}\"", self.name.replace('"', "\"\""));
        let target = format!("/api/query?type=FailoverPlan&filter={}", percent_encode(&filter));
        Request::new(Method::Get, target, media)
    }

    fn answer(&self, response: &Response) -> Result<Vec<PlanRef>, AnswerError> {
        let list = document(Self::NAME, response, &[200], "QueryResult")?;
        PlanRef::read_all(&list).map_err(|reason| unreadable(Self::NAME, response, reason))
    }
}

/// Encodes all but the characters that RFC 3986 leaves alone everywhere.
fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() * 3);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_escapes_from_the_filter() {
        let cases = [
            ("SQL Plan", "Name%3D%3D%22SQL%20Plan%22"),
            ("a\";Name!=\"b", "Name%3D%3D%22a%22%22%3BName%21%3D%22%22b%22"),
            ("a&page=2#%\r\n", "Name%3D%3D%22a%26page%3D2%23%25%0D%0A%22"),
            ("Ä", "Name%3D%3D%22%C3%84%22"),
        ];
        for (name, filter) in cases {
            let request = QueryFailoverPlan { name: name.to_owned() }.request(Media::Xml);
            assert_eq!(request.target, format!("/api/query?type=FailoverPlan&filter={filter}"));
        }
    }
}
