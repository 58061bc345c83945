//! What a run must have to itself before it sends anything: the locks, and no open run that has
//! left an action on the same objects.

use std::collections::BTreeSet;

use runbook_core::plan::Plan;
use runbook_core::report::safe;
use runbook_core::step::{Thing, Touch};

use super::key::forms;
use super::{Holder, Key, Locks, server};
use crate::args::TakeOver;
use crate::exit::{Exit, Failure};
use crate::state::{OpenRun, RunFolder, State};

/// What a run has to itself, and whom it took that from.
#[derive(Debug, Default)]
pub(crate) struct Claim {
    /// The locks, to be held as long as the run works.
    pub(crate) locks: Locks,
    /// Runs that were taken over: those that held a lock.
    pub(crate) from: Vec<Holder>,
    /// What open runs have left on the same objects.
    pub(crate) left: Vec<Left>,
    /// Who else there may be; none for a simulator.
    beside: Option<Others>,
    /// What could not be looked at, a line each, for people.
    pub(crate) remarks: Vec<String>,
}

/// Where the other runs are, and by what they are told from this one.
#[derive(Debug)]
struct Others {
    state: State,
    /// The name of this run.
    run: String,
    /// EM's address.
    address: String,
    /// What this run works on, by kind, and whether by UID.
    forms: BTreeSet<(Thing, bool)>,
}

/// An action without an outcome, left by another run on an object that this one works on.
#[derive(Debug)]
pub(crate) struct Left {
    /// The run.
    pub(crate) run: String,
    /// The step.
    pub(crate) step: String,
    /// The object, in words.
    pub(crate) on: String,
    /// What is known of it.
    pub(crate) why: &'static str,
}

/// Claims what a plan works on, for a run. Without an address there is nothing to claim: nobody
/// else can reach the simulator of this process.
///
/// The locks come first: what is found in the folders afterwards cannot change under our eyes.
///
/// # Errors
/// Another run is in the way; the state folder cannot be used.
pub(crate) fn claim(
    state: &State,
    address: Option<&str>,
    plan: &Plan,
    run: &str,
    take_over: &TakeOver,
) -> Result<Claim, Failure> {
    let folder = state.locks()?;
    let Some(address) = address else { return Ok(Claim::default()) };
    let objects = Key::of_plan(address, plan);
    let (locks, from) = Locks::take(&folder, &objects, &Holder::this(run), take_over)?;
    let scan = state.runs_beside(run);
    let is_here = |open: &OpenRun| server(&open.address) == server(address);
    let open = scan.runs.iter().filter(|beside| is_here(beside));
    let steps = open.flat_map(|open| open.unsettled.iter().map(|step| (&open.id, step)));
    let left = steps.filter_map(|(run, step)| {
        let mut touched = step.touches.iter().map(|touch| Key::object(address, touch));
        let on = touched.find(|key| objects.contains(key))?.words().to_owned();
        Some(Left { run: run.clone(), step: step.step.clone(), on, why: step.why })
    });
    let beside = Some(Others {
        state: state.clone(),
        run: run.to_owned(),
        address: address.to_owned(),
        forms: forms(plan.steps().iter().flat_map(|step| &step.touches)),
    });
    Ok(Claim { locks, from, left: left.collect(), beside, remarks: scan.remarks })
}

/// Tells whether two runs may work on one object under two locks.
fn may_meet(ours: &BTreeSet<(Thing, bool)>, theirs: &[Touch]) -> bool {
    forms(theirs).iter().any(|(kind, by_uid)| ours.contains(&(*kind, !by_uid)))
}

impl Claim {
    /// Refuses to begin a new run where another has left an action without an outcome: a job that
    /// is run again must not act again. Of runs that are continued this is not asked: each has
    /// its own actions to settle, and two could else be in each other's way for ever.
    ///
    /// # Errors
    /// Another run has left one, and is not to be taken over.
    pub(crate) fn refuse_to_repeat(&self, take_over: &TakeOver) -> Result<(), Failure> {
        let Some(Left { run, step, on, why }) = self.left.first().filter(|_| !take_over.take_over)
        else {
            return Ok(());
        };
        let run = safe(run);
        let message = format!(
            "what became of step `{step}` of run {run} on {on} is not known: {why}; nothing was \
             sent"
        );
        Err(Failure::new(Exit::Locked, message).help(format!(
            "`runbook resume {run}` goes on with that run, `runbook report {run}` shows it; \
             `--take-over --because TEXT` begins a new one all the same, and may do twice what was \
             done"
        )))
    }

    /// Has the folder of the run to itself as well: of those who continue one run, one goes on.
    ///
    /// # Errors
    /// Another process works on the run, and is not to be taken over.
    pub(crate) fn hold(&mut self, folder: &RunFolder, take_over: &TakeOver) -> Result<(), Failure> {
        self.from.extend(self.locks.hold(folder, take_over)?);
        Ok(())
    }

    /// Returns SHA-256 of the ids of the logon sessions that other runs of this state folder have,
    /// or have left behind. Those that live work on other objects, by the locks; the others do
    /// nothing any more. A run of another machine does not count: the locks of a shared volume
    /// may hold for each machine alone. Nor does one that is open and gives by UID what this one
    /// gives by name: it may work on the same object under another lock.
    pub(crate) fn sessions_beside(&self) -> Vec<String> {
        let Some(Others { state, run, address, forms }) = &self.beside else { return Vec::new() };
        let runs = state.runs_beside(run).runs.into_iter();
        let here = runs.filter(|open| server(&open.address) == server(address));
        let here = here.filter(|open| !open.is_elsewhere && !may_meet(forms, &open.touches));
        here.flat_map(|open| open.sessions).collect()
    }

    /// Says whom it took from, and what could not be looked at, a line each.
    pub(crate) fn told(&self) -> Vec<String> {
        let from = self.from.iter().map(|holder| format!("taken over: {holder}"));
        let left = self.left.iter().map(|left| {
            let Left { run, step, on, why } = left;
            format!("not settled: step `{step}` of run {run} on {on}: {why}")
        });
        let lines = from.chain(left).chain(self.remarks.iter().cloned());
        lines.map(|line| safe(&line)).collect()
    }
}
