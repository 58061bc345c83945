//! From a seed to a world, a runbook and its weather.

use std::time::Duration;

use em_api::protocol::Media;
use em_sim::{
    Action, DeleteTask, Ending, Habits, Plan as FailoverPlan, PlanState, Script, TaskNames, World,
};
use runbook_core::lane::Settings;

use super::bench::{self, Bench};
use super::books::{FAILOVER_PLANS, book};
use super::chance::Chance;
use super::network;
use super::swarm::Swarm;

/// How often each is drawn; the wide one takes as long as six others.
const BOOKS: [(&str, usize); 4] =
    [("undo-failover", 4), ("failover-and-back", 3), ("there-and-back", 4), ("wide", 1)];

/// A world with every failover plan of the runbooks, failed over.
pub(crate) fn world(seed: u64) -> World {
    let mut world = World::new(seed, bench::USER, bench::PASSWORD);
    for (name, id) in FAILOVER_PLANS.iter() {
        let plan = FailoverPlan::new(id.clone(), name, &["db01", "app01"]);
        world.add_plan(plan, PlanState::FailedOver);
    }
    world
}

/// Sets a bench up as a seed wants it.
pub(crate) fn of_seed(seed: u64) -> Bench {
    let mut chance = Chance::new(seed);
    let shelf: Vec<_> = BOOKS.iter().flat_map(|(name, n)| std::iter::repeat_n(*name, *n)).collect();
    let plan = book(chance.pick::<&str>(&shelf));
    let media = *chance.pick(&[Media::Xml, Media::Json]);
    let mut world = world(seed);
    world.set_habits(Habits {
        task_names: *chance.pick(&[TaskNames::PerSession, TaskNames::Global]),
        delete_task: *chance.pick(&[DeleteTask::Forgets, DeleteTask::Stops, DeleteTask::Refuses]),
    });
    for (_, id) in FAILOVER_PLANS.iter() {
        for action in [Action::Start, Action::Undo] {
            let script = script(&mut chance);
            world.set_script(id.clone(), action, script);
        }
    }
    if chance.one_in(20) {
        let (_, id) = chance.pick(&FAILOVER_PLANS);
        world.remove_plan(id);
    }
    let settings = Settings {
        lanes: *chance.pick(&[1, 2, 4, 4]),
        patience: *chance.pick(&[Duration::from_secs(5), Duration::from_mins(1)]),
        ..bench::settings(media, seed)
    };
    let rarity = *chance.pick(&[None, Some(60), Some(20), Some(8), Some(4)]);
    let hides_tasks = chance.one_in(15);
    let sky = network::seeded(Chance::new(chance.draw()), rarity, hides_tasks);
    let mut bench = Bench::new(plan, world, settings, sky);
    let mut latency = Chance::new(chance.draw());
    let slowest = *chance.pick(&[50, 400, 4000]);
    bench.latency(move || latency.millis(1, slowest));
    if !chance.one_in(3) {
        bench.fate(Swarm::new(Chance::new(chance.draw())));
        if chance.one_in(3) {
            bench.kill_after(chance.millis(0, 600_000));
        }
    }
    if chance.one_in(12) {
        bench.stop_after(chance.millis(0, 900_000));
    }
    if chance.one_in(12) {
        bench.stop_after(chance.millis(0, 2_000));
    }
    if chance.one_in(8) {
        bench.restart_after(chance.millis(0, 600_000));
    }
    if chance.one_in(8) {
        let from = chance.millis(0, 120_000);
        bench.nothing_listens(from, from + chance.millis(500, 1_200_000));
    }
    bench
}

fn script(chance: &mut Chance) -> Script {
    let ending = match chance.below(12) {
        0 => Ending::Failure("Failover plan is in use.".to_owned()),
        1 => Ending::NoResult,
        2 => Ending::Never,
        3 => Ending::SuccessSaying(None),
        _ => Ending::Success,
    };
    let running = match chance.below(10) {
        0 => Duration::ZERO,
        1..=5 => chance.millis(0, 5_000),
        6..=8 => chance.millis(0, 300_000),
        // Some of these end after the time of their wait.
        _ => chance.millis(300_000, 2_400_000),
    };
    let collecting = if chance.one_in(2) { Duration::ZERO } else { chance.millis(0, 60_000) };
    Script { delay_running: running, delay_operation_finished: collecting, ending }
}
