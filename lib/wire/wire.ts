// What crosses a thread, and how: any value becomes bytes here, and a value again on the other side.
//
// Promises: a copy as structured clone makes it, with cycles and shared references; instances of a class arrive as plain
// objects with their own fields. Other than there, handles arrive as the same object, a Buffer as a Buffer, errors with
// class and fields, and a SharedArrayBuffer is shared.
// Refuses, with UncloneableError and the path, what structured clone refuses (functions, promises, proxies, detached
// memory …), every object of the platform's (URL, Headers, AbortSignal, Blob, KeyObject …), and what is nested more than
// 1000 levels deep. Nothing is left behind then.

import { UncloneableError } from '../errors.js'
import { isA } from '../methods.js'
import { atCaller } from '../stack.js'
import { writeCall } from './arrays/arrays.js'
import './binary.js'
import './builtins.js'
import { standIn } from './errors.js'
import { scratch } from './scratch.js'
import { Reader } from './reader.js'
import { isStackInUse, isStackShort } from './room.js'
import { Tag } from './tags.js'
import { isOverflow, Writer } from './writer.js'

/** One value as bytes, in memory that is used again: give it back with `release`, the latest first. */
export interface Packet {
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
  /** The ids of the handles in it, each once. Behind `end` there is room for them, eight bytes each. */
  readonly handles: readonly number[]
}

let idle: Writer | undefined = new Writer()

/**
 * How a value is written, and for which reader. Every object of this type has all of its fields: V8 reads them faster then,
 * and they are read with each value.
 */
export interface Encoding {
  /** For what a task has thrown: whatever cannot cross is left out or shown as text, and nothing throws. */
  readonly lenient: boolean
  /** For another process, which has no handle and no shared memory of this one; those are refused. */
  readonly leaves: boolean
  /** For a sandboxed script, to which the same value is the same bytes. */
  readonly forScript: boolean
}

const usual: Encoding = { lenient: false, leaves: false, forScript: false }
/** That of what a task has thrown. */
export const leniently: Encoding = { lenient: true, leaves: false, forScript: false }
const forScript: Encoding = { lenient: false, leaves: false, forScript: true }
const lenientlyForScript: Encoding = { lenient: true, leaves: false, forScript: true }

/** That of a value that a sandboxed script reads, or of what was thrown in its place. */
export function encodingFor(isForScript: boolean, isLenient: boolean): Encoding {
  if (isForScript) return isLenient ? lenientlyForScript : forScript
  return isLenient ? leniently : usual
}

/**
 * Returns a value as bytes. `root` is what error paths begin with: 'args', 'item', 'value', 'result', 'error'.
 *
 * A getter in the value may itself encode and release; those bytes lie behind the ones written so far.
 *
 * @throws UncloneableError, or what a getter throws. Nothing is kept then.
 */
export function encode(value: unknown, root: string, encoding = usual): Packet {
  return write(value, root, encoding)
}

/**
 * Returns a call as bytes, for `decodeNamed`. `args` is what the engine has made of a function's rest parameter; `extra`
 * arrives as its field `beside`.
 *
 * @throws as `encode`.
 */
export function encodeCall(name: string, args: readonly unknown[], extra?: object): Packet {
  return write(args, 'args', usual, name, extra)
}

/** Writes a value, or a call with its name. */
function write(value: unknown, root: string, encoding: Encoding, name?: string, extra?: object): Packet {
  const { lenient, leaves, forScript } = encoding
  const start = scratch.at
  const writer = idle ?? new Writer()
  idle = undefined
  let packet: Packet | undefined
  try {
    writer.begin(root, lenient, leaves, forScript)
    if (name === undefined) writer.value(value)
    else writeCall(writer, name, value as unknown[], extra)
    return (packet = packetOf(writer, start))
  } catch (error) {
    scratch.release(start)
    if (!lenient) throw pointed(writer.explained(error))
    const substitute = standIn(writer, value, error)
    writer.end()
    writer.begin(root, lenient, leaves, forScript)
    writer.value(substitute)
    return (packet = packetOf(writer, start))
  } finally {
    scratch.at = start // No call: it may be that no stack is left for one.
    writer.end()
    idle = writer
    if (packet !== undefined) scratch.at = packet.end
  }
}

/**
 * Has several values written, each by the writer's `next`, `value` and `finish`; `root` as in `encode`. What was written and not
 * given back when it fails, is given back.
 *
 * @throws as `encode`, and what `write` throws by itself.
 */
export function writeSeveral(root: string, write: (writer: Writer) => void): void {
  const start = scratch.at
  const writer = idle ?? new Writer()
  idle = undefined
  writer.beginSeveral(root)
  try {
    write(writer)
  } catch (error) {
    scratch.at = start // No call: it may be that no stack is left for one.
    scratch.release(start)
    throw pointed(writer.explained(error))
  } finally {
    writer.end()
    idle = writer
  }
}

/** An error of ours points at the caller; one that a getter has thrown says itself where that was. */
function pointed(error: unknown): unknown {
  return isA(error, UncloneableError) ? atCaller(error) : error
}

/** What was written since `start`, with room behind it for the handles. */
function packetOf(writer: Writer, start: number): Packet {
  writer.finish()
  scratch.room(8 * writer.handles.length)
  return { bytes: scratch.bytes, start, end: scratch.at, handles: writer.handles }
}

/** Gives the memory of a packet back, and of all that were encoded after it. */
export function release(packet: Packet): void {
  scratch.release(packet.start)
}

/**
 * Returns the value that was encoded as these bytes. They may be overwritten afterwards, unless `isOwned` says that
 * they will not be: then a Buffer that makes up most of them is not copied, but stays where it is.
 *
 * Bytes that a script has written say so in front (`Tag.Foreign`), and are read as `decodeForeign` reads them.
 */
export function decode(bytes: Uint8Array, start: number, isOwned = false): unknown {
  const reader = new Reader(bytes, start, isOwned)
  try {
    return reader.value()
  } catch (error) {
    throw unread(reader, error)
  }
}

/**
 * Returns the value that another process has encoded with `leaves` as these bytes, whatever they are. Handles, shared memory
 * and the number of a task that was cancelled would mean something else here: the first two are refused, the last is left out.
 *
 * @throws TypeError, RangeError, UncloneableError where the bytes are not such a value.
 */
export function decodeForeign(bytes: Uint8Array, start: number): unknown {
  try {
    return new Reader(bytes, start, false, true).value()
  } catch (error) {
    throw unreadable(error)
  }
}

/** So many arguments a script may give: they stand on the stack of this thread, and a call that finds no room for them throws. */
const mostArguments = 2 ** 14

function checkArguments({ length }: readonly unknown[]): void {
  if (length <= mostArguments) return
  const most = `which is more than ${mostArguments}: give a list as one argument.`
  throw (hopeless = new UncloneableError('args', `The call cannot be made: it has ${length} arguments, ${most}`))
}

/** Returns the name and the value that were encoded as these bytes; see `decode`. Those of a script are a list of arguments. */
export function decodeNamed(bytes: Uint8Array, start: number, isOwned = false): [name: string, value: unknown] {
  const reader = new Reader(bytes, start, isOwned)
  const named = readNamed(reader)
  if (reader.left) checkArguments(named[1] as unknown[])
  return named
}

function readNamed(reader: Reader): [name: string, value: unknown] {
  try {
    const name = reader.name()!
    if (reader.left && reader.bytes[reader.at] !== Tag.Array) throw new TypeError('A call has no list of arguments.')
    return [name, reader.value()]
  } catch (error) {
    throw unread(reader, error, false)
  }
}

/**
 * As `unreadable`. Where a script has written the bytes, the error says so; what was wrong with them is its cause. One that the
 * script alone is told, which gets no stack of this thread, need not point at anybody.
 */
function unread({ left }: Reader, cause: unknown, isSeenHere = true): unknown {
  if (!left) return unreadable(cause)
  if (isOverflow(cause)) return unreadable(cause, isStackShort)
  const what = 'What the script has sent cannot be read: it is no value that this version of Node.js knows.'
  const error = new UncloneableError('', what, { cause })
  return isSeenHere ? unreadable(error) : (hopeless = error)
}

/**
 * The error of the last value that can never be read on this thread. Where reading fails with another, the code that
 * reads has used up its stack: what it has taken goes back.
 */
export let hopeless: unknown

export function isHopeless(error: unknown): boolean {
  return error === hopeless
}

/** The error with which reading ends. Where no stack is left to find out, that is another than the `hopeless` one. */
export function unreadable(cause: unknown, isOurs = isStackInUse): unknown {
  if (isOverflow(cause)) {
    if (isOurs()) return cause
    const what = "cannot be read: it is nested too deeply for what is left of this thread's stack."
    return (hopeless = pointed(new UncloneableError('', `What has arrived ${what}`, { cause })))
  }
  return (hopeless = pointed(cause))
}

/** Calls `listener` with the memory packets are written to: now, and whenever it is replaced by other memory. */
export function onScratch(listener: (bytes: Uint8Array) => void): void {
  scratch.listen(listener)
}
