// Passes SharedArrayBuffers between threads, which Node-API cannot: each is announced on a channel of the package's
// own, then named by number.
//
// Promises: every thread that has loaded this file when memory is announced can look it up, also one that is blocked
// and drains the channel by itself; so can a loop that was still starting: its maker has opened a channel in its name
// before there was a thread, and has told it what was announced before. Keeps no process alive. In Bun and Deno, all of that
// holds between a thread and the loops that it has made; other threads hear of memory only when their loops turn.
// A thread holds on to the memory it was last told of (1024 pieces, 128 MiB, though never fewer than 8), since nothing
// else holds memory that is still on its way. Older memory is found while something on the thread holds it. A number that
// was announced before this loop was alive, or too long ago, is refused.

import { BroadcastChannel, MessageChannel, receiveMessageOnPort } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import { UncloneableError } from '../errors.js'
import { descriptionOf, filtered } from '../methods.js'
import type { Announcement, Ears } from '../native/boot.js'
import { native } from '../native/native.js'
import { threadWide } from '../native/thread-wide.js'

const mostHeld = 1024
const mostBytesHeld = 128 * 1024 * 1024
const leastHeld = 8

/** What a thread has heard of. */
interface Heard {
  /** What was announced last; the oldest first. */
  readonly held: Map<number, SharedArrayBuffer>
  bytesHeld: number
  /** The numbers of what was announced before, which the core finds. Swept when they have doubled. */
  readonly older: Set<number>
  sweepAt: number
  readonly ids: WeakMap<SharedArrayBuffer, number>
}

const heard = threadWide('shared memory', (): Heard => ({
  held: new Map(),
  bytesHeld: 0,
  older: new Set(),
  sweepAt: 64,
  ids: new WeakMap(),
}))

// Numbers are those of one loaded core: another installation of the package has its own, and must not hear ours.
const channelName = `threaded-async:shared-memory:${__filename}`
const channel = threadWide('channel', openChannel)

/** What is behind it. Only Node has a port there: elsewhere what it carries arrives with the turns of the event loop. */
const channelPort = portOf(channel)

/**
 * Elsewhere: ports to the thread that has started this one, and to those that this one has started. They are looked into as
 * a port behind the channel would be, and what one of them brings goes on by the others.
 */
const relatives = threadWide('relatives', () => new Set<MessagePort>())

function openChannel(): BroadcastChannel {
  const opened = new BroadcastChannel(channelName)
  // Without a listener the channel would hold everything ever announced to a thread that looks nothing up.
  opened.onmessage = ({ data }: { data: unknown }) => {
    remember(data as Announcement)
    drainAnnouncements()
  }
  opened.unref()
  return opened
}

/**
 * Returns the number of this memory, and makes sure that every thread knows it. Each time anew: a receiver may have
 * let go of it since, and another may have started.
 */
export function announce(memory: SharedArrayBuffer): number {
  drainAnnouncements()
  const id = heard.ids.get(memory) ?? native.nextId()
  const announcement = { id, memory }
  channel.postMessage(announcement)
  relatives.forEach(port => port.postMessage(announcement))
  remember(announcement)
  return id
}

/**
 * Returns the memory with this number.
 *
 * @throws UncloneableError when this thread was never told of it, or has let go of it.
 */
export function lookup(id: number): SharedArrayBuffer {
  drainAnnouncements()
  const memory = heard.held.get(id) ?? native.memoryFind(id)
  if (memory !== undefined) return memory
  throw new UncloneableError(
    'SharedArrayBuffer',
    `The SharedArrayBuffer with number ${id} was sent before this loop was alive, or so long ago that nobody here ` +
      'holds it any more. Send it again.',
  )
}

/** Takes in what has been announced. A thread that blocks for long calls this now and then, to hold no more than it must. */
function drainAnnouncements(): void {
  drain(channelPort)
  relatives.forEach(drain)
}

function drain(port: MessagePort | undefined): void {
  if (port === undefined) return
  for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
    const announcement = next.message as Announcement
    remember(announcement)
    relatives.forEach(other => {
      if (other !== port) other.postMessage(announcement)
    })
  }
}

// --- for a loop that is being started

/**
 * What a thread is started with, to miss nothing: `early` is to be transferred, and collects from now on. `closeEar` is to
 * be called when the thread has ended.
 */
export function earsForThread(): { ears: Ears; closeEar: () => void } {
  const { early, closeEar } = channelPort === undefined ? portToThread() : portOfChannel()
  drainAnnouncements() // Afterwards, so that there is no moment in between.
  const known: Announcement[] = []
  const add = (memory: SharedArrayBuffer | undefined, id: number) => {
    if (memory !== undefined) known[known.length] = { id, memory }
  }
  heard.older.forEach(id => add(native.memoryFind(id), id))
  heard.held.forEach(add)
  return { ears: { known, early }, closeEar }
}

interface Ear {
  early: MessagePort | undefined
  closeEar: () => void
}

function portOfChannel(): Ear {
  return { early: portOf(new BroadcastChannel(channelName)), closeEar: () => {} }
}

function portToThread(): Ear {
  const { port1, port2 } = new MessageChannel()
  port1.unref()
  relatives.add(port1)
  const closeEar = () => {
    drain(port1)
    relatives.delete(port1)
    port1.close()
  }
  return { early: port2, closeEar }
}

/** A channel is a port behind a class that cannot be transferred. The port can. */
function portOf(opened: BroadcastChannel): MessagePort | undefined {
  const handle = filtered(Object.getOwnPropertySymbols(opened), symbol => descriptionOf(symbol) === 'kHandle')
  return (opened as unknown as Record<symbol, MessagePort | undefined>)[handle[0]!]
}

/** Takes in what this thread was started with, now that its own channel is open. */
export function takeEars({ known, early }: Ears): void {
  for (let i = 0; i < known.length; i++) remember(known[i]!)
  drain(early)
  if (channelPort !== undefined || early === undefined) return void early?.close()
  early.unref()
  relatives.add(early)
}

/** Keeps one object for one memory on each thread, for as long as anything holds it. */
function remember({ id, memory }: Announcement): void {
  const known = heard.held.get(id) ?? native.memoryFind(id) ?? memory
  letGo(id)
  if (heard.older.delete(id)) native.memoryForget(id)
  heard.held.set(id, known)
  heard.bytesHeld += sizeOf(known)
  heard.ids.set(known, id)
  while (heard.held.size > leastHeld && (heard.held.size > mostHeld || heard.bytesHeld > mostBytesHeld)) ageOldest()
}

function letGo(id: number): void {
  const memory = heard.held.get(id)
  if (memory === undefined) return
  heard.bytesHeld -= sizeOf(memory)
  heard.held.delete(id)
}

/** The most it can grow to: what it is now may have changed by the time it is let go of. */
function sizeOf(memory: SharedArrayBuffer): number {
  return (memory as SharedArrayBuffer & { maxByteLength: number }).maxByteLength
}

function ageOldest(): void {
  const id = heard.held.keys().next().value!
  const memory = heard.held.get(id)!
  letGo(id)
  heard.older.add(id)
  native.memoryKeepWeakly(id, memory)
  if (heard.older.size >= heard.sweepAt) sweep()
}

function sweep(): void {
  heard.older.clear()
  const left = native.memorySweep()
  for (let i = 0; i < left.length; i++) heard.older.add(left[i]!)
  heard.sweepAt = Math.max(64, heard.older.size * 2)
}
