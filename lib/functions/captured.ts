// All that an inline function captures, told from its text and its file: what the call itself would refuse, name by name.
//
// Promises the same answers as `describe.ts`, which stops at the first. For tools that read programs and do not run them.

import { isA } from '../methods.js'
import { CapturedVariableError } from '../errors.js'
import type { CallerFile } from './caller-file.js'
import { capturesOf } from './reading.js'
import { SourceScope } from './scope.js'

const subject = () => 'The function'

/** Returns the errors; none for a text that is no function, or that cannot be read. */
export function capturedBy(text: string, exports: ReadonlySet<string>, file: CallerFile): CapturedVariableError[] {
  const errors: CapturedVariableError[] = []
  const attempt = <T>(look: () => T): T | undefined => {
    try {
      return look()
    } catch (error) {
      if (isA(error, CapturedVariableError)) errors.push(error)
      else if (!isA(error, TypeError) && !isA(error, SyntaxError)) throw error
      return undefined
    }
  }
  const captures = attempt(() => capturesOf({ name: '' } as Function, text, subject))
  const scope = new SourceScope(exports, text, file, subject)
  for (const [name, use] of captures?.freeNames ?? []) attempt(() => scope.add(name, use))
  return errors
}
