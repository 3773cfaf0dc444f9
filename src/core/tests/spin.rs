//! Matrix: a look × found at once, found later, in vain; a place × where looking pays, where it has not, where it pays
//! again.

use crate::core::spin::Spin;

/// Looks in vain once; how often it looked.
fn miss(spin: &mut Spin) -> u32 {
  let mut looks = 0;
  assert!(
    spin
      .until(|| -> Option<()> {
        looks += 1;
        None
      })
      .is_none()
  );
  looks
}

#[test]
fn what_is_there_is_found_at_the_first_look() {
  assert_eq!(Spin::default().until(|| Some(7)), Some(7));
}

#[test]
fn what_comes_soon_is_found() {
  let mut looks = 0;
  let found = Spin::default().until(|| {
    looks += 1;
    (looks == 3).then_some(looks)
  });
  let has_two_cores = std::thread::available_parallelism().is_ok_and(|cores| cores.get() > 1);
  assert_eq!(found, has_two_cores.then_some(3), "on one core a second look is time taken from who should be seen");
}

#[test]
fn where_looking_does_not_pay_it_looks_once_and_only_now_and_then_longer() {
  let mut spin = Spin::default();
  (0..100).for_each(|_| {
    miss(&mut spin);
  });
  let longer = (0..1_000).filter(|_| miss(&mut spin) > 1).count();
  assert!(longer <= 1_000 / 5, "{longer} of 1000 looks in vain were long");
}

#[test]
fn where_it_pays_again_it_looks_as_long_as_at_first() {
  let mut spin = Spin::default();
  (0..100).for_each(|_| {
    miss(&mut spin);
  });
  let found = (0..1_000).any(|_| {
    let mut looks = 0;
    let found = spin.until(|| {
      looks += 1;
      (looks == 2).then_some(())
    });
    found.is_some()
  });
  let has_two_cores = std::thread::available_parallelism().is_ok_and(|cores| cores.get() > 1);
  assert_eq!(found, has_two_cores);
  assert_eq!(miss(&mut spin) > 1, has_two_cores);
}
