//! Matrix: a thread that asks × free, held on one core while others are free.

use crate::core::cores::{are_two, two_cores};
use std::{process::Command, thread::available_parallelism};

#[test]
fn where_the_system_has_two_cores_each_thread_knows() {
  if available_parallelism().is_ok_and(|cores| cores.get() > 1) {
    assert!(two_cores() && std::thread::spawn(two_cores).join().expect("it does not panic"));
  }
}

#[cfg(target_os = "linux")]
#[test]
fn a_thread_that_is_held_on_one_core_does_not_decide_for_the_others() {
  let may_use_two = || available_parallelism().is_ok_and(|cores| cores.get() > 1);
  if !may_use_two() {
    return; // There is nothing to tell apart.
  }
  let held = std::thread::spawn(move || {
    let link = std::fs::read_link("/proc/thread-self").expect("the kernel tells");
    let number = link.file_name().expect("it ends with the number of the thread");
    let first = Command::new("taskset").args(["-p", "-c", "0"]).arg(number).output();
    first.is_ok_and(|output| output.status.success()).then(|| (may_use_two(), are_two()))
  });
  if let Some(found) = held.join().expect("it does not panic") {
    assert_eq!(found, (false, true));
  }
}
