// Where a module cannot be parsed: what Node knows of that, and keeps to itself.
//
// Of a syntax error in a CommonJS file Node puts file and line before the stack at once. Of one in an ES module it keeps them
// beside the error, where no program can read them, and shows them only if the error ends the main thread. `vm` puts them
// before the stack of what a script throws; so the error is thrown once more, by a script.
//
// Promises that the stack stays as it is where Node knows nothing, and that other errors cost a look at their stack.

import { runInThisContext } from 'node:vm'
import { matches, startsWith } from '../methods.js'
import { setStack, stackOf } from '../stack.js'

/** Has the stack of a SyntaxError begin with file and line, if it comes of an `import`. */
export function tellPlace(error: Error): void {
  const stack = stackOf(error)
  if (stack === undefined || matches(comesOfImport, stack) === null) return
  throwByScript(error)
  if (startsWith(stackOf(error) ?? '', filename)) setStack(error, stack) // Node knows no place but this.
}

/** Whether the first frame is one of Node's loader. */
const comesOfImport = /^SyntaxError.*\n {4}at .*\(node:internal\/modules\//

const filename = 'threaded-async:rethrow'
const thrown = Symbol.for(filename)
const script = `throw globalThis[Symbol.for('${filename}')]`

function throwByScript(error: Error): void {
  try {
    Object.defineProperty(globalThis, thrown, {
      __proto__: null,
      value: error,
      configurable: true,
    } as PropertyDescriptor)
    runInThisContext(script, { filename })
  } catch {
    // That was to be; unless the globals are frozen, and nothing was thrown.
  }
  Reflect.deleteProperty(globalThis, thrown)
}
