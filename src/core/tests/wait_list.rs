//! Matrix: join, leave (front, middle, back, gone, reused place), take, look × empty, one, many; a random walk beside a
//! plain list.

use crate::core::wait_list::{Key, WaitList};

fn drain(list: &mut WaitList<u32>) -> Vec<u32> {
  std::iter::from_fn(|| list.take_front()).collect()
}

#[test]
fn sleepers_are_taken_in_the_order_in_which_they_came() {
  let mut list = WaitList::default();
  assert!(list.is_empty() && list.take_front().is_none() && list.front_mut().is_none());
  for sleeper in 0..5 {
    list.join(sleeper);
  }
  assert_eq!(list.front_mut(), Some(&mut 0));
  assert_eq!((list.len(), drain(&mut list), list.is_empty()), (5, vec![0, 1, 2, 3, 4], true));
}

#[test]
fn any_sleeper_may_leave() {
  for leaver in 0..3 {
    let mut list = WaitList::default();
    let keys: Vec<Key> = (0..3).map(|sleeper| list.join(sleeper)).collect();
    assert_eq!(list.leave(keys[leaver as usize]), Some(leaver));
    assert_eq!(drain(&mut list), (0..3).filter(|sleeper| *sleeper != leaver).collect::<Vec<_>>());
  }
}

#[test]
fn a_key_names_one_stay() {
  let mut list = WaitList::default();
  let first = list.join(1);
  assert_eq!(list.leave(first), Some(1));
  let second = list.join(2);
  assert_ne!(first, second);
  assert!(list.leave(first).is_none(), "its place is another's now");
  assert_eq!((list.take_front(), list.leave(second)), (Some(2), None));
}

#[test]
fn a_crowd_that_has_left_is_forgotten_and_its_keys_stay_void() {
  let mut list = WaitList::default();
  let keys: Vec<Key> = (0..2_000).map(|sleeper| list.join(sleeper)).collect();
  assert_eq!(drain(&mut list).len(), 2_000);
  let key = list.join(7);
  assert!(keys.iter().all(|key| list.leave(*key).is_none()));
  assert_eq!(list.leave(key), Some(7));
}

#[test]
fn a_random_walk_agrees_with_a_plain_list() {
  let (mut list, mut plain) = (WaitList::default(), Vec::<(Key, u32)>::new());
  let mut gone = Vec::new();
  let mut seed = 0x9E37_79B9_u32;
  for step in 0..20_000 {
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    match seed % 5 {
      0 | 1 => plain.push((list.join(step), step)),
      2 if !plain.is_empty() => {
        let (key, sleeper) = plain.remove((seed >> 8) as usize % plain.len());
        assert_eq!(list.leave(key), Some(sleeper));
        gone.push(key);
      }
      3 if !gone.is_empty() => assert_eq!(list.leave(gone[(seed >> 8) as usize % gone.len()]), None),
      _ => {
        let first = (!plain.is_empty()).then(|| plain.remove(0));
        assert_eq!(list.take_front(), first.map(|(_, sleeper)| sleeper));
      }
    }
    assert_eq!(list.len(), plain.len());
  }
  assert!(drain(&mut list).into_iter().eq(plain.into_iter().map(|(_, sleeper)| sleeper)));
}
