// What runs on the loops of a host of tasks: functions of one module, each called with what has come from elsewhere.
//
// Promises that nothing is called but what the module exports by itself, and that every call ends with a letter.

import { fault } from '../protocol.js'
import { itemOf } from '../packet.js'
import { errorOf, valueOf } from './letters.js'

type Module = Record<string, unknown>

/** Names that mean something else to those who import or await a module. */
const refused = ['__proto__', 'default', 'then']

/** Resolves when the module is there. */
export async function load(url: string): Promise<void> {
  await import(url)
}

/** Resolves with how the call has ended. */
export async function call(url: string, name: string, packet: Uint8Array): Promise<Uint8Array> {
  try {
    const fn = functionOf((await import(url)) as Module, name, url)
    const args = itemOf(packet, 'The call')
    return valueOf(await fn(...(args as unknown[])))
  } catch (error) {
    return errorOf(error)
  }
}

function functionOf(module: Module, name: string, url: string): (...args: unknown[]) => unknown {
  const isExported = !refused.includes(name) && Object.prototype.propertyIsEnumerable.call(module, name)
  const found = isExported ? module[name] : undefined
  if (typeof found === 'function') return found as (...args: unknown[]) => unknown
  throw fault('ERR_NATS_FUNCTION', `The module ${url} exports no function of the name '${name}'.`)
}
