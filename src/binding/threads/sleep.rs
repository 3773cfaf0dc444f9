//! What a thread that blocks waits for, as a number and in words.

#[derive(Clone, Copy)]
#[repr(u8)]
pub enum Sleep {
  Queue = 1,
  Event,
  Future,
  Task,
  Answer,
  Requests,
  Tick,
  Select,
}

impl Sleep {
  const ALL: [(Self, &str); 8] = [
    (Self::Queue, "a queue"),
    (Self::Event, "an event"),
    (Self::Future, "a future"),
    (Self::Task, "a task"),
    (Self::Answer, "the answer to a client's call"),
    (Self::Requests, "requests to a server"),
    (Self::Tick, "a tick of a server"),
    (Self::Select, "one of several things"),
  ];

  /// It in words.
  pub fn words(self) -> &'static str {
    Self::words_of(self as u8)
  }

  /// The one of this number in words; empty where there is none.
  pub fn words_of(number: u8) -> &'static str {
    Self::ALL.iter().find(|(sleep, _)| *sleep as u8 == number).map_or("", |(_, words)| words)
  }
}
