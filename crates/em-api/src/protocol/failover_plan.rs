//! Failover plans: which machines, in which order. Not their condition, which EM does not tell.

use super::PlanId;
use super::link::Link;
use super::reference::plan_id;
use super::wire::Node;

/// A failover plan (reference page *failoverPlans/{ID}*).
///
/// Nothing in it says whether it was started: the links `Start` and `Undo` are shown together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailoverPlan {
    /// Its name; need not be unique across backup servers. Empty where the server gives none.
    pub name: String,
    /// `urn:veeam:FailoverPlan:` and a GUID; empty where the server gives none.
    pub uid: String,
    /// Its id.
    pub id: PlanId,
    /// Its links, `Start` and `Undo` among them.
    pub links: Vec<Link>,
    /// What people wrote about it.
    pub description: Option<String>,
    /// Its machines, in the order of the document.
    pub machines: Vec<FailoveredVm>,
}

/// A machine of a failover plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailoveredVm {
    /// Its id within the plan.
    pub id: Option<String>,
    /// Its name; empty where the server gives none.
    pub name: String,
    /// The name shown to people; empty where the server gives none.
    pub display_name: String,
    /// When it is started, counted from 0; the server's default 0 where it does not say.
    pub order: u32,
    /// Where it runs: `urn:VMware:Vm:<root>.<reference>`; empty where the server gives none.
    pub hierarchy_ref: String,
}

impl FailoverPlan {
    /// Reads a `FailoverPlan` document.
    pub(crate) fn read(node: &Node) -> Result<Self, String> {
        let links = Link::read_all(node);
        let includes = node.member("FailoverPlanInfo").and_then(|info| info.member("Includes"));
        let machines = includes.map(|list| list.items("FailoveredVm", "FailoveredVms"));
        Ok(Self {
            name: node.text_or_empty("Name"),
            uid: node.text_or_empty("UID"),
            id: plan_id(node, &links, "FailoverPlan")?,
            links,
            description: node.text("Description").map(str::to_owned),
            machines: machines
                .unwrap_or_default()
                .into_iter()
                .map(FailoveredVm::read)
                .collect::<Result<_, _>>()?,
        })
    }
}

impl FailoveredVm {
    fn read(node: &Node) -> Result<Self, String> {
        let order = node.text("Order").unwrap_or("0");
        Ok(Self {
            id: node.text("FailoveredVmId").map(str::to_owned),
            name: node.text_or_empty("Name"),
            display_name: node.text_or_empty("DisplayName"),
            order: order.parse().map_err(|_| format!("`FailoveredVm/Order` is `{order}`"))?,
            hierarchy_ref: node.text_or_empty("HierarchyObjRef"),
        })
    }
}
