//! References: the short form in which collections and queries name their entities.

use super::PlanId;
use super::link::{Link, last_segment, target};
use super::wire::Node;

/// A failover plan, as a list or a query names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanRef {
    /// Its name; need not be unique across backup servers. Empty where the server gives none.
    pub name: String,
    /// `urn:veeam:FailoverPlan:` and a GUID; empty where the server gives none.
    pub uid: String,
    /// Its id: from the UID, else from the link `Alternate`, else from the address.
    pub id: PlanId,
    /// Its links: `Up` to the backup server, `Alternate` to the entity.
    pub links: Vec<Link>,
    /// Its address as the server writes it. In query results it leads nowhere.
    pub href: Option<String>,
}

impl PlanRef {
    /// Reads a list of references, complete or not at all.
    ///
    /// A list that goes on at a further page is refused: a client that looks for a plan in one
    /// page of two would call a plan missing that is there.
    pub(crate) fn read_all(list: &Node) -> Result<Vec<Self>, String> {
        let further = list.member("PagingInfo").map(Link::read_all).unwrap_or_default();
        if further.iter().any(|link| link.rel == "Next") {
            return Err("the list goes on at a further page".to_owned());
        }
        list.items("Ref", "Refs").into_iter().map(Self::read).collect()
    }

    fn read(node: &Node) -> Result<Self, String> {
        let links = Link::read_all(node);
        Ok(Self {
            name: node.text_or_empty("Name"),
            uid: node.text_or_empty("UID"),
            id: plan_id(node, &links, "Ref")?,
            href: node.text("Href").map(str::to_owned),
            links,
        })
    }
}

/// Finds the id of a plan; `element` is for the message.
pub(crate) fn plan_id(node: &Node, links: &[Link], element: &str) -> Result<PlanId, String> {
    let to_plan = |link: &&Link| link.rel == "Alternate" && in_plans(&link.href);
    let id = node
        .text("UID")
        .and_then(of_uid)
        .or_else(|| links.iter().find(to_plan).and_then(|link| last_segment(&link.href)))
        .or_else(|| node.text("Href").filter(|href| in_plans(href)).and_then(last_segment))
        .ok_or_else(|| format!("`{element}` names its plan neither by `UID` nor by `Href`"))?;
    PlanId::parse(id).map_err(|error| format!("`{element}`: {error}"))
}

/// Returns the last part of `urn:veeam:FailoverPlan:<guid>`.
fn of_uid(uid: &str) -> Option<&str> {
    let (start, id) = uid.rsplit_once(':')?;
    start.eq_ignore_ascii_case("urn:veeam:FailoverPlan").then_some(id)
}

fn in_plans(href: &str) -> bool {
    let path = target(href).unwrap_or_default().to_ascii_lowercase();
    path.starts_with("/api/failoverplans/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Response, wire};

    fn ids(json: &str) -> Result<Vec<String>, String> {
        let response = Response { status: 200, headers: vec![], body: json.as_bytes().to_vec() };
        let plans = PlanRef::read_all(&wire::read(&response, "EntityReferences")?)?;
        Ok(plans.into_iter().map(|plan| plan.id.to_string()).collect())
    }

    #[test]
    fn the_id_is_taken_from_where_it_is_right() {
        let cases = [
            (
                r#"[{"UID":"urn:veeam:FailoverPlan:a","Href":"https://em/api/managedServers/x"}]"#,
                "a",
            ),
            (
                r#"[{"Href":"https://em/api/managedServers/x","Links":[{"Rel":"Alternate","Href":"https://em/api/failoverPlans/b?format=Entity"}]}]"#,
                "b",
            ),
            (r#"[{"Href":"https://em/api/failoverplans/c"}]"#, "c"),
        ];
        for (json, id) in cases {
            assert_eq!(ids(json), Ok(vec![id.to_owned()]), "{json}");
        }
        for json in [
            r#"[{"Name":"p"}]"#,
            r#"[{"Href":"https://em/api/managedServers/x"}]"#,
            r#"[{"UID":"urn:veeam:Job:a"}]"#,
            r#"[{"UID":"urn:veeam:FailoverPlan:../x"}]"#,
        ] {
            assert!(ids(json).is_err(), "{json}");
        }
    }

    #[test]
    fn a_list_that_goes_on_elsewhere_is_refused() {
        let next = r#"{"Refs":{"Refs":[]},"PagingInfo":{"Links":[{"Rel":"Next","Href":"x"}]}}"#;
        assert!(ids(next).is_err());
        let last = r#"{"Refs":{"Refs":[]},"PagingInfo":{"Links":[{"Rel":"Last","Href":"x"}]}}"#;
        assert_eq!(ids(last), Ok(vec![]));
    }
}
