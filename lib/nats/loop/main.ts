// What runs on the loop of a link, which is a loop of its own: there is one connection, with the queues, calls and hosts over it.
//
// Promises that what is told is done in the order in which it was told, and that `close` hands back what nobody has taken.

import { currentTask } from '../../current-task.js'
import { CancelledError, EventLoopTimeoutError } from '../../errors.js'
import type { Event } from '../../event.js'
import type { Server } from '../../server.js'
import type { BackgroundTask } from '../../task.js'
import { TimeoutTimer } from '../../timeout.js'
import { fault, Verb, type Commands, type ConnectionData, type Declaration, type Inbox } from '../protocol.js'
import type { QueueCounts, Verdict, WorkDeclaration } from '../protocol.js'
import { Table } from '../serving/table.js'
import { Connection, closed, isClosed } from './connection.js'
import { Pulls } from './pulls.js'
import { Puts } from './puts.js'
import { Remote } from './remote.js'
import { countsOf, declare } from './streams.js'
import { Work } from './work.js'

const connection = new Connection()
const puts = new Puts(connection)
const remote = new Remote(connection)
const works = new Map<number, Work>()
const table = new Table(connection)
const queues = new Map<number, { declaration: Declaration; pulls: Pulls }>()
/** Queues that were left while they were being declared. */
const left = new Set<number>()
let pumped: Commands | undefined
let opening: Promise<boolean> | undefined

/** The longest time that what is on its way may take when the link closes, in milliseconds. */
const PATIENCE = 1000
/** The same when the process ends. */
const AT_EXIT = 100
const MANY = 1024

/** Resolves with whether there is a connection; there is none where the link closes meanwhile. */
export function open(data: ConnectionData, commands: Commands): Promise<boolean> {
  if (pumped === undefined) void pump((pumped = commands))
  return (opening = unlessClosed(false, async () => {
    await connection.open(data)
    return true
  }))
}

/** Resolves with whether the queue is there; it is not where the link closes meanwhile. */
export function declareQueue(number: number, declaration: Declaration, inbox: Inbox): Promise<boolean> {
  return unlessClosed(false, async () => {
    addQueue(number, declaration, inbox, await declare(connection, declaration))
    return true
  })
}

/** That a link was closed is no error that it should throw when it closes. */
async function unlessClosed<R>(otherwise: R, work: () => Promise<R>): Promise<R> {
  try {
    return await work()
  } catch (error) {
    if (isClosed(connection.fault)) return otherwise
    throw error
  }
}

function addQueue(number: number, declaration: Declaration, inbox: Inbox, ackWait: number): void {
  if (queues.has(number) || left.delete(number) || connection.fault !== undefined) return
  const again = () => redeclare(declaration)
  queues.set(number, {
    declaration,
    pulls: new Pulls(connection, declaration.name, inbox, declaration.prefetch, ackWait, again),
  })
}

async function redeclare(declaration: Declaration): Promise<void> {
  await declare(connection, declaration)
}

/** Resolves with how the put has ended. */
export function put(ticket: number, number: number, packet: Uint8Array, id: string, timeout: number): Promise<Verdict> {
  const { declaration } = queues.get(number)!
  return puts.put(ticket, declaration.name, packet, id, timeout, () => redeclare(declaration))
}

/** Ends a put, which then says what is known of it. */
export function abandon(ticket: number): void {
  puts.abandon(ticket)
}

/** Resolves with what the server tells of a queue; with nothing where the link closes meanwhile. */
export function counts(name: string): Promise<QueueCounts | undefined> {
  return unlessClosed<QueueCounts | undefined>(undefined, () => countsOf(connection, name))
}

/**
 * Resolves with what the host has answered. `opening` is the task that connects, `timeout` what the caller has given.
 *
 * @throws what the task has thrown, RunnerDiedError, EventLoopTimeoutError, CancelledError
 */
export async function callRemote(
  opening: BackgroundTask<boolean>,
  name: string,
  fn: string,
  packet: Uint8Array,
  given: number,
): Promise<unknown> {
  const task = currentTask()!
  const timer = new TimeoutTimer(given)
  await opened(opening, timer, `'${fn}' of '${name}' timed out after ${given} ms`)
  const { signal } = task
  const outcome = await remote.call({ name, fn, packet, timeout: timer.remaining, given, signal })
  if ('value' in outcome) return outcome.value
  if (outcome.error instanceof CancelledError) task.throwIfCancelled()
  throw outcome.error
}

async function opened(opening: BackgroundTask<boolean>, timer: TimeoutTimer, late: string): Promise<void> {
  let isOpen: boolean
  try {
    isOpen = await opening.result({ timeout: timer.remaining })
  } catch (error) {
    const isLate = error instanceof EventLoopTimeoutError
    throw isLate ? new EventLoopTimeoutError(`${late}: there was no connection to the NATS server.`) : error
  }
  if (!isOpen) throw new CancelledError('The link was closed.')
}

/** Takes tasks of this name; resolves when that is over, with whether it was before the link was closed. */
export function work(opening: BackgroundTask<boolean>, number: number, declaration: WorkDeclaration): Promise<boolean> {
  const host = new Work(connection, declaration)
  works.set(number, host)
  return unlessClosed(false, async () => {
    await opening.result()
    await host.run()
    return true
  })
}

/** Takes no more tasks, cancels those that are run, and resolves when all have been answered. */
export async function closeWork(number: number): Promise<void> {
  const closing = works.get(number)?.close()
  works.delete(number)
  await closing
}

/** Resolves when the server is not served any more: the task was cancelled, or the server or the link was closed. */
export async function serve(server: Server, name: string, heartbeat: number): Promise<void> {
  if (await opening) await table.serve(server, name, heartbeat)
}

/** Passes on the calls of the clients of a server that stands here for another. */
export function relay(name: string, server: Server, event: Event, heartbeat: number): void {
  table.relay(name, server, event, heartbeat)
}

/** Resolves with whether a client has its place; it has none where it leaves, or the link closes, meanwhile. */
export function join(name: string, client: number): Promise<boolean> {
  return unlessClosed(false, () => table.join(name, client))
}

/** Gives the place of a client up, at once. */
export function leave(name: string, client: number): void {
  table.leave(name, client)
}

/** The process ends: the machines that servers and clients are shared with are told. */
export async function takeLeave(): Promise<void> {
  table.close()
  await flushed(AT_EXIT)
}

/** What was told before goes out, as long as that takes no longer. */
async function flushed(patience: number): Promise<void> {
  const { nc } = connection
  if (nc === undefined || !connection.isUp) return
  await Promise.race([nc.flush(), new Promise(resolve => setTimeout(resolve, patience))]).catch(() => {})
}

/** Ends everything: what is prefetched is handed back, and the answers to what was sent are waited for a while. */
export async function close(): Promise<void> {
  if (pumped !== undefined) {
    for (const command of pumped.clear()) obey(command)
    pumped.shutdown({ immediate: true })
  }
  const calls = remote.close(PATIENCE)
  table.close()
  const closings = Array.from(queues.values(), ({ pulls }) => pulls.close())
  const ends = await Promise.allSettled([
    ...Array.from(works.keys(), closeWork),
    ...closings,
    puts.close(PATIENCE),
    calls,
  ])
  await flushed(PATIENCE)
  connection.end(closed())
  await connection.nc?.close()
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}

// --- what is told

async function pump(commands: Commands): Promise<void> {
  for await (const batch of commands.batches(MANY)) {
    const touched = new Set<Pulls>()
    for (const command of batch) {
      const pulls = obey(command)
      if (pulls !== undefined) touched.add(pulls)
    }
    for (const pulls of touched) pulls.look()
  }
}

/** Does what is told, and returns the queue that is to be looked at then. */
function obey(command: string): Pulls | undefined {
  const [verb, rest] = [command[0], command.slice(1)]
  if (verb === Verb.Ack || verb === Verb.Nak || verb === Verb.Working || verb === Verb.Term) return answer(verb, rest)
  const [number, count] = rest.split('|').map(Number)
  const pulls = queues.get(number!)?.pulls
  if (verb === Verb.Want) pulls?.want(1)
  else if (verb === Verb.Unwant) pulls?.want(-1)
  else if (verb === Verb.Prefetch) pulls?.prefetch(count!)
  else if (verb === Verb.Leave) void (pulls === undefined ? left.add(number!) : pulls.close())
  else throw fault('ERR_INTERNAL', `The command '${command}' is not known.`)
  return pulls
}

const answers: Record<string, string> = { [Verb.Ack]: '+ACK', [Verb.Working]: '+WPI', [Verb.Term]: '+TERM' }

/** Tells the server about a delivery. */
function answer(verb: string, rest: string): undefined {
  const { nc } = connection
  if (nc === undefined || nc.isClosed()) return
  const bar = rest.indexOf('|')
  const reply = bar < 0 ? rest : rest.slice(0, bar)
  if (verb !== Verb.Nak) nc.publish(reply, answers[verb])
  else if (bar < 0) nc.publish(reply, '-NAK')
  else nc.publish(reply, `-NAK ${JSON.stringify({ delay: Math.round(Number(rest.slice(bar + 1)) * 1e6) })}`)
}
