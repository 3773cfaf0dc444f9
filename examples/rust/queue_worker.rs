//! Blocking code hands work to a loop in the background and takes the results back, through two queues.
//!
//! Shows that a bounded queue holds the faster side back, that a shutdown lets the workers finish what is there, and
//! that nothing is left running after the close. Run it with
//! `cargo run --no-default-features --example queue_worker`.

use std::{error::Error, time::Duration};
use threaded_async::{AsyncRunner, Queue, WaitError};

/// Counts the words of each text until no more will come, and returns how many texts there were.
async fn count_words(texts: Queue<&'static str>, counts: Queue<usize>) -> Result<usize, WaitError> {
  let mut handled = 0;
  while let Ok(text) = texts.get().await {
    tokio::time::sleep(Duration::from_millis(1)).await; // As if it asked a service.
    counts.put(text.split_whitespace().count()).await?;
    texts.task_done().expect("it was taken");
    handled += 1;
  }
  Ok(handled)
}

fn main() -> Result<(), Box<dyn Error>> {
  let runner = AsyncRunner::options().name("words").start()?;
  let (texts, counts) = (runner.queue(2), runner.queue(0));
  let workers = [(); 3].map(|()| runner.create_task(count_words(texts.clone(), counts.clone())));

  for text in ["the quick brown fox", "jumps over", "the lazy dog", "", "and sleeps"] {
    texts.put_wait(text, Some(Duration::from_secs(1)))?;
  }
  texts.join_wait(None)?;
  println!("{} words", counts.clear().iter().sum::<usize>());

  texts.shutdown(false);
  let mut handled = 0;
  for worker in workers {
    handled += worker.wait(None)??;
  }
  println!("{handled} texts");
  runner.close()?;
  println!("{:?}", runner.shutdown_type());
  Ok(())
}
