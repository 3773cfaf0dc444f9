// What a loop's output streams know of the terminal they lead to.
//
// Promises what the streams of the main thread know and do there: `isTTY`, `getColorDepth`, `hasColors`, the cursor, and the
// size, which is that of the moment it is asked for; a loop hears of no `resize`. A stream that leads to no terminal has none
// of these, `isTTY` included.

import type { Writable } from 'node:stream'
import type { WriteStream } from 'node:tty'
import { native } from '../native/native.js'

const methods = [
  'getColorDepth',
  'hasColors',
  'getWindowSize',
  'cursorTo',
  'moveCursor',
  'clearLine',
  'clearScreenDown',
]

/** Where the core can tell a size, there is a terminal; Node's own module is loaded only for one, since that takes time. */
const isAskedOfNode = process.platform === 'win32'

/** Tells a stream whether its descriptor is a terminal, and what it must know of one. */
export function tellTerminal(stream: Writable, descriptor: number): void {
  const isTTY = isAskedOfNode ? tty().isatty(descriptor) : native.outputWindow(descriptor) !== undefined
  if (!isTTY) return
  Object.assign(stream, { isTTY })
  const { prototype } = tty().WriteStream as unknown as { prototype: Record<string, unknown> }
  for (let i = 0; i < methods.length; i++)
    define(stream, methods[i]!, { value: prototype[methods[i]!], writable: true })
  define(stream, 'columns', { get: () => size(descriptor)[0] })
  define(stream, 'rows', { get: () => size(descriptor)[1] })
}

function define(stream: Writable, name: string, descriptor: PropertyDescriptor): void {
  Object.defineProperty(stream, name, { configurable: true, enumerable: 'get' in descriptor, ...descriptor })
}

function size(descriptor: number): readonly (number | undefined)[] {
  return native.outputWindow(descriptor) ?? (isAskedOfNode ? sizeByNode(descriptor) : [])
}

/** A stream of Node's learns its size when it is opened. */
function sizeByNode(descriptor: number): readonly number[] {
  let stream: WriteStream | undefined
  try {
    stream = new (tty().WriteStream)(descriptor)
    return stream.getWindowSize()
  } catch {
    return []
  } finally {
    stream?.destroy()
  }
}

function tty(): typeof import('node:tty') {
  return require('node:tty') as typeof import('node:tty')
}
