//! Orders of a graph: one after the other, in waves, and the longest chain.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Graph;

impl Graph {
    /// Returns the steps so that each comes after all it waits for; of those that could come
    /// next, the first in the file does.
    pub fn order(&self) -> Vec<usize> {
        let mut open: Vec<usize> = (0..self.len()).map(|step| self.needs(step).count()).collect();
        let free = (0..self.len()).filter(|step| open[*step] == 0).map(Reverse);
        let mut ready: BinaryHeap<_> = free.collect();
        let mut order = Vec::with_capacity(self.len());
        while let Some(Reverse(step)) = ready.pop() {
            order.push(step);
            for (dependant, _) in self.dependants(step) {
                open[dependant] -= 1;
                if open[dependant] == 0 {
                    ready.push(Reverse(dependant));
                }
            }
        }
        order
    }

    /// Returns the steps in waves: those of one wave wait only for steps of earlier ones. A step
    /// is in the earliest wave it can be in. For people; a run starts a step as soon as it may.
    pub fn waves(&self) -> Vec<Vec<usize>> {
        let mut level = vec![0; self.len()];
        let mut waves: Vec<Vec<usize>> = Vec::new();
        for step in self.order() {
            level[step] = self.needs(step).map(|(need, _)| level[need] + 1).max().unwrap_or(0);
            if level[step] == waves.len() {
                waves.push(Vec::new());
            }
            waves[level[step]].push(step);
        }
        for wave in &mut waves {
            wave.sort_unstable();
        }
        waves
    }

    /// Tells of each pair whether the first step comes before the second, however far above.
    ///
    /// The graph is walked once for every 64 different first steps, so that many questions cost
    /// little more than one.
    pub fn come_before(&self, pairs: &[(usize, usize)]) -> Vec<bool> {
        let mut firsts: Vec<_> = pairs.iter().map(|(first, _)| *first).collect();
        firsts.sort_unstable();
        firsts.dedup();
        let order = if firsts.is_empty() { Vec::new() } else { self.order() };
        let mut answers = vec![false; pairs.len()];
        for firsts in firsts.chunks(64) {
            let mut above = vec![0_u64; self.len()];
            let own = |step: usize| firsts.binary_search(&step).map_or(0, |bit| 1_u64 << bit);
            for step in &order {
                let needs = self.needs(*step).map(|(need, _)| above[need] | own(need));
                above[*step] = needs.fold(0, |all, one| all | one);
            }
            for (answer, (first, then)) in answers.iter_mut().zip(pairs) {
                *answer |= above[*then] & own(*first) != 0;
            }
        }
        answers
    }

    /// Returns the chain of steps, each waiting for the one before, whose weights add up to the
    /// most; of equally heavy ones, the one that comes first in the file.
    pub fn heaviest_chain(&self, weight: impl Fn(usize) -> u64) -> Vec<usize> {
        let mut best: Vec<(u64, Option<usize>)> = vec![(0, None); self.len()];
        for step in self.order() {
            let before = self.needs(step).map(|(need, _)| (best[need].0, need));
            let before = before.max_by_key(|(sum, need)| (*sum, Reverse(*need)));
            let sum = before.map_or(0, |(sum, _)| sum).saturating_add(weight(step));
            best[step] = (sum, before.map(|(_, need)| need));
        }
        let last = (0..self.len()).max_by_key(|step| (best[*step].0, Reverse(*step)));
        let mut chain: Vec<_> = std::iter::successors(last, |step| best[*step].1).collect();
        chain.reverse();
        chain
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Edge, Graph};

    fn graph(len: usize, edges: &[(usize, usize)]) -> Graph {
        Graph::of(len, edges.iter().map(|(first, then)| (*first, *then, Edge::Need))).unwrap()
    }

    #[test]
    fn ties_go_by_the_order_in_the_file() {
        assert_eq!(graph(4, &[]).order(), [0, 1, 2, 3]);
        assert_eq!(graph(4, &[(3, 0)]).order(), [1, 2, 3, 0]);
        assert_eq!(graph(4, &[(3, 0), (2, 1)]).order(), [2, 1, 3, 0]);
    }

    #[test]
    fn a_step_is_in_the_earliest_wave_it_can_be_in() {
        let diamond = graph(5, &[(0, 1), (0, 2), (1, 3), (2, 3)]);
        assert_eq!(diamond.waves(), [vec![0, 4], vec![1, 2], vec![3]]);
        assert!(graph(0, &[]).waves().is_empty());
    }

    #[test]
    fn the_heaviest_chain_weighs_steps_and_not_only_counts_them() {
        let two_ways = graph(5, &[(0, 1), (1, 4), (2, 4), (3, 4)]);
        assert_eq!(two_ways.heaviest_chain(|_| 1), [0, 1, 4]);
        assert_eq!(two_ways.heaviest_chain(|step| if step == 3 { 10 } else { 1 }), [3, 4]);
        assert!(graph(0, &[]).heaviest_chain(|_| 1).is_empty());
    }

    #[test]
    fn what_comes_before_what_is_told_of_many_pairs_at_once() {
        let chain: Vec<_> = (1..200).map(|step| (step - 1, step)).collect();
        let graph = graph(201, &chain);
        let pairs: Vec<_> = (0..201).flat_map(|a| [(a, 199), (199, a), (a, a), (200, a)]).collect();
        let expected: Vec<_> = pairs.iter().map(|(a, b)| a < b && *b < 200).collect();
        assert_eq!(graph.come_before(&pairs), expected);
        assert!(graph.come_before(&[]).is_empty());
    }

    #[test]
    fn a_chain_of_two_hundred_thousand_steps_overflows_nothing() {
        let len = 200_000;
        let edges = (1..len).map(|step| (step - 1, step, Edge::Need));
        let graph = Graph::of(len, edges).unwrap();
        assert_eq!(graph.order().len(), len);
        assert_eq!(graph.waves().len(), len);
        assert_eq!(graph.heaviest_chain(|_| 1).len(), len);
    }
}
