//! Failover plans: the reference and the entity. Neither says in what state a plan is.

use super::element::Element;
use crate::world::{Machine, Plan};

/// Where a reference says that it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PlanHref {
    /// At the plan.
    Plan,
    /// At `/managedServers/{plan id}`, where nothing is: so the query service answers, and only
    /// the `Alternate` link leads to the plan.
    ManagedServer,
}

/// A reference; `name` is `Ref` in lists and `EntityRef` alone.
pub(crate) fn plan_reference(
    name: &'static str,
    base: &str,
    plan: &Plan,
    href: PlanHref,
) -> Element {
    let own = format!("{base}/api/failoverPlans/{}", plan.id);
    let alternate = Element::link("Alternate", format!("{own}?format=Entity"))
        .with("Name", plan.name.as_str())
        .with("Type", "FailoverPlan");
    let href = match href {
        PlanHref::Plan => own,
        PlanHref::ManagedServer => format!("{base}/api/managedServers/{}", plan.id),
    };
    head(name, "FailoverPlanReference", href, plan)
        .child(Element::links(vec![server_link(base, plan), alternate]))
}

/// The entity.
pub(crate) fn plan(base: &str, plan: &Plan) -> Element {
    let own = format!("{base}/api/failoverPlans/{}", plan.id);
    let reference = |relation| {
        Element::link(relation, own.clone())
            .with("Name", plan.name.as_str())
            .with("Type", "FailoverPlanReference")
    };
    // Start and Undo are shown together, whatever the state: the server does the same.
    let links = vec![
        server_link(base, plan),
        reference("Alternate"),
        reference("Edit"),
        Element::link("Start", format!("{own}?action=start")),
        Element::link("Undo", format!("{own}?action=undo")),
    ];
    let machines = plan.machines.iter().map(|vm| machine(&own, vm)).collect();
    let info = Element::new("FailoverPlanInfo").child(Element::list(
        "Includes",
        "FailoveredVms",
        machines,
    ));
    let entity = head("FailoverPlan", "FailoverPlan", format!("{own}?format=Entity"), plan)
        .child(Element::links(links));
    match &plan.description {
        Some(text) => entity.child(Element::value("Description", text.as_str())).child(info),
        None => entity.child(info),
    }
}

/// The list of entities.
pub(crate) fn plans(items: Vec<Element>) -> Element {
    Element::list("FailoverPlans", "FailoverPlans", items)
}

fn head(name: &'static str, kind: &str, href: String, plan: &Plan) -> Element {
    Element::new(name)
        .with("Type", kind)
        .with("Href", href)
        .with("Name", plan.name.as_str())
        .with("UID", plan.uid())
}

fn server_link(base: &str, plan: &Plan) -> Element {
    Element::link("Up", format!("{base}/api/backupServers/{}", plan.server.id))
        .with("Name", plan.server.name.as_str())
        .with("Type", "BackupServerReference")
}

fn machine(plan_href: &str, machine: &Machine) -> Element {
    Element::new("FailoveredVm")
        .with("Type", "FailoveredVm")
        .with("Href", format!("{plan_href}/includes/{}", machine.id))
        .child(Element::value("FailoveredVmId", machine.id.as_str()))
        .child(Element::value("HierarchyObjRef", machine.hierarchy_ref.as_str()))
        .child(Element::value("Name", machine.name.as_str()))
        .child(Element::value("DisplayName", machine.display_name.as_str()))
        .child(Element::value("Order", machine.order))
}
