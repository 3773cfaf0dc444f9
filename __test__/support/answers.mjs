// What a sandboxed script asks and is answered, on whatever thread: rows of objects, errors, many texts.
//
// Promises the same answers to every call of these functions, and steps that tell any difference in their bytes.

/** Objects with these names. */
export const rows = (count, names = ['id', 'x', 'y']) =>
  Array.from({ length: count }, (_, i) => Object.fromEntries(names.map(name => [name, i])))

/** Errors are thrown from so deep within. */
function fail(depth) {
  if (depth > 0) fail(depth - 1)
  const cause = new TypeError('the reason', { cause: rows(2) })
  throw Object.assign(new RangeError('no', { cause }), { code: 'ERR_NO', fields: rows(30, ['a', 'b']) })
}

/** By their names. */
export const answers = {
  rows: count => rows(count),
  mixed: () => [...rows(20), ...rows(20, ['x', 'id', 'y']), ...rows(20, ['id', 'x'])],
  texts: () => Array.from({ length: 80 }, (_, i) => ({ text: `text ${i % 7}`, id: i })),
  fails: depth => fail(depth),
}

/** Asks for all of it. */
export const source = `
for (const count of [1, 20, 100]) await host.rows(count)
await host.mixed()
await host.texts()
for (const depth of [0, 5]) await host.fails(depth).catch(error => error.message)
await host.rows(100)`

/** The steps that a script of this server has taken when it has ended. */
export function stepsOf(server, wait) {
  const script = server.createScript(source)
  const steps = () => script.usage().steps
  return wait(script) instanceof Promise ? script.result().then(steps) : steps()
}

/** Answers on this thread until the script has ended, whatever the handlers throw. */
export const processing = server => script => {
  while (!script.done()) {
    try {
      server.processAll()
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
    }
  }
}

/** Has this thread write, and so remember, shapes of the same names in other orders, with others between them. */
export function writeOthers(queue, count) {
  for (let i = 0; i < count; i++) {
    const names = ['id', `x${i}`, 'x', 'y', `y${i % 7}`].slice(i % 3, 3 + (i % 3))
    queue.putNowait([...rows(20), ...rows(40, names), ...rows(40, ['x', 'id'])])
    queue.getNowait()
  }
}

/** As a task: answers the requests of a server as they come, having written so many other shapes. */
export async function serve(server, queue, count) {
  writeOthers(queue, count)
  for await (const [request, future] of server.requests()) answer(request, future)
}

/** Settles the future of a request, on this thread. */
export function answer({ fun, args }, future) {
  try {
    future.setResult(answers[fun](...args))
  } catch (error) {
    future.setException(error)
  }
}
