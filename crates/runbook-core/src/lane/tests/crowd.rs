//! Many steps at once: what is asked is bounded, however many they are.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::traffic::AT_ONCE;
use super::*;

const MANY: usize = 500;

/// Names of steps. Those that begin with `a` act, and those with `w` wait.
static NAMES: LazyLock<Vec<[String; 2]>> =
    LazyLock::new(|| (0..MANY).map(|n| [format!("a{n}"), format!("w{n}")]).collect());

fn named(most: usize) -> impl Iterator<Item = (&'static str, &'static str)> {
    NAMES.iter().take(most).map(|[act, wait]| (act.as_str(), wait.as_str()))
}

/// A server that answers whatever has been on the wire longest.
#[derive(Default)]
struct Server {
    /// The tasks of each lane.
    tasks: BTreeMap<LaneId, Vec<String>>,
    state: &'static str,
}

impl Server {
    fn answers(&mut self, hand: &mut Hand) {
        let send = hand.wire.remove(0);
        let tasks = self.tasks.entry(send.lane).or_default();
        let reply = match &send.call {
            Call::Logon => Reply::LoggedOn { session: format!("of {}", send.lane) },
            Call::Logout | Call::End { .. } => answer(204, String::new()),
            Call::Census => panic!("the hand answers it"),
            Call::Request { writing: true, .. } => {
                tasks.push(format!("task-{}", tasks.len() + 1));
                answer(202, task(tasks.last().unwrap(), "Running"))
            }
            Call::Request { request, .. } => match request.target.strip_prefix("/api/tasks") {
                Some("") => {
                    let tasks: String = tasks.iter().map(|name| task(name, self.state)).collect();
                    answer(200, format!("<Tasks xmlns=\"{NAMESPACE}\">{tasks}</Tasks>"))
                }
                Some(name) => answer(200, task(&name[1..], self.state)),
                None => answer(200, "<Any/>".to_owned()),
            },
        };
        hand.turn(Input::Came(send.exchange, reply));
    }

    fn answers_all(&mut self, hand: &mut Hand) {
        while !hand.wire.is_empty() {
            self.answers(hand);
        }
    }
}

/// Many actions, accepted and followed in some lanes; nothing is on the wire.
fn followed(lanes: usize, most: usize) -> (Hand, Server) {
    let mut hand = Hand::new(lanes);
    let mut server = Server { state: "Running", ..Server::default() };
    named(most).for_each(|(act, _)| hand.does(Act(act)));
    server.answers_all(&mut hand);
    named(most).for_each(|(act, wait)| hand.does(Follow(wait, act)));
    server.answers_all(&mut hand);
    assert_eq!(server.tasks.len(), lanes);
    hand.said.clear();
    (hand, server)
}

fn targets(hand: &Hand) -> Vec<String> {
    let mut targets: Vec<_> = hand.wire.iter().map(sent).collect();
    targets.sort();
    targets
}

#[test]
fn at_most_eight_questions_of_steps_are_on_the_wire() {
    let mut hand = Hand::new(4);
    let mut server = Server::default();
    for (act, _) in named(30) {
        let request = Request::new(Method::Get, format!("/{act}"), Media::Xml);
        hand.turn(Input::Wants(ticket(act), Want::Read(request)));
    }
    let mut most = 0;
    while !hand.wire.is_empty() {
        most = most.max(hand.wire.len());
        server.answers(&mut hand);
    }
    assert_eq!(most, AT_ONCE);
    let answered = hand.said.iter().filter(|said| said.ends_with(": answered")).count();
    assert_eq!(answered, 30);
}

#[test]
fn tasks_that_end_together_are_read_a_few_at_a_time_and_none_twice() {
    let (mut hand, mut server) = followed(1, 20);
    server.state = "Finished";
    hand.does(Wait(1));
    assert_eq!(targets(&hand), ["> 1 GET /api/tasks"]);
    server.answers(&mut hand);
    let mut first = targets(&hand);
    assert_eq!(first.len(), AT_ONCE);
    // Answers are slow: only the list is asked for again, and only once.
    for _ in 0..60 {
        hand.does(Wait(1));
        first.push("> 1 GET /api/tasks".to_owned());
        first.sort();
        first.dedup();
        assert_eq!(targets(&hand), first);
    }
    hand.said.clear();
    for _ in 0..AT_ONCE {
        server.answers(&mut hand);
        let mut asked = targets(&hand);
        asked.dedup();
        assert_eq!(asked.len(), hand.wire.len(), "none twice: {asked:?}");
        assert!(asked.len() <= AT_ONCE + 1, "{asked:?}");
    }
    let over = hand.said.iter().filter(|said| said.ends_with(": over")).count();
    assert_eq!(over, AT_ONCE);
}

#[test]
fn waits_cost_one_question_a_lane_and_poll_however_many_they_are() {
    let (mut hand, mut server) = followed(4, MANY);
    for round in 0..20 {
        hand.does(Wait(60));
        let lists = ["> 1", "> 2", "> 3", "> 4"].map(|lane| format!("{lane} GET /api/tasks"));
        assert_eq!(targets(&hand), lists, "round {round}");
        hand.said.clear();
        server.answers_all(&mut hand);
        let pending = hand.said.iter().filter(|said| said.ends_with(": pending")).count();
        assert_eq!((pending, hand.said.len()), (MANY, MANY), "nothing else is asked");
    }
}

#[test]
fn actions_that_wait_for_a_lane_open_more_without_being_woken() {
    let mut hand = Hand::new(4);
    named(9).for_each(|(act, _)| hand.does(Act(act)));
    for deed in [LoggedOn, Tasks(&[])] {
        hand.does(deed);
    }
    assert_eq!(targets(&hand), ["> 1 POST /act", "> 2 logon"]);
}
