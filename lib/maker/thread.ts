// The worker threads this thread has started for its runners, and what it does for them when it is asked.
//
// Promises that a thread which dies before it can tell anybody is noticed, also by a maker that only blocks; that a
// runner whose thread is to be ended by force is ended by the thread that made it; and that an idle runner keeps no
// process alive. Flags of the process that a worker cannot take are not passed on.

import { filtered, follow, indexIn, matches, part, splitAt, startsWith } from '../methods.js'
import { realpathSync } from 'node:fs'
import { MessageChannel, SHARE_ENV, Worker, type MessagePort, type WorkerOptions } from 'node:worker_threads'
import { withStoresHere } from '../wait/contexts.js'
import { ShutdownType } from '../errors.js'
import { onService, serveNow } from '../wait/hub.js'
import { tellEnded } from '../wait/traced.js'
import { sending } from '../wire/payload.js'
import { leniently } from '../wire/wire.js'
import { ownFile, start, startFile, type BootData } from '../native/boot.js'
import { stuckChannel } from '../native/channels.js'
import { isInspected } from '../native/inspector.js'
import { addonFile, control, native, runnerState, type StuckFacts } from '../native/native.js'
import { Phase, Service, Word, type Kind } from '../native/protocol.js'
import { threadWide } from '../native/thread-wide.js'
import { hasEnded, hearLast, supposedCause, unexplained } from './boot-death.js'
import { depthOfNext } from './depth.js'
import { watchEnd } from './end.js'
import { sayForced } from './force.js'
import { callUser, tellDeath, tellFailure, tellUnanswered, tellUnseen, warnOfGivenUp } from './failures.js'
import { tellRunner } from './observed.js'
import { spinOf, type RunnerOptions } from './options.js'
import { closeOutlet, openOutlet, writeOutput } from './output.js'
import { forgetScripts, writeScript } from './script-output.js'
import { stuckReport } from './stuck-report.js'
import { earsForThread } from '../wire/shared-memory.js'

/** A runner, as its maker knows it. */
export interface Maker {
  worker: Worker
  /** Closed by Node when the thread ends, whether or not it ever said anything. */
  port: MessagePort
  /** Lets go of the way by which the thread told of shared memory. */
  closeEar: () => void
  isBooting: boolean
  /** Whether it is a program's, and not only started ahead. */
  isEmployed: boolean
  /** How often it was looked at while it was booting. */
  looks: number
  options: RunnerOptions
  /** Does what this thread is asked for; of the copy of this package that has made the runner. */
  serve: (kind: Service, id: number, service: readonly unknown[]) => void
}

/** Those of every copy on this thread. */
const makers = threadWide('makers', () => new Map<number, Maker>())

/** After so many looks in vain, 20 ms apart, a thread whose memory is limited counts as one that cannot start. */
const BOOT_PATIENCE = 250

/** Starts a thread for a runner, with those of the options that a thread starts with, and returns the runner's number. */
export function startThread(options: RunnerOptions, isAhead = false): number {
  const depth = depthOfNext()
  const id = native.runnerCreate(options.name ?? '')
  addon ??= addonFile()
  const { port1, port2: port } = new MessageChannel()
  const { ears, closeEar } = earsForThread()
  const outlet = options.stdout === 'main' ? openOutlet(id) : undefined
  const name = native.runnerName(id)
  const codes = start?.codes()
  const data: BootData = { file: ownFile, addon, codes, runner: id, name, depth, isAhead, port, ears, outlet }
  let worker: Worker
  try {
    native.runnerBegins()
    worker = newWorker(data, options)
    sending(unexplained(), 'error', packed => native.runnerBegun(id, packed))
  } catch (error) {
    port1.close()
    port.close()
    ears.early?.close()
    closeEar()
    closeOutlet(id)
    forgetScripts(id)
    native.runnerForget(id)
    throw error
  }
  start?.keep() // The thread comes to it only later.
  port1.unref()
  worker.unref()
  makers.set(id, { worker, port: port1, closeEar, isBooting: true, isEmployed: false, looks: 0, options, serve })
  control[Word.Watching]!++
  watchEnd(runningTasks)
  worker.on('error', error => died(id, error))
  worker.on('exit', code => exited(id, code))
  return id
}

/** Gives the runner of a thread the rest of its options, and returns its handle. */
export function employ(id: number, given: RunnerOptions): number {
  const options = withStoresHere(given)
  const { exitTimeout = 1000, callInLoopTimeout = Infinity, allowBlocking = false } = options
  const maker = makers.get(id)
  if (maker !== undefined) Object.assign(maker, { options, serve, isEmployed: true })
  tellRunner(id, 'made')
  native.runnerWatch(id, options.stuckAfter ?? STUCK_AFTER, true)
  return native.runnerEmploy(
    id,
    exitTimeout,
    callInLoopTimeout,
    allowBlocking,
    options.onTaskError !== undefined,
    options.debug === true,
    spinOf(options.spin),
    options.failFast === true,
  )
}

/** When a loop counts as stuck, in milliseconds, unless its maker says otherwise. */
const STUCK_AFTER = 5000

let addon: string | undefined
const threadFile = start === undefined ? ownFile : startFile

function newWorker(
  workerData: BootData,
  { resourceLimits, env = SHARE_ENV, argv, execArgv: own }: RunnerOptions,
): Worker {
  const { port, ears, outlet } = workerData
  const transferList = [port]
  if (ears.early !== undefined) transferList[transferList.length] = ears.early
  if (outlet !== undefined) transferList[transferList.length] = outlet.port
  const options: WorkerOptions = {
    workerData,
    transferList,
    name: workerData.name,
    env,
    ...(argv && { argv: part(argv, 0, argv.length) }),
    ...(resourceLimits && { resourceLimits }),
  }
  if (own !== undefined) return new Worker(threadFile, { ...options, execArgv: withPath(part(own, 0, own.length))! })
  const execArgv = withPath(inheritableFlags(process.execArgv))
  if (execArgv === undefined) return new Worker(threadFile, options)
  try {
    return new Worker(threadFile, { ...options, execArgv })
  } catch (error) {
    return new Worker(threadFile, { ...options, execArgv: withoutRefused(execArgv, error) })
  }
}

/** Flags that say what the main program is. They make no sense to a worker, which has a file of its own. */
const programFlags = /^(-e|--eval|-p|--print|-pe|-i|--interactive|--input-type|-c|--check|--test|--watch|--run)(=|$)/

/**
 * Where this file was found by a path that leads over a symbolic link, as with `--preserve-symlinks`, the thread must
 * find it by the same: by another, it would be another copy of the package, and what tasks import would be a third.
 */
function withPath(flags: string[] | undefined): string[] | undefined {
  isLinked ??= isLink(ownFile)
  return isLinked ? [...(flags ?? process.execArgv), '--preserve-symlinks-main'] : flags
}

let isLinked: boolean | undefined

function isLink(file: string): boolean {
  try {
    return realpathSync(file) !== file
  } catch {
    return false // It is not there any more. The thread will say so.
  }
}

/** The flags to pass on, or undefined where Node may pass on all by itself. */
function inheritableFlags(flags: readonly string[]): string[] | undefined {
  const isOfProgram = (flag: string) => matches(programFlags, flag) !== null
  if (filtered(flags, isOfProgram).length === 0) return undefined
  // What follows `-e` is the program, not a flag; what follows any other flag without `=` may be its value.
  let isProgram = false
  return filtered(flags, flag => {
    const isValue = isProgram && !startsWith(flag, '-')
    isProgram = matches(/^(-e|--eval|-p|--print|-pe)$/, flag) !== null
    return !isOfProgram(flag) && !isValue
  })
}

/** Flags of V8 or of the process hold for the worker anyway; Node names those it does not take. */
function withoutRefused(flags: readonly string[], error: unknown): string[] {
  const { code, message } = error as NodeJS.ErrnoException
  if (code !== 'ERR_WORKER_INVALID_EXEC_ARGV') throw error
  const refused = splitAt(matches(/flags: (.*)$/, message)?.[1] ?? '', ', ')
  return refused[0] === '' ? [] : filtered(flags, flag => indexIn(refused, flag) < 0)
}

function booted(id: number): void {
  const maker = makers.get(id)
  if (!maker?.isBooting) return
  maker.isBooting = false
  control[Word.Watching]!--
  maker.port.close() // An end that comes later is told by the thread's own environment.
}

/** The worker has ended with an error of its own: out of memory, or what its start could not load. */
function died(id: number, error: unknown): void {
  if (!makers.has(id)) return
  told(id, error)
}

function told(id: number, cause: unknown, exitCode = -1): void {
  sending(cause, 'error', packed => native.runnerDied(id, packed, exitCode), leniently)
}

function exited(id: number, code: number): void {
  if (!makers.has(id)) return
  // If the thread has told its end itself, there is nothing to add.
  if (runnerState(id).phase !== Phase.Ended) {
    told(id, new Error(`The thread has ended with exit code ${code} before its loop was up.`), code)
  }
  forget(id)
}

/** The thread has ended, and Node would say so only when this loop turns. Its exit code is not known before that. */
function exitedUnseen(id: number, { worker, options }: Maker): void {
  hearLast(worker)
  told(id, supposedCause(options)) // If it has told an error of its own, there is nothing to add.
  forget(id)
}

/** A runner that has ended needs its maker no more, even if Node has yet to say that the thread is gone. */
export function forget(id: number): void {
  serveNow() // What its options are still asked for.
  booted(id)
  makers.get(id)?.closeEar()
  const isNews = makers.get(id)?.isEmployed === true && makers.delete(id)
  makers.delete(id)
  closeOutlet(id)
  if (isNews) tellRunner(id, 'ended')
  native.runnerForget(id)
}

// --- what a maker is asked for

let watched = () => {}

/** Says what else is to be done each time this thread looks up while it blocks (`Word.Watching`). */
export function onWatch(watch: () => void): void {
  watched = watch
}

onService(() => {
  watchBoots()
  watched()
  for (let service = native.serviceTake(); service !== undefined; service = native.serviceTake()) {
    const { 0: kind, 1: id } = service
    const maker = makers.get(id)
    if (maker !== undefined) maker.serve(kind, id, service)
    else serve(kind, id, service)
  }
})

/** `service`: after the number of the runner, the task's name; of a task, its number, what it is, and its runner's name. */
function serve(kind: Service, id: number, service: readonly unknown[]): void {
  const task = service[2] as string
  const hook = makers.get(id)?.options.onTaskError
  switch (kind) {
    case Service.Terminate:
      return force(id)
    case Service.Output:
      return writeOutput(id)
    case Service.Printed:
      return writeScript(id)
    case Service.Stuck:
      return tellStuck(id, part(service, 3, service.length) as unknown as StuckFacts)
    case Service.Failure:
      return tellFailure(hook, id, task, service[4] as Kind, service[3] as number)
    case Service.Died:
      return tellDeath(hook, id, task)
    case Service.GivenUp:
      return warnOfGivenUp(task, service[5] as string)
    case Service.Ended:
      return tellEnded(service[3] as number)
    case Service.Unanswered:
      return tellUnanswered(service[3] as number)
    case Service.Unseen:
      return tellUnseen(
        { task, runner: service[5] as string, kind: service[4] as Kind },
        service[6] as string,
        service[7] as number | undefined,
      )
  }
}

/** A thread that dies before it has loaded the core can tell nobody; but Node has closed its port. */
function watchBoots(): void {
  makers.forEach((maker, id) => {
    if (!maker.isBooting) return
    if (runnerState(id).isUp) booted(id)
    else if (hasEnded(id, maker.port)) exitedUnseen(id, maker)
    else if (cannotStart(maker)) {
      died(id, new Error('The thread could not start; its resourceLimits may be too small.'))
      forget(id)
    }
  })
}

/**
 * A thread that runs out of memory before it has an environment leaves its port open until this loop turns. Where the
 * system does not tell that it is gone, only time tells it from a slow thread, so only threads with limits are suspected.
 */
function cannotStart(maker: Maker): boolean {
  if (maker.options.resourceLimits === undefined || ++maker.looks < BOOT_PATIENCE) return false
  const { active, idle } = maker.worker.performance.eventLoopUtilization()
  return active === 0 && idle === 0
}

/** A loop that a debugger has stopped would look stuck. */
function tellStuck(id: number, facts: StuckFacts): void {
  const maker = makers.get(id)
  const onStuck = maker?.options.onStuck
  if (maker === undefined || (onStuck === undefined && !stuckChannel.hasSubscribers) || isInspected()) return
  const report = stuckReport(id, maker.worker, facts)
  stuckChannel.publish(report)
  if (onStuck !== undefined) callUser(() => onStuck(report), 'onStuck')
}

/** The names of the tasks that run on debug runners, by the names of the runners. */
function runningTasks(): Map<string, string[]> {
  const names = new Map<string, string[]>()
  makers.forEach(({ options }, id) => {
    if (options.debug === true) names.set(native.runnerName(id), native.runnerBusy(id))
  })
  return names
}

/** Ends the thread of a runner whose close takes too long. What has died meanwhile is about to tell all who wait. */
function force(id: number): void {
  const maker = makers.get(id)
  const { phase, shutdownType } = runnerState(id)
  if (maker === undefined || (phase === Phase.Ended && shutdownType !== ShutdownType.FAILED_FORCE_STOPPED)) return
  if (phase !== Phase.Ended && maker.options.logForcedShutdownStackTrace !== false) sayForced(id, maker.worker)
  native.runnerForce(id)
  terminate(id)
}

/** Ends the thread of a runner this thread has made, whatever it is doing; native code runs on to its end. */
export function terminate(id: number): void {
  const maker = makers.get(id)
  if (maker !== undefined) follow(maker.worker.terminate(), undefined, () => {})
}

/** The runner's worker and what it was made with, on the thread that made it. */
export function makerOf(id: number): Maker | undefined {
  return makers.get(id)
}

/** Has a runner this thread has made keep the thread's process alive, or not; false where another thread has made it. */
export function keepAlive(id: number, isKept: boolean): boolean {
  const maker = makers.get(id)
  if (isKept) maker?.worker.ref()
  else maker?.worker.unref()
  return maker !== undefined
}
