// Ctrl-C on the main thread, where the program listens for it.
//
// The core sees the signal first and ends the blocking wait, or the next one. Promises that it does so only until a
// listener has run: as long as the program has listeners, one of our own stands before them and tells the core. For a
// program that does not listen nothing changes. Another loaded copy of the package has a core, and a listener, of its own:
// neither counts as the program's.

import { filtered, indexIn } from '../methods.js'
import { isMainThread } from 'node:worker_threads'
import { native } from '../native/native.js'
import { main, threadWide } from '../native/thread-wide.js'

/** On our listener, in every loaded copy of the package. */
const OURS: unique symbol = Symbol.for('threaded-async:interrupt')

const heard = Object.assign(() => native.interruptHeard(), { [OURS]: true })

const isOurs = (listener: Function): boolean => (listener as Partial<typeof heard>)[OURS] === true

function join(): void {
  if (indexIn(main.process.listeners('SIGINT'), heard) >= 0) return
  main.process.prependListener('SIGINT', heard)
  native.interruptListen()
}

function onNewListener(name: string | symbol, listener: Function): void {
  if (name === 'SIGINT' && !isOurs(listener)) join()
}

/** Without a listener the signal ends the process, so ours must not be the only ones. */
function onRemoveListener(name: string | symbol): void {
  if (name === 'SIGINT' && !hasOthers()) main.process.removeListener('SIGINT', heard)
}

function hasOthers(): boolean {
  return filtered(main.process.listeners('SIGINT'), listener => !isOurs(listener)).length > 0
}

function begin(): void {
  main.process.on('newListener', onNewListener)
  main.process.on('removeListener', onRemoveListener)
  if (hasOthers()) join()
}

if (isMainThread) threadWide('interrupt', begin)
