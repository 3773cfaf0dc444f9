// The `transfer` option: memory the sender gives up when its value has been taken.
//
// Promises: the list is checked whole before anything happens, and detached only once the value has arrived in the
// core; a check detaches nothing. The bytes are copied once, as for any other value.
// Anything but an ArrayBuffer is refused with ERR_INVALID_ARG_TYPE; with UncloneableError memory that is listed twice, is
// detached already, or cannot be detached: the pool of Buffers, WebAssembly's, what is marked as untransferable.

import { checkOptions, invalidArgType, isArray } from '../arguments.js'
import { types } from 'node:util'
import { filtered, indexIn, part, sliced, startsWith } from '../methods.js'
import { UncloneableError } from '../errors.js'
import { atCaller } from '../stack.js'
import { isDetachable, isDetached } from './probes.js'

const { isArrayBuffer } = types
const none: readonly ArrayBuffer[] = Object.freeze([])

/** Returns the list as it is, once everything in it is sure to be detachable; an empty one for `undefined`. */
export function checkTransfer(list: unknown, name = 'options.transfer'): readonly ArrayBuffer[] {
  if (list === undefined) return none
  if (!isArray(list)) throw invalidArgType(name, 'an instance of Array', list, checkTransfer)
  const memories = part(list, 0, list.length) as ArrayBuffer[]
  for (let i = 0; i < memories.length; i++) {
    if (!isArrayBuffer(memories[i])) {
      throw invalidArgType(`${name}[${i}]`, 'an instance of ArrayBuffer', memories[i], checkTransfer)
    }
  }
  const last = startsWith(name, 'options.') ? sliced(name, 'options.'.length) : name
  for (let i = 0; i < memories.length; i++) checkDetachable(memories[i]!, i, memories, `${last}[${i}]`)
  return memories
}

/** Returns the list of options that have nothing else, checked; see `checkTransfer`. */
export function transferOf(options: { transfer?: unknown } | undefined): readonly ArrayBuffer[] {
  return options === undefined ? none : checkTransfer(checkOptions(options, ['transfer']).transfer)
}

/** Detaches memory that `checkTransfer` has passed. */
export function detach(memories: readonly ArrayBuffer[]): void {
  if (memories.length === 0) return
  // Never through Node-API: that would take the pool's memory from under other Buffers.
  const left = filtered(memories, memory => !isDetached(memory))
  if (left.length > 0) structuredClone(undefined, { transfer: left })
}

function checkDetachable(memory: ArrayBuffer, index: number, all: ArrayBuffer[], path: string): void {
  const what =
    indexIn(all, memory) < index
      ? 'in the list twice'
      : isDetached(memory)
        ? 'detached already'
        : isDetachable(memory)
          ? undefined
          : 'memory that cannot be detached (the pool of Buffers, WebAssembly, or marked so)'
  if (what === undefined) return
  throw atCaller(new UncloneableError(path, `${path} cannot be transferred: it is ${what}.`))
}
