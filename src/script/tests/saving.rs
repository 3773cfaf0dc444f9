//! A script as bytes, and back.

use super::{
  super::{Overrun, RestoreError},
  puppet::counting::most_held,
  *,
};

const ROBOT: &str = "
  const seen = [1n, new Map([['a', { b: 1 }]]), /x/g]
  export default async () => {
    for (let i = 0; i < 6; i++) {
      const [a, b] = await Promise.all([host.look(i, Math.random()), host.walk('left'), host.delay(i)])
      seen.push({ i, a, b, text: 'x'.repeat(1000 * i) })
    }
    return [seen.length, Math.random(), String(seen[2])]
  }";

#[test]
fn what_is_restored_goes_on_as_the_saved_would_have() {
  let robot = program(ROBOT);
  let (mut first, turn) = Instance::start(&robot, &limits(), 9, 3.0, b"", 0.0).expect("it waits");
  let mut asks = turn.asks;
  for _ in 0..20 {
    let saved = first.save().expect("it waits");
    let (mut second, again) = Instance::restore(&robot, &limits(), &saved).expect("it is whole");
    assert_eq!(again, asks);
    assert_eq!(second.usage(), first.usage());
    assert_eq!(second.save().expect("it waits"), saved);
    let ends = (drive(&mut first, asks, 1), drive(&mut second, again, 1));
    assert_eq!(ends.0, ends.1);
    assert_eq!(second.usage(), first.usage());
    asks = ends.0.0;
    if ends.0.1.is_some() {
      return assert!(matches!(first.save(), Err(RestoreError::Ended)));
    }
  }
  panic!("it goes on");
}

#[test]
fn larger_limits_hold_from_the_restore_on() {
  let source = "
    const all = []
    const depth = () => { try { return 1 + depth() } catch { return 1 } }
    for (;;) { console.log(depth()); await host.more(); all.push(new Uint8Array(100_000)) }";
  let hungry = program(source);
  let small = Limits { memory: 1 << 20, stack: 32 << 10, ..limits() };
  let (instance, _) = Instance::start(&hungry, &small, 9, 3.0, b"", 0.0).expect("it waits");
  let saved = instance.save().expect("it waits");
  let most = |limits: &Limits| {
    let (mut instance, mut asks) = Instance::restore(&hungry, limits, &saved).expect("it is whole");
    let mut depth = String::new();
    loop {
      match instance.deliver(id(&asks[0]), false, UNDEFINED, 0.0) {
        Ok(turn) => {
          depth.clone_from(&turn.output[0].1);
          asks = turn.asks;
        }
        Err(failure) => {
          assert_eq!(failure.overrun, Overrun::Memory);
          return (instance.usage().memory, depth.parse::<u32>().expect("it is a number"));
        }
      }
    }
  };
  let large = Limits { memory: 4 << 20, stack: 128 << 10, ..limits() };
  let (before, after) = (most(&small), most(&large));
  assert!((900_000..1 << 20).contains(&before.0), "{before:?}");
  assert!((4_000_000..4 << 20).contains(&after.0), "{after:?}");
  assert!(before.1 > 10 && after.1 > 3 * before.1, "{before:?} {after:?}");
  let (again, _) = Instance::restore(&hungry, &large, &saved).expect("it is whole");
  let again = again.save().expect("it waits");
  let refusal = Instance::restore(&hungry, &small, &again).err();
  assert_eq!(refusal, Some(RestoreError::Limit("memoryLimit")));
}

#[test]
fn what_is_restored_knows_the_client_that_it_is_given() {
  let source = "await host.ask(); export default () => host.id";
  let asker = program(source);
  let (instance, _) = Instance::start(&asker, &limits(), 9, 3.0, b"", 0.0).expect("it waits");
  let saved = instance.save().expect("it waits");
  for (given, known) in [(None, 3), (Some(7.0), 7)] {
    let (mut restored, asks) = Instance::restore(&asker, &limits(), &saved).expect("it is whole");
    if let Some(client) = given {
      restored.belongs_to(client).expect("it waits");
    }
    let (_, end) = drive(&mut restored, asks, 1);
    assert_eq!(end, Some(Ok(number(known)[..].into())));
  }
}

#[test]
fn another_source_a_lower_limit_and_what_is_damaged_are_refused_by_name() {
  let robot = program(ROBOT);
  let (instance, _) = Instance::start(&robot, &limits(), 9, 3.0, b"", 0.0).expect("it waits");
  let saved = instance.save().expect("it waits");
  let refusal = |program: &Program, limits: &Limits, bytes: &[u8]| {
    Instance::restore(program, limits, bytes).err().expect("it is refused")
  };
  assert_eq!(refusal(&program("await host.other()"), &limits(), &saved), RestoreError::Source);
  let lower = Limits { memory: 1 << 20, ..limits() };
  assert_eq!(refusal(&robot, &lower, &saved), RestoreError::Limit("memoryLimit"));
  let mut other = saved.clone();
  other[45] ^= 1;
  assert_eq!(refusal(&robot, &limits(), &sealed(other)), RestoreError::Build);
  for length in [0, 1, 31, 32, 39, 40, 100, saved.len() - 1] {
    assert!(matches!(refusal(&robot, &limits(), &saved[..length]), RestoreError::Damaged(_)));
  }
  let mut damaged = saved.clone();
  damaged[1000] ^= 1;
  assert!(matches!(refusal(&robot, &limits(), &damaged), RestoreError::Damaged(_)));
}

#[test]
fn bytes_made_on_purpose_are_refused_or_stay_within_their_limits() {
  let robot = program(ROBOT);
  let (mut instance, turn) = Instance::start(&robot, &limits(), 9, 3.0, b"", 0.0).expect("it waits");
  drive(&mut instance, turn.asks, 4);
  let saved = instance.save().expect("it waits");
  let mut random = 88_172_645_463_325_252_u64;
  let mut next = |below: usize| {
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    usize::try_from(random >> 11).expect("the machine has 64 bits") % below
  };
  let (mut refused, mut ended, mut gone_on) = (0, 0, 0);
  for round in 0..*ROUNDS {
    let mut bytes = saved.clone();
    // The head is mutated as often as the memory.
    let span = if round % 2 == 0 { 104..600.min(bytes.len()) } else { 104..bytes.len() };
    for _ in 0..=next(8) {
      let place = span.start + next(span.len());
      bytes[place] = u8::try_from(next(256)).expect("it is below");
    }
    if next(10) == 0 {
      bytes.truncate(104 + next(saved.len() - 104));
    }
    let Ok((mut instance, asks)) = Instance::restore(&robot, &limits(), &sealed(bytes)) else {
      refused += 1;
      continue;
    };
    let outcome = asks.iter().take(3).try_for_each(|ask| instance.deliver(id(ask), false, &number(1), 9.0).map(drop));
    if outcome.is_err() { ended += 1 } else { gone_on += 1 }
  }
  println!("{refused} refused, {ended} ended, {gone_on} gone on");
}

#[test]
fn no_number_in_the_head_makes_the_host_take_memory_or_time() {
  let robot = program(ROBOT);
  let (instance, _) = Instance::start(&robot, &limits(), 9, 3.0, b"", 0.0).expect("it waits");
  let saved = instance.save().expect("it waits");
  let (mut refused, mut gone_on) = (0, 0);
  for at in 104..200 {
    for word in [0_u32, 1 << 20, 1 << 31, u32::MAX] {
      let mut bytes = saved.clone();
      bytes[at..at + 4].copy_from_slice(&word.to_le_bytes());
      let bytes = sealed(bytes);
      let (restored, held) = most_held(|| Instance::restore(&robot, &limits(), &bytes));
      assert!(held < 2 * saved.len(), "{held} bytes for {word} at {at}");
      let Ok((mut instance, asks)) = restored else {
        refused += 1;
        continue;
      };
      // A time that is none, or a count of steps: whatever it is, the script goes on, or ends by its limits.
      gone_on += asks.iter().filter(|ask| instance.deliver(id(ask), false, &number(1), 9.0).is_ok()).count();
    }
  }
  assert!(refused > 100 && gone_on > 100, "{refused} refused, {gone_on} gone on");
}

/// `SCRIPT_MUTATIONS` says how many.
static ROUNDS: std::sync::LazyLock<usize> = std::sync::LazyLock::new(|| {
  std::env::var("SCRIPT_MUTATIONS").ok().and_then(|count| count.parse().ok()).unwrap_or(500)
});

/// The bytes with the digest that they must have.
pub fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
  use sha2::{Digest, Sha256};
  let digest = Sha256::digest(&bytes[32..]);
  bytes[..32].copy_from_slice(&digest);
  bytes
}
