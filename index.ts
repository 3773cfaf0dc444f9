// The front door: what `threaded-async` exports, in the order of docs/api.md. Re-exports only.

export {
  AsyncRunner,
  type RunOptions,
  type RunnerOptions,
  type RunnerStatistics,
  type StuckReport,
  type TaskFailure,
  type TaskOptions,
} from './lib/runner.js'
export { BackgroundTask } from './lib/task.js'
export { currentTask, sleep, sleepWait, type CurrentTask } from './lib/current-task.js'
export { taskModule, type TaskModule } from './lib/task-module.js'
export { synchronized, type SynchronizedOptions } from './lib/synchronized/synchronized.js'
export type { Synchronized, SynchronizedModule } from './lib/synchronized/types.js'
export { RunnerPool, type MapOptions, type RunnerPoolOptions, type RunnerPoolStatistics } from './lib/pool/pool.js'
export { Queue } from './lib/queue.js'
export type { PutOptions, QueueOptions, QueueStatistics } from './lib/queue/options.js'
export { LifoQueue, PriorityQueue, type PriorityOptions } from './lib/ordered-queues.js'
export { Event, type AsyncEvent } from './lib/event.js'
export { Future } from './lib/future.js'
export {
  Server,
  type AdvanceOptions,
  type BackgroundTaskOptions,
  type ClientOptions,
  type Handlers,
  type ProcessOptions,
  type ScriptOutput,
  type ServeOptions,
  type ServerOptions,
  type ServerStatistics,
} from './lib/server.js'
export {
  Client,
  type ExecutionRequest,
  type MethodName,
  type Methods,
  type SyncClient,
  type SyncMethods,
} from './lib/client.js'
export { Script, type ScriptOptions, type ScriptUsage } from './lib/script.js'
export type { ScriptLimits } from './lib/scripts/options.js'
export { adopt, share, type SharedToken } from './lib/native/share.js'
export { select, selectWait, type Selected, type SelectOp } from './lib/wait/select.js'
export { runOrRaise, waitForOrCancel, type AwaitableEvent, type Work } from './lib/async-utils.js'
export type { TaskMessage } from './lib/wait/traced.js'
export type { WaitMessage } from './lib/wait/observed.js'
export type { RunnerMessage } from './lib/maker/observed.js'
export { boundContext, type ContextOptions } from './lib/wait/contexts.js'
export { TimeoutTimer, type AwaitOptions, type WaitOptions } from './lib/timeout.js'
export {
  CancelledError,
  CapturedVariableError,
  EventLoopTimeoutError,
  ExceptionGroup,
  ForcedThreadShutdown,
  forceStopAttempted,
  InterruptedError,
  InvalidStateError,
  QueueEmpty,
  QueueFull,
  QueueShutDown,
  registerError,
  RunnerClosedError,
  RunnerDiedError,
  ScriptBudgetError,
  ScriptMemoryError,
  ScriptRestoreError,
  ShutdownType,
  TaskFailedError,
  UncloneableError,
  UnconfirmedError,
  WouldDeadlockError,
  type ExceptionDetails,
} from './lib/errors.js'
