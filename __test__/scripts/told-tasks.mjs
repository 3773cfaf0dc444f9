// A thread that settles the futures of a server's requests.

/** Has a future fail with what holds errors and cannot cross. */
export function fail(future) {
  const error = Object.assign(new Error('outer', { cause: new Error('inner') }), { errors: [new Error('listed')] })
  future.setException(error)
}
