// What a queue and its puts are given, and what a queue tells of itself.
//
// Promises that every option is read once and checked before anything has an effect, and that what a put transfers is the
// caller's until the item is in.

import type { PlainOptions } from '../brands.js'
import { MOST, checkCount, checkOptions } from '../arguments.js'
import type { AwaitOptions } from '../timeout.js'
import { checkName } from '../wait/runner-handle.js'
import { checkTransfer, detach } from '../wire/transfer.js'

/** What a queue is made with. */
export interface QueueOptions extends PlainOptions {
  /** In errors and where it is printed; left out, it is called `a queue`. */
  name?: string | undefined
  /** How many items it holds at most; 0 (the default) and `Infinity` for any number. */
  maxsize?: number | undefined
  /**
   * How many bytes its items take at most, as they are encoded to cross (a number takes 8); 0 (the default) and
   * `Infinity` for any number. An item enters when its bytes fit, or when the queue is empty: a larger one travels alone.
   * A small item behind a large one waits for it.
   */
  maxBytes?: number | undefined
}

/** What a put takes beside its wait. */
export interface PutOptions {
  /** ArrayBuffers that are detached on this side once the item is in; their bytes are copied. */
  transfer?: readonly ArrayBuffer[] | undefined
}

/** Sizes and waiters of a queue, all of one moment. */
export interface QueueStatistics {
  /** Items in the queue. */
  size: number
  /** How many it holds at most; `Infinity` for any number. */
  maxsize: number
  /** How many bytes its items take, as they are encoded. */
  bytes: number
  /** How many they may take together; `Infinity` for any number. */
  maxBytes: number
  /** Waits for an item, for room, and for everything to be done, on all threads. */
  getters: number
  putters: number
  joiners: number
  /** Items put and not yet reported done. */
  unfinished: number
}

const queueOptions = ['name', 'maxsize', 'maxBytes']

const none: QueueOptions = Object.freeze({ __proto__: null } as object)

export function checkBounds(
  options: QueueOptions = none,
): Required<Pick<QueueOptions, 'maxsize' | 'maxBytes'>> & { name: string | undefined } {
  const { name, maxsize = 0, maxBytes = 0 } = checkOptions(options, queueOptions)
  return {
    name: checkName(name),
    maxsize: checkCount(maxsize, 'options.maxsize', 0, MOST, 0),
    maxBytes: checkCount(maxBytes, 'options.maxBytes', 0, Number.MAX_SAFE_INTEGER, 0),
  }
}

const putOptions = ['timeout', 'signal', 'transfer']
export const putWaitOptions = ['timeout', 'transfer']

/** Puts, and detaches once the item is in. Each option is read once: a getter might give something else the second time. */
export async function transferring(
  options: AwaitOptions & PutOptions,
  put: (options: AwaitOptions) => Promise<void>,
): Promise<void> {
  const { timeout, signal, transfer } = checkOptions(options, putOptions)
  const buffers = checkTransfer(transfer)
  await put({ timeout, signal })
  detach(buffers)
}
