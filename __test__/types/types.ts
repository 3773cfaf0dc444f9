// Type tests: what must compile, and, behind `@ts-expect-error`, what must not. Nothing here is ever run.
//
// Promises that arguments are checked against the function, that results come back as the function's, and that every
// option is spelled as it is documented. Compiled by `tsc --noEmit -p __test__/types/tsconfig.json`.

import { AsyncLocalStorage } from 'node:async_hooks'
import { SHARE_ENV } from 'node:worker_threads'
import {
  adopt,
  AsyncRunner,
  BackgroundTask,
  boundContext,
  CancelledError,
  CapturedVariableError,
  currentTask,
  Event,
  EventLoopTimeoutError,
  ExceptionGroup,
  forceStopAttempted,
  Future,
  LifoQueue,
  PriorityQueue,
  Queue,
  registerError,
  RunnerPool,
  RunnerDiedError,
  TaskFailedError,
  runOrRaise,
  select,
  selectWait,
  share,
  ShutdownType,
  Server,
  sleep,
  sleepWait,
  taskModule,
  TimeoutTimer,
  UncloneableError,
  UnconfirmedError,
  waitForOrCancel,
} from 'threaded-async'
import { Delivery, NatsLink, NatsQueue, NatsTasks, NatsWork, type NatsQueueStatistics } from 'threaded-async/nats'
import { top, type Top } from 'threaded-async/top'
import type {
  AsyncEvent,
  AwaitOptions,
  Client,
  CurrentTask,
  ExceptionDetails,
  RunnerOptions,
  RunnerStatistics,
  Selected,
  SelectOp,
  SharedToken,
  StuckReport,
  RunnerMessage,
  TaskFailure,
  TaskMessage,
  TaskModule,
  TaskOptions,
  WaitMessage,
  WaitOptions,
} from 'threaded-async'

/** Fails to compile unless both types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function is<_Claim extends true>(): void {}

// --- making a runner

const options: RunnerOptions = {
  name: 'crawler',
  exitTimeout: 1000,
  callInLoopTimeout: Infinity,
  debug: true,
  logForcedShutdownStackTrace: false,
  allowBlocking: true,
  spin: 'off',
  resourceLimits: { maxOldGenerationSizeMb: 100 },
  onTaskError: ({ error, task, runner }: TaskFailure) => {
    is<Same<typeof error, unknown>>()
    is<Same<typeof task, string>>()
    is<Same<typeof runner, string>>()
  },
  stuckAfter: Infinity,
  onStuck: ({ task, heldBy, stuckFor, state, stack }: StuckReport) => {
    is<Same<typeof task, string>>()
    is<Same<typeof heldBy, readonly string[]>>()
    is<Same<typeof stuckFor, number>>()
    is<Same<typeof state, 'spinning' | 'microtasks' | 'parked' | 'unknown'>>()
    is<Same<typeof stack, string | undefined>>()
  },
}
const runner = new AsyncRunner(options)
new AsyncRunner()
// @ts-expect-error an unknown option
new AsyncRunner({ exittimeout: 5 })
// @ts-expect-error a duration is a number
new AsyncRunner({ exitTimeout: '5' })
// @ts-expect-error a flag is a boolean
new AsyncRunner({ allowBlocking: 1 })
new AsyncRunner({ failFast: true })
// @ts-expect-error a flag is a boolean
new AsyncRunner({ failFast: 'yes' })
is<Same<ReturnType<typeof runner.ref>, void>>()
is<Same<ReturnType<typeof runner.unref>, void>>()
// @ts-expect-error a limit of node:worker_threads is spelled otherwise
new AsyncRunner({ resourceLimits: { maxOldGenerationSizeMB: 5 } })
// @ts-expect-error a duration is a number
new AsyncRunner({ stuckAfter: '5' })
new AsyncRunner({ env: { LANG: 'C', NOT_SET: undefined }, argv: ['a', 1], execArgv: ['--no-warnings'], stdout: 'main' })
new AsyncRunner({ env: SHARE_ENV, stdout: 'direct' })
new AsyncRunner({ env: process.env })
new Server({ env: {}, argv: [], execArgv: [], stdout: 'main' })
// @ts-expect-error an environment has texts
new AsyncRunner({ env: { PORT: 80 } })
// @ts-expect-error a flag is a text
new AsyncRunner({ execArgv: [1] })
// @ts-expect-error a list
new AsyncRunner({ argv: '--flag' })
// @ts-expect-error no such way out
new AsyncRunner({ stdout: 'inherit' })
new AsyncRunner({ spin: 50 })
// @ts-expect-error no such policy
new AsyncRunner({ spin: 'on' })

is<Same<ReturnType<typeof AsyncRunner.prewarm>, number>>()
AsyncRunner.prewarm()
AsyncRunner.prewarm(2)
// @ts-expect-error a count is a number
AsyncRunner.prewarm('2')

// --- createTask, run, callInLoop

const task = runner.createTask(async (x: number, y: string) => `${x}${y}`, [1, 'a'])
is<Same<typeof task, BackgroundTask<string>>>()
is<Same<ReturnType<typeof task.wait>, string>>()
is<Same<ReturnType<typeof task.result>, Promise<string>>>()
is<Same<ReturnType<typeof task.done>, boolean>>()
is<Same<ReturnType<typeof task.cancelled>, boolean>>()
is<Same<ReturnType<typeof task.cancel>, void>>()
is<Same<typeof task.name, string>>()
is<Same<ReturnType<(typeof runner)['createTask']>, BackgroundTask<unknown>>>()

runner.createTask(() => {})
runner.createTask(() => {}, [])
runner.createTask((x?: number) => x, [])
runner.createTask((x?: number) => x, [1])
runner.createTask((...all: string[]) => all.length, ['a', 'b', 'c'])
runner.createTask((x: number, ...rest: string[]) => [x, rest], [1, 'b', 'c'])
const nothing = runner.createTask(async () => {})
is<Same<typeof nothing, BackgroundTask<void>>>()
const nested = runner.createTask(async () => Promise.resolve(Promise.resolve(5)))
is<Same<typeof nested, BackgroundTask<number>>>()

// @ts-expect-error the first parameter is a number
runner.createTask((x: number) => x, ['a'])
// @ts-expect-error one argument too many
runner.createTask((x: number) => x, [1, 2])
// @ts-expect-error an argument is missing
runner.createTask((x: number, y: number) => x + y, [1])
// @ts-expect-error arguments are missing altogether
runner.run((x: number) => x)
// @ts-expect-error arguments are missing altogether
runner.createTask((x: number) => x)
// @ts-expect-error arguments are missing altogether
runner.callInLoop((x: number) => x)
// @ts-expect-error arguments are a tuple
runner.createTask((x: number) => x, 1)
// @ts-expect-error a promise is no function
runner.createTask(Promise.resolve())
// @ts-expect-error nor is a text
runner.run('code')

const taskOptions: TaskOptions = {
  name: 'x',
  signal: new AbortController().signal,
  timeout: 5,
  transfer: [new ArrayBuffer(1)],
}
runner.createTask((x: number) => x, [1], taskOptions)
runner.createTask(() => 1, undefined, { timeout: 5 })
// @ts-expect-error an unknown option
runner.createTask(() => 1, [], { retries: 5 })
// @ts-expect-error only ArrayBuffers are transferred
runner.createTask(() => 1, [], { transfer: [new Uint8Array(1)] })

const ran = runner.run(async (x: number) => x + 1, [1], { timeout: 5 })
is<Same<typeof ran, number>>()
const called = runner.callInLoop((x: number) => x + 1, [1], { timeout: 5 })
is<Same<typeof called, number>>()
runner.run(() => 1, [], { name: 'one', signal: new AbortController().signal, transfer: [], timeout: 5 })
runner.callInLoop(() => 1, [], { name: 'one', signal: new AbortController().signal })
// @ts-expect-error there is no such option
runner.run(() => 1, [], { timeOut: 5 })
const slept = sleepWait(1)
is<Same<typeof slept, void>>()
const ending = ShutdownType[ShutdownType.STOPPED]
is<Same<typeof ending, 'NOT_SHUT_DOWN' | 'STOPPED' | 'FORCE_STOPPED' | 'FAILED_FORCE_STOPPED' | 'UNKNOWN'>>()
runner.waitForNextEventloopIteration()
runner.waitForNextEventloopIteration({ timeout: 5 })
// @ts-expect-error options are an object
runner.waitForNextEventloopIteration(5)

const wait: WaitOptions = { timeout: 5 }
const awaiting: AwaitOptions = { timeout: 5, signal: new AbortController().signal }
task.wait(wait)
void task.result(awaiting)
// @ts-expect-error a blocking door takes no signal
task.wait({ signal: new AbortController().signal })
// @ts-expect-error options are an object
task.wait(5)
// @ts-expect-error made by createTask alone
new BackgroundTask()

// --- handles as arguments keep their types

const queue = new Queue<{ url: string }>(runner, { maxsize: 5 })
const urls = runner.run(async it => (await it.get()).url, [queue])
is<Same<typeof urls, string>>()
runner.createTask((it: Queue<{ url: string }>) => it.put({ url: 'x' }), [queue])
// @ts-expect-error a queue of something else
runner.createTask((it: Queue<number>) => it.get(), [queue])
// @ts-expect-error an item of something else
void queue.put('x')
// @ts-expect-error an item of something else
queue.putWait({ uri: 'x' })
new Queue<number>()
new Queue<number>({ maxsize: 5 })
new Queue<number>(undefined, { maxsize: 5, maxBytes: 1e6 })
// @ts-expect-error maxsize is an option
new Queue<number>(5)

const event = new Event(runner)
const asyncEvent: AsyncEvent = event.asAsyncEvent()
is<Same<ReturnType<typeof asyncEvent.wait>, Promise<void>>>()
is<Same<ReturnType<typeof event.wait>, void>>()
is<Same<ReturnType<typeof event.waitAsync>, Promise<void>>>()
new Event({ name: 'go' })
new Event(runner, { name: 'go' })
// @ts-expect-error a runner and a name, or nothing
new Event({ nam: 'go' })

const future = new Future<string>(runner)
future.setResult('x')
is<Same<ReturnType<typeof future.resultWait>, string>>()
is<Same<ReturnType<typeof future.result>, Promise<string>>>()
// @ts-expect-error a result of another type
future.setResult(5)

// --- about a runner

is<Same<typeof runner.isRunning, boolean>>()
is<Same<typeof runner.inRunnerLoop, boolean>>()
is<Same<typeof runner.shutdownType, ShutdownType>>()
is<Same<typeof AsyncRunner.current, AsyncRunner | undefined>>()
is<Same<ReturnType<typeof runner.statistics>, RunnerStatistics>>()
is<Same<ReturnType<typeof runner.close>, void>>()
is<Same<ReturnType<typeof runner.closeAsync>, Promise<void>>>()
runner.exitTimeout = 5
runner.callInLoopTimeout = Infinity
// @ts-expect-error a duration is a number
runner.exitTimeout = '5'
// @ts-expect-error read only
runner.isRunning = false
// @ts-expect-error read only
runner.shutdownType = ShutdownType.STOPPED
// @ts-expect-error no such type
ShutdownType.PAUSED
forceStopAttempted(runner.shutdownType)
const disposable: Disposable & AsyncDisposable = runner
void disposable

function closes(): number {
  using inner = new AsyncRunner()
  return inner.run(() => 5)
}
async function closesAsync(): Promise<number> {
  await using inner = new AsyncRunner()
  return inner.createTask(() => 5).result()
}
void closes
void closesAsync

const used = AsyncRunner.use(it => it.run(() => 5), { name: 'x' })
is<Same<typeof used, number>>()
const usedAsync = AsyncRunner.use(async it => it.createTask(() => 'x').result())
is<Same<typeof usedAsync, Promise<string>>>()
// @ts-expect-error the body comes first
AsyncRunner.use({ name: 'x' })

// --- task modules

interface Module {
  crawl(url: string, depth?: number): Promise<{ links: string[] }>
  limit: number
}
const tasks: TaskModule<Module> = taskModule<Module>(new URL('file:///x.js'))
const crawled = runner.run(tasks.crawl, ['http://x', 2])
is<Same<typeof crawled, { links: string[] }>>()
taskModule<Module>('file:///x.js')
const own = taskModule<typeof import('threaded-async')>(new URL('file:///x.js'))
void runner.createTask(own.sleep, [5])
// @ts-expect-error no such function
tasks.craw
// @ts-expect-error not a function
tasks.limit
// @ts-expect-error the URL is a text
runner.createTask(tasks.crawl, [5])
// @ts-expect-error a URL, or the text of one
taskModule<Module>(5)

// --- from inside

const current: CurrentTask | undefined = currentTask()
if (current !== undefined) {
  is<Same<typeof current.name, string>>()
  is<Same<typeof current.signal, AbortSignal>>()
  is<Same<typeof current.cancelled, boolean>>()
  current.throwIfCancelled()
  // @ts-expect-error read only
  current.cancelled = true
}
// @ts-expect-error undefined outside of tasks
currentTask().name
is<Same<ReturnType<typeof sleep>, Promise<void>>>()
void sleep(5, { signal: new AbortController().signal })
// @ts-expect-error a duration is a number
void sleep('5')
// @ts-expect-error a duration is needed
void sleep()

// --- utilities

const raced = waitForOrCancel(async (signal: AbortSignal) => (signal.aborted ? 1 : 2), event, { timeout: 5 })
is<Same<typeof raced, Promise<1 | 2>>>()
void waitForOrCancel(Promise.resolve(5), asyncEvent)
// @ts-expect-error neither a function nor a promise
void waitForOrCancel(5, event)
// @ts-expect-error no event
void waitForOrCancel(async () => 5, future)
const raised = runOrRaise(
  async signal => signal.aborted,
  async () => 'whatever',
)
is<Same<typeof raised, Promise<boolean>>>()
// @ts-expect-error the raiser is needed
void runOrRaise(async () => 5)
is<Same<TimeoutTimer['remaining'], number>>()
// @ts-expect-error a duration is a number
new TimeoutTimer('5')

// --- errors

registerError(class MyError extends Error {})
// @ts-expect-error not a class of errors
registerError(class Other {})
function handle(error: unknown): void {
  if (error instanceof ExceptionGroup) {
    is<Same<typeof error.exceptions, unknown[]>>()
    is<Same<typeof error.tracebacks, string[]>>()
    is<Same<typeof error.exceptionDetails, ExceptionDetails[]>>()
    is<Same<typeof error.code, 'ERR_EXCEPTION_GROUP'>>()
    const aggregate: AggregateError = error
    void aggregate
  }
  if (error instanceof RunnerDiedError) is<Same<typeof error.exitCode, number | undefined>>()
  if (error instanceof TaskFailedError) is<Same<typeof error.task, string>>()
  if (error instanceof TaskFailedError) is<Same<typeof error.code, 'ERR_TASK_FAILED'>>()
  if (error instanceof EventLoopTimeoutError) is<Same<typeof error.code, 'ERR_EVENT_LOOP_TIMEOUT'>>()
  if (error instanceof CancelledError) is<Same<typeof error.code, 'ERR_CANCELLED'>>()
  if (error instanceof CapturedVariableError) is<Same<typeof error.variable, string>>()
  if (error instanceof UnconfirmedError) is<Same<typeof error.id, string>>()
  if (error instanceof UncloneableError) is<Same<typeof error.path, string>>()
}
void handle

// --- one of several things

async function selecting(
  orders: Queue<{ dish: string }>,
  stop: Event,
  answer: Future<number>,
  task: BackgroundTask<Date>,
) {
  const chosen = await select([
    orders.getOp(),
    stop.waitOp(),
    answer.resultOp(),
    task.resultOp(),
    orders.putOp({ dish: '' }),
  ])
  is<Same<typeof chosen.index, 0 | 1 | 2 | 3 | 4>>()
  switch (chosen.index) {
    case 0:
      is<Same<typeof chosen.value, { dish: string }>>()
      is<Same<typeof chosen.op, SelectOp<{ dish: string }>>>()
      break
    case 2:
      is<Same<typeof chosen.value, number>>()
      break
    case 3:
      is<Same<typeof chosen.value, Date>>()
      break
    default:
      is<Same<typeof chosen.value, void>>()
  }
  const ops = [orders, orders].map(queue => queue.getOp())
  const any = selectWait(ops, { timeout: 5 })
  is<Same<typeof any, Selected<SelectOp<{ dish: string }>[]>>>()
  is<Same<typeof any.index, number>>()
  const dish: string = any.value.dish
  await select(ops, { timeout: 1, signal: AbortSignal.timeout(dish.length) })
  // @ts-expect-error a queue is no op
  await select([orders])
  // @ts-expect-error what is put is of the queue's type
  orders.putOp({ dish: 5 })
  // @ts-expect-error a blocking door takes no signal
  selectWait(ops, { signal: AbortSignal.timeout(1) })
  // @ts-expect-error what comes of one op is not what comes of another
  const wrong: SelectOp<string> = answer.resultOp()
  return wrong
}
void selecting

// --- queues of another order

async function ordered(jobs: PriorityQueue<string>, pages: LifoQueue<number>) {
  const either: Queue<string>[] = [jobs, new LifoQueue<string>({ maxsize: 3 })]
  await jobs.put('one', { priority: 1, timeout: 5, signal: AbortSignal.timeout(5) })
  jobs.putManyWait(['one', 'two'], { priority: 1 })
  // @ts-expect-error a priority is a number
  jobs.putNowait('one', { priority: '1' })
  // @ts-expect-error what is put is of the queue's type
  jobs.putWait(5, { priority: 1 })
  // @ts-expect-error only a priority queue has priorities
  await pages.put(5, { priority: 1 })
  const chosen = await select([jobs.putOp('one', { priority: 0 }), pages.getOp()])
  if (chosen.index === 1) is<Same<typeof chosen.value, number>>()
  for await (const batch of jobs.batches(10)) is<Same<typeof batch, string[]>>()
  return either
}
void ordered

// --- tokens

const token = share(new Queue<string>())
is<Same<typeof token, SharedToken<Queue<string>>>>()
const adopted = adopt(token)
is<Same<typeof adopted, Queue<string>>>()
declare const received: any
const future2 = adopt<Future<number>>(received)
is<Same<typeof future2, Future<number>>>()
// @ts-expect-error a number is no handle
share(1)
// @ts-expect-error a queue is no token
adopt(new Queue())

// --- what is told to those who watch

declare const taskMessage: TaskMessage
is<Same<typeof taskMessage.outcome, 'done' | 'failed' | 'cancelled' | 'ended' | undefined>>()
declare const waitMessage: WaitMessage
is<Same<typeof waitMessage.waited, number>>()
declare const runnerMessage: RunnerMessage
is<Same<typeof runnerMessage.event, 'made' | 'ended'>>()
// @ts-expect-error a message is only looked at
waitMessage.verb = 'get'

// --- stores

const requests = new AsyncLocalStorage<{ id: number }>()
declare const storing: { runner: AsyncRunner; server: Server }
storing.runner.bindContext(requests, { name: 'requests' })
storing.server.bindContext(requests)
const storage = boundContext<{ id: number }>('requests')
is<Same<typeof storage, AsyncLocalStorage<{ id: number }>>>()
// @ts-expect-error a store is no storage
storing.runner.bindContext({ id: 1 })

// --- top

const looking = top({ interval: 100, listen: true })
is<Same<typeof looking, Top>>()
is<Same<ReturnType<Top['stop']>, void>>()
// @ts-expect-error the interval is a number
top({ interval: '1s' })

// --- nats

const link = new NatsLink({ servers: ['nats://127.0.0.1:4222'], name: 'a', tls: { caFile: 'ca.pem' } })
// @ts-expect-error
new NatsLink({})
const shared = link.queue<{ url: string }>('jobs', {
  maxsize: 1,
  ackWait: 1000,
  maxDeliver: 2,
  replicas: 1,
  prefetch: 4,
})
is<Same<typeof shared, NatsQueue<{ url: string }>>>()
is<Same<ReturnType<typeof shared.getWait>, Delivery<{ url: string }>>>()
is<Same<ReturnType<typeof shared.get>, Promise<Delivery<{ url: string }>>>>()
is<Same<ReturnType<typeof shared.putWait>, void>>()
is<Same<ReturnType<typeof shared.qsizeWait>, number>>()
is<Same<ReturnType<typeof shared.statisticsWait>, NatsQueueStatistics>>()
interface Walking {
  walk(direction: string): boolean
}
is<Same<ReturnType<typeof link.serve>, BackgroundTask<void>>>()
link.serve(new Server<Walking>(), 'arena')
void (async () => {
  const near = await link.client<Walking>('arena', { timeout: 5, signal: new AbortController().signal })
  is<Same<typeof near, Client<Walking>>>()
  is<Same<Awaited<ReturnType<typeof near.walk>>, boolean>>()
  const far = link.clientWait<Walking>('arena', { timeout: 5 })
  is<Same<typeof far, Client<Walking>>>()
  link.leave(far)
  // @ts-expect-error
  link.clientWait('arena', { signal: new AbortController().signal })
  // @ts-expect-error
  link.serve(far, 'arena')
})()
shared.putWait({ url: '' }, { id: 'a', timeout: 5 })
// @ts-expect-error
shared.putWait({ url: 1 })
// @ts-expect-error
shared.putWait({ url: '' }, { signal: new AbortController().signal })
void (async () => {
  for await (const { value, ack, nak } of shared) {
    is<Same<typeof value, { url: string }>>()
    ack()
    nak({ delay: 5 })
  }
})
is<Same<ReturnType<typeof link.work>, NatsWork>>()
link.work('pool', new URL('file:///tasks.js'), { concurrency: 4 })
const far = link.tasks<{ add(a: number, b?: number): Promise<number>; none(): string; no: 5 }>('pool')
is<Same<typeof far, NatsTasks<{ add(a: number, b?: number): Promise<number>; none(): string; no: 5 }>>>()
const sum = far.run('add', [1])
is<Same<typeof sum, number>>()
const none = far.submit('none')
is<Same<typeof none, BackgroundTask<string>>>()
far.run('add', [1, 2], { timeout: 5, signal: new AbortController().signal })
far.run('none')
far.submit('none', [], { timeout: 5 })
// @ts-expect-error
far.run('add')
// @ts-expect-error
far.run('add', ['1'])
// @ts-expect-error
far.run('no')
// @ts-expect-error
far.submit('none', [], { name: 'a' })
for (const { id, deliveries, redelivered } of shared.iterateWait({ timeout: 5 })) {
  is<Same<typeof id, string | undefined>>()
  is<Same<typeof deliveries, number>>()
  is<Same<typeof redelivered, boolean>>()
}

// --- an object of this package is no options

declare const things: {
  runner: AsyncRunner
  server: Server
  pool: RunnerPool
  queue: Queue<number>
  event: Event
  future: Future<number>
  task: BackgroundTask<number>
  timer: TimeoutTimer
}
new Queue(things.runner)
new Event(things.runner, { name: 'go' })
// @ts-expect-error a pool is neither a runner nor options
new Queue(things.pool)
// @ts-expect-error a pool is neither a runner nor options
new Event(things.pool)
// @ts-expect-error a pool is neither a runner nor options
new Future(things.pool)
// @ts-expect-error a pool is no runner
new PriorityQueue(things.pool, { maxsize: 1 })
// @ts-expect-error a server is neither a runner nor options
new Queue(things.server)
// @ts-expect-error a queue is neither a runner nor options
new Queue(things.queue)
// @ts-expect-error a task is neither a runner nor options
new Event(things.task)
// @ts-expect-error a runner is no options
new AsyncRunner(things.runner)
// @ts-expect-error a server is no options
new AsyncRunner(things.server)
// @ts-expect-error a pool is no options
new AsyncRunner(things.pool)
// @ts-expect-error a runner is no options
new Server(things.runner)
// @ts-expect-error a server is no options
new Server(things.server)
// @ts-expect-error a runner is no options
new RunnerPool(things.runner)
// @ts-expect-error a pool is no options
new RunnerPool(things.pool)
// @ts-expect-error a runner is no options
AsyncRunner.use(() => 1, things.runner)
// @ts-expect-error a task is no options
things.runner.createTask(() => 1, [], things.task)
// @ts-expect-error a runner is no options
things.runner.run(() => 1, [], things.runner)
// @ts-expect-error a runner is no options
things.pool.createTask(() => 1, [], things.runner)
// @ts-expect-error a pool is no options
things.pool.map((x: number) => x, [1], things.pool)
// @ts-expect-error a runner is no options
things.server.createClient(things.runner)
// @ts-expect-error a task is no options
things.server.createBackgroundTask(() => 1, [], things.task)
// @ts-expect-error a runner is no options
things.server.createScript('', things.runner)
// @ts-expect-error a runner is no options
things.runner.bindContext(new AsyncLocalStorage(), things.runner)
// @ts-expect-error a timer is no options: its `remaining` is a timeout
things.task.wait(things.timer)
// @ts-expect-error a runner is no options
things.queue.get(things.runner)
// @ts-expect-error an event is no options
things.future.result(things.event)
interface OwnOptions extends RunnerOptions {
  retries: number
}
const { retries: _retries, ...ofRunner }: OwnOptions = { retries: 3, exitTimeout: 5 }
new AsyncRunner(ofRunner)
class ClassOfOptions implements RunnerOptions {
  exitTimeout = 5
}
new AsyncRunner(new ClassOfOptions())
