// Values on their way to the core and from it.
//
// Primitives are passed as they are; everything else as the bytes of `wire.ts`, through scratch memory that the core
// reads and writes. Promises that a value which cannot cross is refused before the native call it was meant for.

import { UncloneableError } from '../errors.js'
import { setFloat64 } from '../methods.js'
import { control, inbox, native } from '../native/native.js'
import { Status, Word } from '../native/protocol.js'
import { threadWide } from '../native/thread-wide.js'
import { decode, decodeNamed, encode, encodeCall, hopeless, onScratch, unreadable } from './wire.js'
import type { Encoding, Packet } from './wire.js'
import { scratch } from './scratch.js'

/** The scratch that the core reads from. */
const told = threadWide('scratch', (): { bytes: Uint8Array | undefined } => ({ bytes: undefined }))

onScratch(tell)

function tell(bytes: Uint8Array): void {
  // The memory is given back after the call that took it: a wait that has been parked by that is still to be claimed.
  const unclaimed = control[Word.Unclaimed]!
  control[Word.Unclaimed] = 0
  told.bytes = undefined
  native.setScratch(bytes)
  told.bytes = bytes
  control[Word.Unclaimed] = unclaimed
}

/** Whether a value passes as it is. */
export function isPrimitive(value: unknown): boolean {
  return typeof value === 'object' ? value === null : typeof value !== 'function' && typeof value !== 'symbol'
}

/**
 * Makes a value ready for the next native call, and returns what to pass for it. After that call `unpack` gives the
 * scratch back, to where it was (`scratch.at`) before this.
 */
export function pack(value: unknown, root: string, encoding?: Encoding): unknown {
  control[Word.OutEnd] = 0 // Bytes for a call that could not be made may stand there.
  if (isPrimitive(value)) return value
  return send(encode(value, root, encoding))
}

/** Makes a call ready, by name, arguments and what travels besides, for the next native call; as `pack`. */
export function packCall(fun: string, args: readonly unknown[], extra?: object): unknown {
  return send(encodeCall(fun, args, extra))
}

/** Says where the bytes for the next native call are. */
export function send({ bytes, start, end, handles }: Packet): undefined {
  if (bytes !== told.bytes) tell(bytes)
  if (handles.length > 0) {
    const view = new DataView(bytes.buffer)
    for (let i = 0; i < handles.length; i++) setFloat64(view, end + 8 * i, handles[i]!, true)
  }
  control[Word.OutStart] = start
  control[Word.OutHandles] = handles.length
  control[Word.OutEnd] = end
}

/**
 * Makes a native call with a value, and returns what it returns. `root`: as in `encode`.
 *
 * @throws UncloneableError before the call, unless the encoding is lenient.
 */
export function sending<R>(value: unknown, root: string, call: (packed: unknown) => R, encoding?: Encoding): R {
  const start = scratch.at
  const packed = pack(value, root, encoding)
  if (packed !== undefined) return call(packed) // A primitive passes as it is.
  try {
    return call(packed)
  } finally {
    unpack(start)
  }
}

/** Gives the scratch back, from `start` on, after the call that took what was there. */
export function unpack(start: number): void {
  control[Word.OutEnd] = 0
  scratch.release(start)
}

/** The value a native call has returned, with a status of `Value` or one of the encoded. */
export function receive(value: unknown): unknown {
  return control[Word.Status] === Status.Value ? value : read(value, decode)
}

/**
 * Reading may run user code, as the getters of a registered class; what that receives comes by another way. Where it
 * fails, the words are again as the native call has left them, for those who take back what it has handed over.
 */
function read<R>(value: unknown, decoded: (bytes: Uint8Array, start: number, isOwned: boolean) => R): R {
  const status = control[Word.Status]!
  const length = control[Word.Extra]!
  const handles = control[Word.InHandles]!
  const outer = control[Word.Reading]!
  control[Word.Reading] = 1
  try {
    const isInInbox = status === Status.Encoded
    return decoded(isInInbox ? inbox : apart(value), 0, !isInInbox)
  } catch (error) {
    control[Word.Reading] = outer
    control[Word.Extra] = length
    control[Word.InHandles] = handles
    if (handles > 0 && error === hopeless) native.handlesLetGo(value, status)
    throw error
  } finally {
    control[Word.Reading] = outer
  }
}

/** The same, or the error with which the value could not be read: where a value is told of and nobody waits for it. */
export function receiveOrError(value: unknown): unknown {
  try {
    return receive(value)
  } catch (error) {
    return error
  }
}

/** Bytes that came by themselves, which the core had to find memory for. */
function apart(value: unknown): Uint8Array {
  if (value !== undefined) return value as Uint8Array
  throw unreadable(new UncloneableError('', 'What has arrived cannot be read: there is no memory for a copy of it.'))
}

/** The call a native call has returned. */
export function receiveCall(value: unknown): [fun: string, args: unknown[]] {
  return read(value, decodeNamed) as [string, unknown[]]
}
