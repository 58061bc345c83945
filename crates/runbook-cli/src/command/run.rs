//! `runbook run`: executes a runbook.

use std::sync::Arc;

use runbook_core::event::Opened;
use runbook_core::journal::Writer;
use runbook_core::lane::Keyring;
use runbook_core::plan::Plan;
use runbook_core::run::{Input, Run};
use runbook_core::time::Timestamp;

use super::planned;
use crate::args::{RunArgs, TargetName};
use crate::execution::{self, Execution};
use crate::exit::{Exit, Failure};
use crate::locks::claim;
use crate::sealed::Sealer;
use crate::state::State;
use crate::target::Target;
use crate::{signals, terminal};

/// Plans the runbook, and runs the plan.
pub(crate) fn run(args: &RunArgs) -> Result<Exit, Failure> {
    let plan = planned(&args.runbook, &args.inputs)?;
    let Some(target) = args.target else {
        return Err(Failure::invalid("`run` needs a target").help(
            "`--target sim` runs on the embedded simulator, `--target env` on the Enterprise \
             Manager that the environment names; `plan` shows what would be done",
        ));
    };
    refuse_what_is_lacking(&plan)?;
    let (runtime, stop) = execution::runtime()?;
    runtime.block_on(execute(args, plan, target, stop))
}

/// A plan that asks for more than this version can execute is not begun: half a recovery is worse
/// than one that was refused.
fn refuse_what_is_lacking(plan: &Plan) -> Result<(), Failure> {
    let lacks = plan.lacks();
    if lacks.is_empty() {
        return Ok(());
    }
    let file = plan.source_name();
    let message = format!("this version cannot execute all of `{file}`; nothing was sent");
    Err(Failure::invalid(message)
        .help(format!("it can check and plan it, and lacks: {}", lacks.join("; "))))
}

async fn execute(
    args: &RunArgs,
    plan: Plan,
    target: TargetName,
    stop: signals::Stop,
) -> Result<Exit, Failure> {
    let target = Target::open(target).await?;
    let id = new_id();
    let state = State::find(&args.state)?;
    // Nobody else can reach the simulator of this process.
    let address = target.simulator.is_none().then_some(&*target.address);
    let mut claim = claim(&state, address, &plan, &id, &args.take_over)?;
    claim.refuse_to_repeat(&args.take_over)?;
    let folder = state.create(&id, &plan)?;
    claim.hold(&folder, &args.take_over)?;
    terminal::note(&format!("run {id}, kept in {}", folder.path().display()));
    let sealer = address.and_then(|address| Sealer::begin(&folder, address, &target.password));
    let head = head(&id, &plan, &target);
    let execution = Execution {
        run: Run::new(Arc::new(plan), target.settings.clone()),
        journal: Writer::new(folder.begin_journal()?),
        keyring: Keyring::new(&target.client.secrets()),
        sealer,
        not_before: Timestamp::from_millisecond(0),
        take_over: args.take_over.take_over,
        may_live: false,
        format: args.format,
        target,
        claim,
        folder,
    };
    execution.drive(stop, Input::Begin(head)).await
}

fn head(id: &str, plan: &Plan, target: &Target) -> Opened {
    Opened {
        run: id.to_owned(),
        engine: env!("CARGO_PKG_VERSION").to_owned(),
        runbook: plan.name().to_owned(),
        runbook_digest: plan.runbook_digest().to_owned(),
        plan_digest: plan.digest(),
        target: target.name.to_owned(),
        address: target.address.clone(),
        trust: target.trust.clone(),
    }
}

/// The time first, so that ids sort as the runs began; then chance, so that two that begin
/// together differ.
fn new_id() -> String {
    let chance = uuid::Uuid::new_v4().simple().to_string();
    let now = jiff::Timestamp::now();
    format!("{}-{}", now.strftime("%Y%m%dT%H%M%S%3fZ"), &chance[..8])
}
