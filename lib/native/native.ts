// The native core as TypeScript sees it: numbers in, numbers and plain values out.
//
// Promises that what is loaded here is the core of this very version. How a call ended stands in `control`, shared memory
// that costs a nanosecond to read; its words, and all other numbers that mean something, are named in `protocol.ts`.
// Nothing here checks arguments: the callers have.

import { isMainThread } from 'node:worker_threads'
import { bootData, start } from './boot.js'
import { main, threadWide } from './thread-wide.js'
import type { ShutdownType } from '../errors.js'
import {
  Phase,
  type Choice,
  type Condition,
  type Door,
  type FutureState,
  type Kind,
  type Message,
  type Order,
  type Service,
} from './protocol.js'

/**
 * What the core has seen of a loop that is stuck: for how many milliseconds, which part of them it has computed, from 0 to 1
 * (-1 unknown), and then the name and the note of each task that may hold it.
 */
export type StuckFacts = [stuckFor: number, computed: number, ...tasks: string[]]

/**
 * What the scripts of a server wait for: calls that wait to be handled, and those that were taken, each with the method of the
 * first, where that is known, and how many there are; how many waits there are for the clock; whether this thread has made the
 * server, and whether others have it, too.
 */
export type UnansweredFacts = [
  waitingFun: string | undefined,
  waiting: number,
  takenFun: string | undefined,
  taken: number,
  times: number,
  isHere: boolean,
  isShared: boolean,
]

/** Of each task: its name, that of its runner, and what it is. */
export type FailureFacts = readonly (string | Kind)[]

/** Why the sources of a script are no program, and where, if that is known. */
export type CompileFacts = [
  what: 'syntax' | 'missing' | 'large' | 'engine',
  message: string,
  module: string,
  line: number,
  column: number,
]

/** Why something is refused. */
export type Refusal = [code: string, message: string]

/**
 * The functions of the core. Those that may wait say so by a `door` and a `timeout` in milliseconds, -1 left out. Those that
 * take something throw, and take nothing, where the stack has no room for what gives it back.
 */
export interface Native {
  readonly control: Uint8Array
  readonly inbox: Uint8Array
  /** What hooks of `async_hooks` see of the function by which this loop is woken. */
  readonly wakeResource: { hasRef?: () => boolean }
  listen(
    settle: (ticket: number, value: unknown) => void,
    settleAll: (...outcomes: unknown[]) => void,
    message: (kind: Message, id: number, source: number, value: unknown) => void,
    lookUp: () => void,
    nothing: () => void,
    name: string,
  ): void
  setScratch(bytes: Uint8Array): void
  nextId(): number
  idSkip(count: number): void
  interruptListen(): void
  interruptHeard(): void
  interruptAll(): void
  outputEnter(descriptor: number): boolean
  outputLeave(descriptor: number): void
  outputTell(): void
  outputWindow(descriptor: number): [columns: number, rows: number] | undefined
  coreVersion(): string

  handleObject(id: number): object | undefined
  handleAttach(id: number, object: object): void
  handleRunner(id: number): number
  handleCount(): number
  handlesLetGo(value: unknown, status: number): void
  handleName(id: number): string | undefined
  handleSetName(id: number, name: string): void
  handleShare(id: number, kind: number): void
  handleAdopt(id: number): number
  sharedSecret(): string
  sharedCount(): [good: number, held: number]
  sharedLetGo(): void

  memoryKeepWeakly(id: number, memory: SharedArrayBuffer): void
  memoryFind(id: number): SharedArrayBuffer | undefined
  memoryForget(id: number): void
  memorySweep(): number[]

  stackAt(): number
  waitSleep(timeout: number): unknown
  waitAbandon(ticket: number): boolean
  waitSweep(): void
  waitResume(ticket: number): unknown
  waitReturn(id: number, value: unknown, status: number): void

  queueCreate(runner: number, maxsize: number, maxBytes: number, order: Order): number
  queueGet(id: number, door: Door, timeout: number): unknown
  queueGetMany(id: number, max: number, door: Door, timeout: number): unknown
  queuePut(id: number, value: unknown, door: Door, timeout: number): unknown
  queuePutMany(id: number, outer: number, door: Door, timeout: number): unknown
  queuePutRanked(id: number, value: unknown, priority: number, door: Door, timeout: number): unknown
  queuePutManyRanked(id: number, outer: number, priority: number, door: Door, timeout: number): unknown
  queueJoin(id: number, door: Door, timeout: number): unknown
  queuePeek(id: number): unknown
  queueClear(id: number): unknown
  queueTaskDone(id: number): boolean
  queueShutdown(id: number, immediate: boolean): void
  queueSize(id: number): number
  queueStatistics(
    id: number,
    measures: boolean,
  ): [
    size: number,
    maxsize: number,
    bytes: number,
    maxBytes: number,
    getters: number,
    putters: number,
    joiners: number,
    unfinished: number,
    isShutdown: number,
  ]
  batchBegin(outer: number): void
  batchAdd(outer: number, value: unknown): void
  batchAddSeveral(outer: number): void
  batchDrop(outer: number): void
  batchTake(batch: number): unknown
  batchReturn(queue: number, batch: number, read: number, wasCleared: boolean): void

  eventCreate(runner: number): number
  eventSet(id: number): void
  eventClear(id: number): void
  eventIsSet(id: number): boolean
  eventWaiters(id: number): number
  eventWait(id: number, door: Door, timeout: number): unknown

  futureCreate(runner: number): number
  futureSettle(id: number, value: unknown, isError: boolean): boolean
  futureCancel(id: number): boolean
  futureState(id: number): FutureState
  futureWaiters(id: number): number
  futureResult(id: number, door: Door, timeout: number): unknown
  futureAsker(id: number): number

  taskCreate(
    runner: number,
    source: number,
    name: string | undefined,
    args: unknown,
    note: string,
    timeout: number,
    how: number,
  ): number
  taskCancel(id: number): void
  taskSetReason(id: number, reason: unknown): void
  taskReason(id: number): unknown
  taskGiveUp(id: number): void
  taskExpiredAfter(id: number): number
  taskUnanswered(id: number): UnansweredFacts | undefined
  taskName(id: number): string
  taskIsStarted(id: number): boolean

  selectBegin(outer: number): void
  selectGet(outer: number, queue: number): void
  selectPut(outer: number, queue: number, value: unknown, priority?: number): void
  selectWait(outer: number, event: number): void
  selectResult(outer: number, futureOrTask: number): void
  selectDrop(outer: number): void
  selectEnter(outer: number, door: Door, timeout: number): unknown

  serverCreate(runner: number, queueSize: number, scriptThreads: number): number
  serverTake(id: number, how: Choice): unknown
  serverEndRound(): void
  serverNext(id: number, task: number, door: Door, timeout: number): unknown
  serverPending(id: number): number
  serverPassOn(id: number, event: number): void
  serverLeft(id: number): number[]
  clientIsAlone(id: number): boolean
  serverAdvance(id: number, until: number): number
  serverMarch(id: number, until: number, isOne: boolean, timeout: number): unknown
  serverMarched(id: number): number
  serverNow(id: number): number
  serverDue(id: number): number
  serverTurns(id: number): number
  unanswered(id: number): UnansweredFacts | undefined
  serverStatistics(id: number): [taken: number, answered: number, waitedForRest: number]
  serverDelay(id: number, time: number, door: Door, timeout: number): unknown
  serverTimeout(id: number): number
  serverSettle(id: number, isFresh: boolean, timeout: number): unknown
  clientCreate(server: number, name: string | undefined): number
  clientId(id: number): number
  clientCall(id: number, question: unknown, task: number, door: Door, timeout: number): unknown
  requestAnswer(request: number, value: unknown, isError: boolean, server: number): void
  requestFuture(request: number, server: number): number
  requestReturn(request: number, server: number, isBegun: boolean): void
  requestAsker(request: number): number
  requestCancelled(future: number): boolean
  requestClient(future: number): string | number
  requestTask(future: number): string | undefined

  scriptCreate(
    server: number,
    client: number,
    name: string | undefined,
    globals: unknown,
    sources: Uint8Array,
    settings: Uint8Array,
    restore: Uint8Array | undefined,
  ): number | CompileFacts | Refusal
  scriptUsage(task: number): [steps: number, stepsThisTick: number, memory: number, requests: number, turns: number]
  scriptSave(task: number): Uint8Array | Refusal
  scriptPrinted(runner: number): [dropped: number, ...lines: (string | boolean)[]] | undefined

  loopStir(): void
  loopTurn(): void
  bellCount(): number
  blockedCount(): number
  keptCount(): number
  loopAttach(runner: number, oldGeneration: number): boolean
  loopCancelled(): void
  loopCut(): void
  loopClosed(): void
  loopEndIfLetGo(): boolean
  loopExit(code: number): void
  loopTaskExpiredAfter(id: number): number
  loopTaskUnanswered(id: number): UnansweredFacts | undefined
  loopTaskName(id: number): string
  loopTaskNote(id: number): string
  loopTaskReason(id: number): unknown
  loopTaskTakeCut(id: number, wasCut: boolean): boolean
  loopTaskIsCancelled(id: number): boolean
  loopTaskSettle(id: number, value: unknown, isError: boolean): void
  loopTaskCancelled(id: number): void
  loopTaskLeft(id: number, name: string | undefined): void
  loopReport(error: unknown, name: string, isOfTask: boolean): void

  runnerCreate(name: string): number
  runnerEmploy(
    id: number,
    exitTimeout: number,
    callInLoopTimeout: number,
    allowsBlocking: boolean,
    listens: boolean,
    isDebug: boolean,
    spin: number,
    failsFast: boolean,
  ): number
  runnerWatch(id: number, stuckAfter: number, isHeard: boolean): void
  runnerCondition(id: number): [condition: Condition, stuckFor: number, heldFor: number, blockedBy: string]
  runnerClose(id: number): void
  runnerForce(id: number): void
  runnerBegins(): void
  runnerBegun(id: number, error: unknown): void
  runnerIsGone(id: number): boolean
  runnerDied(id: number, error: unknown, exitCode: number): void
  runnerForget(id: number): void
  runnersLetGo(): number
  runnerCount(): number
  runnerCause(id: number): unknown
  runnerDeathSeen(id: number): void
  runnerIsDebug(id: number): boolean
  runnerEnded(id: number, door: Door, timeout: number): unknown
  runnerState(
    id: number,
  ): [
    phase: Phase,
    shutdownType: ShutdownType,
    exitCode: number,
    exitTimeout: number,
    callInLoopTimeout: number,
    isUp: number,
  ]
  runnerSetTimeouts(id: number, exitTimeout: number, callInLoopTimeout: number): void
  runnerName(id: number): string
  runnerAllowsBlocking(id: number): boolean
  runnerHolders(id: number): string[]
  runnerLoad(
    id: number,
  ): [queued: number, running: number, waiters: number, bytes: number, backlog: number, lag: number]
  runnerBurden(id: number): number
  runnerFailures(id: number): FailureFacts
  runnerFullHeap(id: number): number
  runnerBusy(id: number): string[]
  reportUnseen(): void
  unseenFailures(): FailureFacts | undefined
  runnerInherit(id: number, ended: number): void
  loopLostFailures(): FailureFacts
  hasLostFailures(): boolean
  failureTold(task: number, isSeen: boolean): void
  failureTake(number: number): unknown
  serviceTake(): [kind: Service, runner: number, task: string, ...more: unknown[]] | undefined

  overviewLoops(): (string | number)[][]
  overviewQueues(): (string | number)[][]
  overviewThreads(): [name: string, blockedBy: string][]

  sourceNumber(text: string, name: string): number
  sourceRelease(number: number): void
  sourceText(number: number): string | undefined
  sourceName(number: number): string | undefined
  sourceCount(): number
}

export const native = threadWide('core', load)

/** What to say where the package is in a bundle; written here by `tools/bundle.mjs`. */
declare const BUNDLED: string

/** Which of the addons it is takes a look round the file system, which a loop's maker has had. */
function load(): Native {
  if (bootData?.addon !== undefined) return start === undefined ? require(bootData.addon) : linked(bootData.addon)
  try {
    return require('#binding') // By a name that tools find which collect the files of a program.
  } catch (error) {
    const { code, requireStack } = error as { code?: string; requireStack?: string[] }
    // Somebody has copied this file without the one that finds the addon.
    if (code !== 'MODULE_NOT_FOUND' || requireStack?.[0] !== __filename) throw error
    const sentence = BUNDLED
    throw Object.assign(new Error(sentence), { code: 'ERR_BUNDLED' })
  }
}

/** As `require` would, which looks for the file as well. */
function linked(file: string): Native {
  const own = { exports: {} }
  process.dlopen(own, file)
  return own.exports as Native
}

/** That of the package; written here by `tools/bundle.mjs`. */
declare const VERSION: string
checkVersion()

function checkVersion(): void {
  const version = typeof native.coreVersion === 'function' ? `of version ${native.coreVersion()}` : 'of another package'
  if (version === `of version ${VERSION}`) return
  const message = `threaded-async ${VERSION} has found a native addon ${version} (${addonFile()}): install the package again.`
  throw Object.assign(new Error(message), { code: 'ERR_BINARY_VERSION' })
}

/** What takes something back where no stack may be left: even to look up a property for the first time may take some. */
export const { waitReturn, batchReturn, requestReturn } = native

/** The addon's file; undefined where it cannot be told. */
export function addonFile(): string | undefined {
  if (bootData?.addon !== undefined) return bootData.addon
  const modules = Object.entries(require.cache ?? {})
  return modules.find(([file, module]) => file.endsWith('.node') && module?.exports === native)?.[0]
}

/** The shared words. */
export const control = new Int32Array(native.control.buffer)

/** Where the core puts bytes that arrive. */
export const inbox = native.inbox

// --- what comes as several numbers

/** A runner at one moment. Durations are in milliseconds. */
export interface RunnerState {
  phase: Phase
  /** Whether it takes work. */
  isRunning: boolean
  shutdownType: ShutdownType
  /** The exit code of its thread, where that is known. */
  exitCode: number | undefined
  exitTimeout: number
  callInLoopTimeout: number
  /** Whether its loop has started. */
  isUp: boolean
}

export function runnerState(id: number): RunnerState {
  // By index: a pattern would call what a program may have made of `Array.prototype`.
  const { 0: phase, 1: shutdownType, 2: code, 3: exitTimeout, 4: callInLoopTimeout, 5: isUp } = native.runnerState(id)
  const exitCode = code < 0 ? undefined : code
  const isRunning = phase < Phase.Closing
  return { phase, isRunning, shutdownType, exitCode, exitTimeout, callInLoopTimeout, isUp: isUp === 1 }
}

/** What a runner has to do at one moment; see `RunnerStatistics`. */
export interface RunnerLoad {
  tasksQueued: number
  tasksRunning: number
  waiters: number
  bytesQueued: number
  backlog: number
  loopLag: number
}

export function runnerLoad(id: number): RunnerLoad {
  const { 0: tasksQueued, 1: tasksRunning, 2: waiters, 3: bytesQueued, 4: backlog, 5: loopLag } = native.runnerLoad(id)
  return { tasksQueued, tasksRunning, waiters, bytesQueued, backlog, loopLag }
}

/** A queue at one moment; see `QueueStatistics`. */
export interface QueueState {
  size: number
  maxsize: number
  bytes: number
  maxBytes: number
  getters: number
  putters: number
  joiners: number
  unfinished: number
  isShutdown: boolean
}

/** Where `measures` is false, `bytes` is 0 for a queue without `maxBytes`: to add them up takes a look at each item. */
export function queueState(id: number, measures = false): QueueState {
  const {
    0: size,
    1: most,
    2: bytes,
    3: mostBytes,
    4: getters,
    5: putters,
    6: joiners,
    7: unfinished,
    8: isShutdown,
  } = native.queueStatistics(id, measures)
  const maxsize = most === 0 ? Infinity : most
  const maxBytes = mostBytes === 0 ? Infinity : mostBytes
  return { size, maxsize, bytes, maxBytes, getters, putters, joiners, unfinished, isShutdown: isShutdown === 1 }
}

// The end of the process must not wait until blocked threads look up by themselves.
if (isMainThread) threadWide('exit', () => main.process.on('exit', native.interruptAll))
