//! What is under way is watched to its end, whatever becomes of what is new.

use super::*;

/// The task of `undo` is followed, and another action is on the wire beside the poll.
fn beside() -> Vec<Do> {
    then(FOLLOWED, &[Act("other")])
}

const POLL: &str = "> 1 GET /api/tasks/task-2";

#[test]
fn a_task_with_another_operation_is_not_ours_and_one_without_is() {
    check(4, FOLLOWED, &[Shows("task-2", "Op")], &["wait: pending"]);
    check(4, FOLLOWED, &[Shows("task-2", "")], &["wait: pending"]);
    check(4, FOLLOWED, &[Shows("task-2", "Other")], &["wait: foreign"]);
    let followers = ["cancel: foreign", "wait: foreign"];
    check(4, &then(FOLLOWED, &[Follow("cancel", "undo")]), &[Shows("task-2", "Other")], &followers);
    let two = [Task("task-2", "Running"), Task("task-3", "Running"), Follow("after", "other")];
    let listed = ["> 1 GET /api/tasks/task-3", "wait: foreign"];
    let two = then(&beside(), &[&two[..], &[Wait(1)]].concat());
    check(1, &two, &[Foreign("task-2")], &listed);
}

#[test]
fn a_refusal_of_something_new_leaves_the_watch_alone() {
    let refused = then(&beside(), &[StatusTo(1, 401)]);
    check(4, &beside(), &[StatusTo(1, 401)], &["other refused 401", "> 2 logon"]);
    check(4, &refused, &[Task("task-2", "Running"), Wait(1)], &["wait: pending", POLL]);
    check(4, &refused, &[Task("task-2", "Finished")], &["wait: over"]);
    check(4, &refused, &[Status(401)], &["lane 1 lost", "wait: lost"]);
    let acts = ["wait: pending", "lane 2 opened", "> 2 GET /api/tasks", "lane 2 lists 0"];
    let again = ["lane 2 intends other 2", "> 2 POST /act"];
    check(
        4,
        &refused,
        &[Task("task-2", "Running"), LoggedOn, Tasks(&[])],
        &[&acts[..], &again].concat(),
    );
    // The same for a question, which is asked in the new lane.
    let asked = then(FOLLOWED, &[Read("other")]);
    check(4, &asked, &[StatusTo(1, 401)], &["> 2 logon"]);
}

#[test]
fn a_further_logon_that_is_refused_stops_no_watch() {
    let refused = [StatusTo(1, 401), StatusTo(1, 401)];
    let said = ["other refused 401", "> 2 logon", "other: not sent"];
    check(4, &beside(), &refused, &said);
    let told = [Task("task-2", "Running"), Wait(1), Task("task-2", "Finished")];
    check(4, &then(&beside(), &refused), &told, &["wait: pending", POLL, "wait: over"]);
    // Accounts lock: what comes later makes no further try.
    let later = [Act("third"), Read("fourth")];
    check(4, &then(&beside(), &refused), &later, &["third: not sent", "fourth: answered"]);
    let over = then(&refused, &[Task("task-2", "Finished"), Abandon("wait")]);
    check(4, &then(&beside(), &over), &later, &["third: not sent", "fourth: answered"]);
    // Questions wait for a lane as well.
    let asked = then(FOLLOWED, &[Read("other")]);
    check(4, &asked, &refused, &["> 2 logon", "other: answered"]);
    // And so it is where an unclear answer has closed the lane to new actions.
    let unclear =
        [Task("task-2", "Running"), Lost, Tasks(&[("task-3", "Running"), ("task-4", "Running")])];
    let unclear = then(&then(&beside(), &unclear), &[Act("third")]);
    // Questions can still be asked there.
    let asked = [Read("fourth"), StatusTo(1, 503), Status(401), Wait(1)];
    check(1, &unclear, &asked, &["> 1 GET /read", "third: not sent", "> 1 GET /read", POLL]);
    check(1, &unclear, &[Status(401)], &["third: not sent"]);
    check(
        1,
        &unclear,
        &[Status(401), Wait(1), Task("task-2", "Finished")],
        &["third: not sent", POLL, "> 1 logout", "wait: over"],
    );
}

#[test]
fn where_there_is_no_list_each_task_is_polled_alone() {
    let opened = [Act("undo"), LoggedOn, Status(403), Task("task-2", "Running")];
    let second = [Act("other"), Task("task-3", "Running")];
    let both = [Follow("wait", "undo"), Follow("after", "other"), Task("task-2", "Running")];
    let both = then(&then(&opened, &second), &both);
    let alone = ["> 1 GET /api/tasks/task-2", "> 1 GET /api/tasks/task-3"];
    check(1, &both, &[Wait(1)], &alone);
}

#[test]
fn a_runbook_says_how_often_it_is_polled() {
    let millis = |poll: crate::runbook::Poll| {
        let paced = Settings::default().paced(poll);
        [paced.poll_every, paced.poll_max].map(|pause| pause.as_millis())
    };
    let poll = |every: Option<u64>, max: Option<u64>| crate::runbook::Poll {
        every: every.map(Duration::from_millis),
        max: max.map(Duration::from_millis),
    };
    assert_eq!(millis(poll(None, None)), [200, 15_000]);
    assert_eq!(millis(poll(Some(100), Some(100))), [100, 100]);
    assert_eq!(millis(poll(Some(20_000), None)), [20_000, 20_000]);
    assert_eq!(millis(poll(None, Some(50))), [50, 50]);
}

#[test]
fn the_last_look_comes_just_before_time_is_over() {
    let slow = then(&FOLLOWED[..4], &[FollowWithin("wait", "undo", 120), Wait(60)]);
    let slow = then(&slow, &[Task("task-2", "Running"), Wait(58)]);
    // At two minutes polls are a quarter of a minute apart.
    check(4, &slow, &[Task("task-2", "Running"), Wait(0)], &["wait: pending"]);
    check(4, &slow, &[Task("task-2", "Running"), Wait(1)], &["wait: pending", POLL]);
}
