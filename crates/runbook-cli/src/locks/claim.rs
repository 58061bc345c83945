//! What a run must have to itself before it sends anything: the locks, and no open run that has
//! left an action on the same objects.

use std::collections::BTreeSet;

use runbook_core::plan::Plan;
use runbook_core::report::safe;

use super::{Holder, Key, Locks, server};
use crate::args::TakeOver;
use crate::exit::{Exit, Failure};
use crate::state::{OpenRun, RunFolder, State, Unsettled};

/// What a run has to itself, and whom it took that from.
#[derive(Debug, Default)]
pub(crate) struct Claim {
    /// The locks, to be held as long as the run works.
    pub(crate) locks: Locks,
    /// Runs that were taken over: those that held a lock.
    pub(crate) from: Vec<Holder>,
    /// Open runs that have left an action on the same objects, and were ruled to be no obstacle.
    pub(crate) left: Vec<OpenRun>,
    /// SHA-256 of the logon sessions that runs of this state folder have left behind: their
    /// processes are gone, and EM may still list the sessions.
    #[cfg_attr(not(test), expect(dead_code, reason = "no run lists the sessions of EM yet"))]
    pub(crate) sessions: BTreeSet<String>,
    /// What could not be looked at, a line each, for people.
    pub(crate) remarks: Vec<String>,
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
    let gone = scan.runs.iter().filter(|beside| is_here(beside) && !beside.is_alive);
    let sessions = gone.flat_map(|beside| beside.sessions.iter().cloned()).collect();
    let mut left = Vec::new();
    for open in scan.runs.into_iter().filter(is_here) {
        let found = open.unsettled.iter().find_map(|step| {
            let mut touches = step.touches.iter().map(|touch| Key::object(address, touch));
            touches.find(|key| objects.contains(key)).map(|key| (step, key))
        });
        match found {
            Some((step, key)) if !take_over.take_over => {
                let (id, what) = (safe(&open.id), key.words());
                let message = format!(
                    "what became of step `{}` of run {id} on {what} is not known: {}; nothing was \
                     sent",
                    step.step, step.why
                );
                return Err(Failure::new(Exit::Locked, message).help(format!(
                    "`runbook resume {id}` goes on with that run, `runbook report {id}` shows it; \
                     `--take-over --because TEXT` begins a new one all the same, and may do twice \
                     what was done"
                )));
            }
            Some(_) => left.push(open),
            None => {}
        }
    }
    Ok(Claim { locks, from, left, sessions, remarks: scan.remarks })
}

impl Claim {
    /// Has the folder of the run to itself as well: of those who continue one run, one goes on.
    ///
    /// # Errors
    /// Another process works on the run, and is not to be taken over.
    pub(crate) fn hold(&mut self, folder: &RunFolder, take_over: &TakeOver) -> Result<(), Failure> {
        let (key, holder) = (Key::run(&folder.id), Holder::this(&folder.id));
        self.from.extend(self.locks.take_also(folder.writer(), &key, &holder, take_over)?);
        Ok(())
    }

    /// Says whom it took from, and what could not be looked at, a line each.
    pub(crate) fn told(&self) -> Vec<String> {
        let from = self.from.iter().map(|holder| format!("taken over: {holder}"));
        let left = self.left.iter().flat_map(|open| {
            let step = |step: &Unsettled| {
                let (Unsettled { step, why, .. }, id) = (step, &open.id);
                format!("left as it is: step `{step}` of run {id}: {why}")
            };
            open.unsettled.iter().map(step)
        });
        let lines = from.chain(left).chain(self.remarks.iter().cloned());
        lines.map(|line| safe(&line)).collect()
    }
}
