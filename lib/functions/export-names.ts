// The names the package exports, which are in scope in every inline function.
//
// Promises to be the keys of `index.ts`, which a spec compares. Stands by itself because the sources of functions are
// described far below the front door.

export const exportNames = [
  'AsyncRunner',
  'BackgroundTask',
  'CancelledError',
  'CapturedVariableError',
  'Client',
  'Event',
  'EventLoopTimeoutError',
  'ExceptionGroup',
  'ForcedThreadShutdown',
  'Future',
  'InterruptedError',
  'InvalidStateError',
  'Queue',
  'QueueEmpty',
  'QueueFull',
  'QueueShutDown',
  'RunnerClosedError',
  'RunnerDiedError',
  'Server',
  'ShutdownType',
  'TimeoutTimer',
  'UncloneableError',
  'WouldDeadlockError',
  'currentTask',
  'forceStopAttempted',
  'registerError',
  'runOrRaise',
  'sleep',
  'taskModule',
  'waitForOrCancel',
]
