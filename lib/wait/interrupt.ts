// Ctrl-C on the main thread, where the program listens for it.
//
// The core sees the signal first and ends the blocking wait, or the next one. Promises that it does so only until a
// listener has run: as long as the program has listeners, one of our own stands before them and tells the core. For a
// program that does not listen nothing changes.

import { indexIn } from '../methods.js'
import { isMainThread } from 'node:worker_threads'
import { native } from '../native/native.js'
import { main, threadWide } from '../native/thread-wide.js'

const heard = () => native.interruptHeard()

function join(): void {
  if (indexIn(main.process.listeners('SIGINT'), heard) >= 0) return
  main.process.prependListener('SIGINT', heard)
  native.interruptListen()
}

function onNewListener(name: string | symbol, listener: Function): void {
  if (name === 'SIGINT' && listener !== heard) join()
}

/** Without a listener the signal ends the process, so ours must not be the only one. */
function onRemoveListener(name: string | symbol): void {
  if (name !== 'SIGINT') return
  const listeners = main.process.listeners('SIGINT')
  if (listeners.length === 1 && listeners[0] === heard) main.process.removeListener('SIGINT', heard)
}

function begin(): void {
  main.process.on('newListener', onNewListener)
  main.process.on('removeListener', onRemoveListener)
  if (main.process.listenerCount('SIGINT') > 0) join()
}

if (isMainThread) threadWide('interrupt', begin)
