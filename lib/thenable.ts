// What counts as a promise: whatever has a method `then`, as `await` sees it.
//
// Promises to ask for nothing else. Refuses to tell whose promise it is.

/** Whether a value is awaited rather than taken as it is. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}
