// How a runner ended, as a number that has a name.
//
// Promises the numbers of `src/binding/values/protocol.rs`, and that a list of the names shows each once.

/**
 * How a runner ended. `STOPPED`: in order. `FORCE_STOPPED`: its loop was stuck and was ended.
 * `FAILED_FORCE_STOPPED`: native code still holds the thread. `UNKNOWN`: its thread died.
 *
 * @example
 * runner.close()
 * if (runner.shutdownType !== ShutdownType.STOPPED) console.error('it did not end in order')
 */
export const ShutdownType = withNames({
  NOT_SHUT_DOWN: 0,
  STOPPED: 1,
  FORCE_STOPPED: 2,
  FAILED_FORCE_STOPPED: 3,
  UNKNOWN: 4,
} as const)
export type ShutdownType = (typeof ShutdownType)[ShutdownTypeName]

/** The name that `ShutdownType[1]` gives. */
type ShutdownTypeName = 'NOT_SHUT_DOWN' | 'STOPPED' | 'FORCE_STOPPED' | 'FAILED_FORCE_STOPPED' | 'UNKNOWN'

/** Gives each number its name as well, which a list of the names does not show. */
function withNames<T extends Record<ShutdownTypeName, number>>(
  numbers: T,
): Readonly<T> & { readonly [K in T[ShutdownTypeName]]: ShutdownTypeName } {
  for (const [name, number] of Object.entries(numbers)) {
    Object.defineProperty(numbers, number, { __proto__: null, value: name } as PropertyDescriptor)
  }
  return numbers as Readonly<T> & { readonly [K in T[ShutdownTypeName]]: ShutdownTypeName }
}

/**
 * Returns whether a runner that ended so had to be forced, with success or without.
 *
 * @example
 * runner.close()
 * if (forceStopAttempted(runner.shutdownType)) console.error('its loop was stuck')
 */
export function forceStopAttempted(type: ShutdownType): boolean {
  return type === ShutdownType.FORCE_STOPPED || type === ShutdownType.FAILED_FORCE_STOPPED
}
