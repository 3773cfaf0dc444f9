//! Matrix: a client comes, leaves; its items join, come back, are removed × lines empty, full, of clients that left, swept;
//! one take, a round. Step by step beside a model too simple to be wrong. Plain data: no threads, no models.

use super::random::Lots;
use crate::core::lines::Lines;
use std::collections::{BTreeMap, VecDeque};

/// The same lines in the simplest words.
#[derive(Default)]
struct Model {
  lines: BTreeMap<u64, VecDeque<u32>>,
  served: u64,
}

impl Model {
  /// Clients that have items, in turn.
  fn round(&self) -> Vec<u64> {
    let turn = self.served + 1;
    let ready = self.lines.range(turn..).chain(self.lines.range(..turn));
    ready.filter(|(_, items)| !items.is_empty()).map(|(client, _)| *client).collect()
  }

  fn take(&mut self) -> Option<u32> {
    self.served = self.round().first().copied()?;
    self.lines.get_mut(&self.served).and_then(VecDeque::pop_front)
  }
}

#[test]
fn a_random_walk_agrees_with_a_plain_map() {
  for seed in 1..40 {
    walk(&mut Lots::new(seed), 2_000);
  }
}

fn walk(lots: &mut Lots, steps: u32) {
  let (mut lines, mut model) = (Lines::default(), Model::default());
  let mut here: Vec<u64> = vec![lines.admit()];
  let mut left: Vec<(u64, u32)> = Vec::new();
  for step in 0..steps {
    let some = usize::try_from(lots.below(1 << 20)).expect("small");
    let client = here[some % here.len()];
    match lots.below(10) {
      0 | 1 => here.push(lines.admit()),
      2 if here.len() > 1 => {
        let client = here.swap_remove(some % here.len());
        lines.leave(client);
        left.push((client, step));
      }
      3..=5 => {
        lines.push_back(client, step);
        model.lines.entry(client).or_default().push_back(step);
      }
      6 if !left.is_empty() => {
        let (client, item) = left[some % left.len()]; // An item of a client that left comes back.
        lines.push_front(client, item);
        model.lines.entry(client).or_default().push_front(item);
        model.served = client - 1;
      }
      7 => {
        let items = model.lines.entry(client).or_default();
        let item = items.pop_back();
        assert_eq!(lines.remove(client, |known| Some(*known) == item), item);
      }
      _ => {
        let taken = lines.next().and_then(|index| lines.pop(index));
        assert_eq!(taken, model.take());
        lines.pass(model.served);
      }
    }
    assert_eq!(lines.served(), model.served);
    let lengths = model.lines.iter().filter(|(_, items)| !items.is_empty());
    assert!(lines.lengths().eq(lengths.map(|(client, items)| (*client, items.len()))));
  }
  let firsts: Vec<_> = lines.round().into_iter().filter_map(|index| lines.pop(index)).collect();
  let expected: Vec<_> =
    model.round().into_iter().filter_map(|client| model.lines.get_mut(&client)?.pop_front()).collect();
  assert_eq!(firsts, expected);
  assert_eq!(lines.drain(), model.lines.into_values().flatten().collect::<Vec<_>>());
  assert_eq!(lines.next(), None);
}

#[test]
fn an_item_that_is_not_there_is_not_removed() {
  let mut lines = Lines::default();
  let client = lines.admit();
  lines.push_back(client, 1);
  assert_eq!([lines.remove(client, |_| false), lines.remove(client + 1, |_| true)], [None, None]);
  lines.leave(client + 1);
  assert_eq!(lines.drain(), [1]);
}

#[test]
fn clients_who_left_are_forgotten_wherever_they_stood() {
  let mut lines = Lines::<u8>::default();
  let all: Vec<_> = (0..10_000).map(|_| lines.admit()).collect();
  all.iter().rev().step_by(2).for_each(|client| lines.leave(*client));
  assert!(lines.len() <= 10_000);
  all.iter().step_by(2).for_each(|client| lines.leave(*client));
  assert!(lines.len() <= 5_000, "{}", lines.len());
  let last = lines.admit();
  lines.push_back(last, 1);
  assert_eq!(lines.round().len(), 1);
}
