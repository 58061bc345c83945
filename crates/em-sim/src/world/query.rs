//! The query service over failover plans: filter, pages, and its wrong addresses.

use super::plans::Plan;
use super::route::Query;
use super::{Refusal, World};
use crate::document::{self, Element, PlanHref};

/// The size of a page where the query names none, and the largest one.
const PAGE: usize = 100;
const LARGEST_PAGE: usize = 2000;

impl World {
    /// Answers `GET /query`.
    pub(super) fn query(&self, query: &Query) -> Result<Element, Refusal> {
        let kind = query.get("type").unwrap_or_default();
        if !kind.eq_ignore_ascii_case("FailoverPlan") {
            return Err(Refusal::new(400, format!("The type '{kind}' cannot be queried.")));
        }
        let filter = query.get("filter").map(Filter::parse).transpose()?;
        let size = number(query, "pageSize", PAGE)?.min(LARGEST_PAGE);
        let page = number(query, "page", 1)?;
        let found: Vec<&Plan> =
            self.plans().filter(|plan| filter.as_ref().is_none_or(|f| f.matches(plan))).collect();
        let pages = found.len().div_ceil(size);
        let here = found.into_iter().skip(page.saturating_sub(1).saturating_mul(size)).take(size);
        let list = if query.wants_entities() {
            let items = here.map(|plan| document::plan(&self.base, plan)).collect();
            Element::new("Entities").child(document::plans(items))
        } else {
            let reference =
                |plan| document::plan_reference("Ref", &self.base, plan, PlanHref::ManagedServer);
            Element::list("Refs", "Refs", here.map(reference).collect())
        };
        Ok(document::query_result(list, page, size, pages, |page| {
            format!("{}/api/query?{}", self.base, query.with_page(size, page))
        }))
    }
}

fn number(query: &Query, name: &str, default: usize) -> Result<usize, Refusal> {
    match query.get(name).map(str::parse) {
        None => Ok(default),
        Some(Ok(number)) if number > 0 => Ok(number),
        Some(_) => Err(Refusal::new(400, format!("{name} is no page number or size."))),
    }
}

/// `Name=="a";BackupServerName=="b",UID=="c"`: a comma is «or», a semicolon is «and» and binds
/// tighter. Parentheses and comparisons by order, which plans do not need, are refused.
struct Filter(Vec<Vec<Comparison>>);

struct Comparison {
    field: String,
    equal: bool,
    value: String,
}

impl Filter {
    fn parse(text: &str) -> Result<Self, Refusal> {
        let parts = split(text, ',').into_iter();
        let parts = parts.map(|part| split(part, ';').into_iter().map(Comparison::parse).collect());
        parts.collect::<Result<_, _>>().map(Self)
    }

    fn matches(&self, plan: &Plan) -> bool {
        self.0.iter().any(|all| all.iter().all(|one| one.matches(plan)))
    }
}

/// Splits outside of quotes. A doubled quote inside closes and opens again, which is the same.
fn split(text: &str, separator: char) -> Vec<&str> {
    let mut quoted = false;
    text.split(move |c: char| {
        quoted ^= c == '"';
        !quoted && c == separator
    })
    .collect()
}

impl Comparison {
    fn parse(text: &str) -> Result<Self, Refusal> {
        let bad = || Refusal::new(400, format!("The filter '{text}' cannot be read."));
        let at = text.find(['=', '!']).ok_or_else(bad)?;
        let (field, rest) = text.split_at(at);
        let equal = rest.starts_with("==");
        let value = rest.strip_prefix("==").or_else(|| rest.strip_prefix("!=")).ok_or_else(bad)?;
        let value = unquote(value.trim()).ok_or_else(bad)?;
        let field = field.trim().to_owned();
        let known = ["uid", "name", "description", "backupserveruid", "backupservername"];
        if !known.contains(&field.to_ascii_lowercase().as_str()) {
            return Err(Refusal::new(400, format!("The field '{field}' is not known.")));
        }
        Ok(Self { field, equal, value })
    }

    fn matches(&self, plan: &Plan) -> bool {
        let same = plan.field(&self.field).is_some_and(|held| held == self.value);
        same == self.equal
    }
}

/// Takes the quotes off; a word without quotes loses its spaces, as on real servers.
fn unquote(text: &str) -> Option<String> {
    let Some(inner) = text.strip_prefix('"') else {
        let plain = !text.contains(['"', '(', ')']) && !text.is_empty();
        return plain.then(|| text.replace(' ', ""));
    };
    let inner = inner.strip_suffix('"')?;
    let single = inner.replace("\"\"", "");
    (!single.contains('"')).then(|| inner.replace("\"\"", "\""))
}

#[cfg(test)]
mod tests {
    use em_api::protocol::PlanId;

    use super::*;

    #[test]
    fn filters_are_read_as_documented() {
        let plan = Plan::new(PlanId::parse("p1").expect("an id"), "A, \"B\"; C", &[]);
        let cases = [
            ("Name==\"A, \"\"B\"\"; C\"", Some(true)),
            ("name!=\"x\"", Some(true)),
            ("Name==\"x\",UID==\"urn:veeam:FailoverPlan:p1\"", Some(true)),
            ("Name==\"x\";UID==\"urn:veeam:FailoverPlan:p1\"", Some(false)),
            ("UID==urn:veeam:FailoverPlan:p1", Some(true)),
            ("UID==urn: veeam:FailoverPlan:p1", Some(true)),
            ("Description==\"\"", Some(true)),
            ("", None),
            ("Name", None),
            ("Name=x", None),
            ("Name==", None),
            ("Name==\"x", None),
            ("(Name==x)", None),
            ("Colour==red", None),
        ];
        for (text, expected) in cases {
            let matches = Filter::parse(text).ok().map(|filter| filter.matches(&plan));
            assert_eq!(matches, expected, "{text}");
        }
    }
}
