//! The cases: every exchange and stage that a run has been seen to have, every byte of the answers
//! that matter, and chance.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::chance::Chance;
use crate::desk::{Blow, Exchange, Kind, Stage, Which};
use crate::shape::Shape;

/// How long after an answer the process is killed: it writes it down, syncs, and goes on.
const AGO: [u64; 8] = [0, 200, 500, 1000, 1500, 2000, 3000, 5000];
/// How long a request is held up: a moment, and longer than anybody looks for it.
const HELD: [u64; 2] = [100, 600];

/// A case.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) family: Family,
    pub(crate) shape: Shape,
    /// One for each process.
    pub(crate) blows: Vec<Blow>,
}

/// Where a case comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Family {
    /// A kill in each stage of each exchange.
    Stages,
    /// A kill at each byte of an answer.
    Bytes,
    /// A run that is killed, and a kill in each stage of each exchange of what resumes it.
    Resumes,
    /// A connection cut at each byte of an answer; nobody is killed.
    Cuts,
    /// A kill at a random instant.
    Instants,
    /// Two kills at random: stages or instants.
    Pairs,
    /// Three.
    Triples,
}

impl Family {
    /// Returns its name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Stages => "every stage",
            Self::Bytes => "every byte",
            Self::Resumes => "every stage of a resume",
            Self::Cuts => "answers cut, no kill",
            Self::Instants => "random instants",
            Self::Pairs => "pairs",
            Self::Triples => "triples",
        }
    }

    /// How many of a hundred cases are of it. What a family has fewer of goes to chance.
    const fn share(self) -> usize {
        match self {
            Self::Stages | Self::Bytes => 20,
            Self::Resumes => 25,
            Self::Cuts => 8,
            Self::Instants => 10,
            Self::Pairs => 12,
            Self::Triples => 5,
        }
    }
}

/// What runs were seen to do that nobody killed, and resumes of runs that were killed so.
#[derive(Clone, Debug, Default)]
pub(crate) struct Maps {
    pub(crate) runs: BTreeMap<Shape, Map>,
    pub(crate) resumes: Vec<(Shape, Blow, Map)>,
}

/// What one process was seen to do.
#[derive(Clone, Debug)]
pub(crate) struct Map {
    pub(crate) exchanges: Vec<Exchange>,
    pub(crate) took: Duration,
}

/// How a run is killed whose resume is looked at: before its action, while it is lost, with its
/// answer lost, while its task runs, and while it is stopped.
pub(crate) fn situations(shape: Shape) -> Vec<Blow> {
    let action = |stage| Blow::Kill(Which::First(Kind::Action), stage);
    let mut situations = vec![
        Blow::Kill(Which::First(Kind::Plans), Stage::Handled),
        action(Stage::Lost),
        action(Stage::Handled),
        Blow::Kill(Which::First(Kind::Poll), Stage::Handled),
    ];
    if shape == Shape::Cancel {
        situations = vec![
            Blow::Kill(Which::First(Kind::Stop), Stage::Lost),
            Blow::Kill(Which::First(Kind::Stop), Stage::Handled),
        ];
    }
    situations
}

/// Draws so many cases. Systematic families give all they have, or a part by chance.
pub(crate) fn draw(maps: &Maps, seed: u64, wanted: usize) -> Vec<Case> {
    let mut chance = Chance::new(seed, 0);
    let mut cases = Vec::new();
    for (family, mut all) in [
        (Family::Stages, stages(maps)),
        (Family::Bytes, bytes(maps, false)),
        (Family::Resumes, resumes(maps)),
        (Family::Cuts, bytes(maps, true)),
    ] {
        chance.shuffle(&mut all);
        all.truncate((wanted * family.share()).div_ceil(100));
        cases.extend(all);
    }
    let left = wanted.saturating_sub(cases.len());
    let random = [Family::Instants, Family::Pairs, Family::Triples];
    let shares: usize = random.iter().map(|family| family.share()).sum();
    for family in random {
        let count = left * family.share() / shares;
        cases.extend((0..count).map(|_| by_chance(maps, family, &mut chance)));
    }
    chance.shuffle(&mut cases);
    cases
}

/// Says how many cases the systematic families have.
pub(crate) fn sizes(maps: &Maps) -> [(Family, usize); 4] {
    [
        (Family::Stages, stages(maps).len()),
        (Family::Bytes, bytes(maps, false).len()),
        (Family::Resumes, resumes(maps).len()),
        (Family::Cuts, bytes(maps, true).len()),
    ]
}

/// Each exchange with each of its stages.
fn blows(map: &Map) -> Vec<Blow> {
    let mut blows = Vec::new();
    for (number, exchange) in map.exchanges.iter().enumerate() {
        let mut stages = vec![Stage::Connected, Stage::Lost, Stage::Came, Stage::Handled];
        stages.extend([1, exchange.bytes / 2, exchange.bytes.saturating_sub(1)].map(Stage::Byte));
        stages.extend(AGO.map(|micros| Stage::Answered(Duration::from_micros(micros))));
        if exchange.kind == Kind::Action {
            stages.extend(HELD.map(|millis| Stage::Held(Duration::from_millis(millis))));
        }
        blows.extend(stages.into_iter().map(|stage| Blow::Kill(Which::Number(number), stage)));
    }
    blows
}

fn stages(maps: &Maps) -> Vec<Case> {
    let of = |(shape, map): (&Shape, &Map)| {
        let shape = *shape;
        let case = move |blow| Case { family: Family::Stages, shape, blows: vec![blow] };
        blows(map).into_iter().map(case).collect::<Vec<_>>()
    };
    maps.runs.iter().flat_map(of).collect()
}

fn resumes(maps: &Maps) -> Vec<Case> {
    let of = |(shape, first, map): &(Shape, Blow, Map)| {
        let (shape, first) = (*shape, *first);
        let case = move |blow| Case { family: Family::Resumes, shape, blows: vec![first, blow] };
        blows(map).into_iter().map(case).collect::<Vec<_>>()
    };
    maps.resumes.iter().flat_map(of).collect()
}

/// Each byte of the answer to an action, to a poll, and to the wish to stop a task.
fn bytes(maps: &Maps, is_cut: bool) -> Vec<Case> {
    let mut cases = Vec::new();
    for (shape, map) in &maps.runs {
        let kinds: &[Kind] = match shape {
            Shape::Start => &[Kind::Action],
            Shape::Undo => &[Kind::Action, Kind::Poll],
            Shape::Cancel => &[Kind::Stop],
            Shape::Many => &[],
        };
        for kind in kinds {
            let Some(seen) = map.exchanges.iter().find(|exchange| exchange.kind == *kind) else {
                continue;
            };
            for byte in 1..=seen.bytes {
                let (which, stage) = (Which::First(*kind), Stage::Byte(byte));
                let (family, blow) = if is_cut {
                    (Family::Cuts, Blow::Cut(which, stage))
                } else {
                    (Family::Bytes, Blow::Kill(which, stage))
                };
                cases.push(Case { family, shape: *shape, blows: vec![blow] });
            }
        }
    }
    cases
}

fn by_chance(maps: &Maps, family: Family, chance: &mut Chance) -> Case {
    let shape = chance.one_of(&Shape::ALL);
    let kills = match family {
        Family::Pairs => 2,
        Family::Triples => 3,
        _ => 1,
    };
    let run = &maps.runs[&shape];
    let of_shape = |(of, ..): &&(Shape, Blow, Map)| *of == shape;
    let resumes: Vec<_> = maps.resumes.iter().filter(of_shape).map(|(.., map)| map).collect();
    let blow = |number: usize, chance: &mut Chance| {
        let map = if number == 0 || resumes.is_empty() { run } else { chance.one_of(&resumes) };
        if kills == 1 || chance.below(2) == 0 {
            Blow::After(chance.shorter_than(map.took))
        } else {
            chance.one_of(&blows(map))
        }
    };
    let blows = (0..kills).map(|number| blow(number, chance)).collect();
    Case { family, shape, blows }
}
