//! Tasks.

use super::element::Element;

/// How a task looks from outside at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TaskView<'a> {
    /// `task-1`.
    pub(crate) id: &'a str,
    /// `Running`, `OperationFinished` or `Finished`.
    pub(crate) state: &'static str,
    /// `UndoFailoverPlan`.
    pub(crate) operation: &'static str,
    /// Its result, where it has one.
    pub(crate) outcome: Option<Outcome<'a>>,
}

/// The `Result` of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome<'a> {
    /// `Success`.
    pub(crate) success: bool,
    /// `Message`, where there is one.
    pub(crate) message: Option<&'a str>,
}

/// One task.
pub(crate) fn task(base: &str, view: &TaskView<'_>) -> Element {
    let href = format!("{base}/api/tasks/{}", view.id);
    let delete = Element::link("Delete", href.clone()).with("Type", "Task");
    let document = Element::new("Task")
        .with("Type", "Task")
        .with("Href", href)
        .child(Element::links(vec![delete]))
        .child(Element::value("TaskId", view.id))
        .child(Element::value("State", view.state))
        .child(Element::value("Operation", view.operation));
    match &view.outcome {
        Some(outcome) => {
            let result = Element::new("Result").with("Success", outcome.success);
            let message = outcome.message.map(|message| Element::value("Message", message));
            document.child(message.into_iter().fold(result, Element::child))
        }
        None => document,
    }
}

/// The tasks of a session.
pub(crate) fn tasks(items: Vec<Element>) -> Element {
    Element::list("Tasks", "Tasks", items)
}
