//! Remarks that the author has accepted are taken out, and kept with their reasons.

use super::View;
use super::all::Accepted;
use crate::problem::{Code, Problem, Problems};
use crate::runbook::{Allow, Step};
use crate::text::Span;

/// Takes the accepted remarks out and returns them. An acceptance that nothing needs is noted.
pub(super) fn check(view: &View<'_>, problems: &mut Problems) -> Vec<Accepted> {
    let mut used = Used { everywhere: vec![false; view.runbook.allow.len()], ..Used::default() };
    let own = view.runbook.steps.iter().filter(|step| !step.allow.is_empty());
    let own: Vec<_> = own.map(|step| (step, vec![false; step.allow.len()])).collect();
    used.own = own;
    let mut accepted = Vec::new();
    problems.retain(|problem| {
        let place = problem.labels.first().map_or_else(Span::default, |label| label.span);
        let Some(allow) = used.find(&view.runbook.allow, problem.code, place) else { return true };
        accepted.push(Accepted {
            code: problem.code,
            message: problem.message.clone(),
            reason: allow.reason.clone(),
            place,
        });
        false
    });
    problems.extend(used.unused(&view.runbook.allow));
    accepted
}

/// Which acceptances a remark has needed.
#[derive(Default)]
struct Used<'a> {
    own: Vec<(&'a Step, Vec<bool>)>,
    everywhere: Vec<bool>,
}

impl<'a> Used<'a> {
    /// Finds the acceptance for a remark: that of the step in which it stands, else that of the
    /// whole runbook.
    fn find(&mut self, everywhere: &'a [Allow], code: Code, place: Span) -> Option<&'a Allow> {
        // Steps stand in the order of the file, and the last that starts before the place may
        // hold it.
        let holds = self.own.partition_point(|(step, _)| step.body.start <= place.start);
        let own = holds.checked_sub(1).map(|at| &mut self.own[at]);
        if let Some((step, used)) = own.filter(|(step, _)| place.start < step.body.end)
            && let Some(at) = step.allow.iter().position(|allow| allow.code == code)
        {
            used[at] = true;
            return Some(&step.allow[at]);
        }
        let at = everywhere.iter().position(|allow| allow.code == code)?;
        self.everywhere[at] = true;
        Some(&everywhere[at])
    }

    fn unused(&self, everywhere: &[Allow]) -> Vec<Problem> {
        let own = self.own.iter().flat_map(|(step, used)| step.allow.iter().zip(used));
        let all = own.chain(everywhere.iter().zip(&self.everywhere));
        all.filter(|(_, used)| !**used).map(|(allow, _)| unused(allow)).collect()
    }
}

fn unused(allow: &Allow) -> Problem {
    let message = format!("`{}` is accepted here, and nothing is said of it", allow.code.name());
    Problem::new(Code::AllowUnused, message, allow.place, "not needed")
        .help("take it out, so that a remark that comes later is seen")
}
