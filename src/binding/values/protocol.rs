//! The numbers that both sides of the border know. Their sister is `lib/native/protocol.ts`; a spec compares both.
//!
//! Promises one member a line, each with its number, under the names that the other side has.

use crate::core::error;

/// The shared words, by their place in `control`. The first four, and `OneByOne`, are written by the core.
#[derive(Clone, Copy)]
#[repr(usize)]
pub enum Word {
  Status = 0,
  /// A ticket, a length or a reason.
  Extra = 1,
  Count = 2,
  /// 1 where the result is an error that was sent.
  IsError = 3,
  /// Where the outgoing bytes begin and end in the scratch; end 0 for a primitive.
  OutStart = 4,
  OutEnd = 5,
  /// How many handle numbers follow the outgoing bytes.
  OutHandles = 6,
  /// Immediates that are due: while there are any, the loop does not poll.
  Immediates = 7,
  /// The lowest bits of the number of the task whose code ran last on this thread; 0 for none, all of them for several.
  Current = 8,
  /// 1 where waits of this thread are delivered one per callback scope.
  OneByOne = 9,
  /// Above 0: a blocked thread looks up every 20 ms. Loops that start count, and threads to be started ahead.
  Watching = 10,
  /// Tasks that have been started and wait for their module.
  Entering = 11,
  /// The ticket, and 1, of a wait that was parked and that JavaScript has not claimed by writing 0; negative where the
  /// loop pauses for it. Such a wait is given up at the next call.
  Unclaimed = 12,
  /// 1 while JavaScript reads bytes: what comes meanwhile must not overwrite the inbox.
  Reading = 13,
  /// 1 where the inspector is open: a blocked thread looks up more often.
  Inspected = 14,
  /// How many handle numbers follow the incoming bytes.
  InHandles = 15,
}

/// What stands in `Word::Current` for several tasks, any of which may run.
pub const SEVERAL: i32 = -1;

/// How a call, or a wait, ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Status {
  /// The returned value is the result.
  Value = 0,
  /// The result is in the first `Extra` bytes of the inbox.
  Encoded = 1,
  /// The result is in the returned bytes.
  EncodedApart = 2,
  /// Nothing to take, or no room, and the caller does not wait.
  Refused = 3,
  /// The wait goes on under the ticket in `Extra`.
  Parked = 4,
  TimedOut = 5,
  /// `Extra` is an `End`; `Count` says how many items were put before.
  Ended = 6,
  /// The blocked thread has something to do, then resumes.
  Service = 7,
  Interrupted = 8,
  /// The environment is going: touch nothing, return.
  Gone = 9,
  /// Done; `Count` says how many.
  Done = 10,
  Cancelled = 11,
  /// `Count` items are to be fetched one by one.
  Batch = 12,
  /// Waiting would never end; the returned value names the threads.
  Deadlock = 13,
  /// As `Parked`, and JavaScript is to call `loopTurn` in the loop's next turn.
  ParkedForTurn = 14,
  /// A failed task has ended the wait: its name is the returned value, its error is fetched by `failureTake`, by the
  /// number in `Extra`. `Count` says how many items were put before.
  TaskFailed = 15,
}

/// What stands in a packet of several items. Counts take four bytes, the lowest first. From the core, numbers and lengths
/// stand at the next place that is a multiple of their size.
#[derive(Clone, Copy)]
#[repr(u8)]
pub enum Packed {
  Undefined = 0,
  Null = 1,
  False = 2,
  True = 3,
  /// A count, and as many numbers of eight bytes.
  Numbers = 4,
  /// A count, and as many whole numbers of four bytes.
  Ints = 5,
  /// A count, and as many bytes that the codec has written.
  Encoded = 6,
  /// A count, as many lengths of four bytes, and the characters of so many texts, a byte each; short ones from the core.
  Texts = 7,
  /// To the core: the same, two bytes each.
  WideTexts = 8,
  /// From the core: a count, and as many characters of a text, a byte each.
  Text = 9,
  /// The same, two bytes each.
  WideText = 10,
  /// From the core: how many texts there are, how many bytes their JSON has, and that.
  Json = 11,
}

impl Packed {
  /// One that comes from JavaScript.
  pub fn of_scratch(number: u8) -> Option<Self> {
    const ALL: [Packed; 9] = [
      Packed::Undefined,
      Packed::Null,
      Packed::False,
      Packed::True,
      Packed::Numbers,
      Packed::Ints,
      Packed::Encoded,
      Packed::Texts,
      Packed::WideTexts,
    ];
    ALL.get(usize::from(number)).copied()
  }
}

/// Why a wait will never be served.
#[repr(i32)]
pub enum End {
  ShutDown = 1,
  Closed = 2,
  Died = 3,
}

impl From<error::End> for End {
  fn from(end: error::End) -> Self {
    match end {
      error::End::ShutDown => Self::ShutDown,
      error::End::Closed => Self::Closed,
      error::End::Died => Self::Died,
    }
  }
}

impl Status {
  /// One of those under which something may be handed over.
  pub fn of_result(number: u32) -> Option<Self> {
    [Self::Value, Self::Encoded, Self::EncodedApart, Self::Batch].into_iter().find(|status| *status as u32 == number)
  }
}

/// How the caller wants to wait.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Door {
  Try = 0,
  Await = 1,
  Block = 2,
}

impl Door {
  pub fn from_number(number: u32) -> Option<Self> {
    [Self::Try, Self::Await, Self::Block].into_iter().find(|door| *door as u32 == number)
  }
}

/// What the core tells a thread.
#[derive(Clone, Copy)]
#[repr(u32)]
pub enum Message {
  Start = 1,
  Cancel = 2,
  Close = 3,
  Serve = 4,
  /// To call `loopTurn` in the loop's next turn.
  Turn = 5,
}

/// What a thread is asked to do for the runners it has made.
#[repr(u32)]
pub enum Service {
  /// End the thread of a runner.
  Terminate = 1,
  /// Tell `onTaskError`.
  Failure = 2,
  /// Tell `onStuck`.
  Stuck = 3,
  /// Warn of the error of a task that its caller had given up.
  GivenUp = 4,
  /// Tell `onTaskError` that the thread of a runner has ended by itself.
  Died = 5,
  /// Tell of an error that nobody has seen, while this thread has blocked.
  Unseen = 6,
  /// Write what its loop has printed.
  Output = 7,
  /// Tell of the end of a task that this thread has created, and observes.
  Ended = 8,
  /// Hand on what scripts have printed.
  Printed = 9,
  /// Tell that this thread blocks for a task which waits for this very thread.
  Unanswered = 10,
}

/// What a runner's loop does, seen from outside.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Condition {
  Starting = 0,
  Running = 1,
  /// It sleeps in a blocking door.
  Blocked = 2,
  Stuck = 3,
  Ended = 4,
}

/// How far a runner's life has come.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Phase {
  Booting = 0,
  Running = 1,
  Closing = 2,
  Ended = 3,
}

/// How a runner ended. The names on the other side are the public ones of `lib/errors/shutdown-type.ts`.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ShutdownType {
  NotShutDown = 0,
  Stopped = 1,
  ForceStopped = 2,
  FailedForceStopped = 3,
  Unknown = 4,
}

/// What a future was settled with, if it was.
#[repr(u32)]
pub enum FutureState {
  Pending = 0,
  Value = 1,
  Error = 2,
  Cancelled = 3,
  Ended = 4,
}

/// Which item of a queue is the next.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Order {
  First = 0,
  Last = 1,
  Lowest = 2,
}

impl Order {
  pub fn from_number(number: u32) -> Option<Self> {
    [Self::First, Self::Last, Self::Lowest].into_iter().find(|order| *order as u32 == number)
  }
}

/// What a task is to others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
  Ordinary = 0,
  /// Only the call that has created it knows it, and waits for it.
  Private = 1,
  /// It is no task but an error, which code that a task of this name has set off left behind.
  LeftBehind = 2,
  /// The same, where it is not known which task; the name is that of the runner.
  LeftByLoop = 3,
  /// It is the death of a loop: the name says what has come to nothing by that, the error is the number of the runner.
  Death = 4,
}

/// Which request a server takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Choice {
  Next = 0,
  BeginRound = 1,
  InRound = 2,
}

impl Choice {
  pub fn from_number(number: u32) -> Option<Self> {
    [Self::Next, Self::BeginRound, Self::InRound].into_iter().find(|choice| *choice as u32 == number)
  }
}

/// Which bit of a number says that a sandboxed script waits for the answer: that is written as the same bytes by every thread.
#[repr(u32)]
pub enum OfScript {
  Request = 30,
  Future = 52,
}

/// What a thread that waits for a loop to come to rest finds.
#[repr(usize)]
pub enum Found {
  /// It was woken, and looks again.
  #[expect(dead_code, reason = "what any wait that is done leaves in `Count`")]
  Nothing = 0,
  Rest = 1,
  /// It is asked for services, which come first.
  Services = 2,
}
