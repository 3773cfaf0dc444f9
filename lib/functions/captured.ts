// All that an inline function captures, told from its text and its file: what the call itself would refuse, name by name.
//
// Promises the same answers as `describe.ts`, which stops at the first. For tools that read programs and do not run them.
// A text that is no JavaScript yet, as JSX is none, is told by the names which the tool has found it to use.

import { isA } from '../methods.js'
import { CapturedVariableError } from '../errors.js'
import type { CallerFile } from './caller-file.js'
import { capturesOf, type FreeName } from './reading.js'
import { SourceScope } from './scope.js'

const subject = () => 'The function'

const read: FreeName = { isWritten: false, isOnlyTypeof: false, members: undefined }

/** Returns the errors. `names`: what a function uses whose text cannot be read. */
export function capturedBy(
  text: string,
  exports: ReadonlySet<string>,
  file: CallerFile,
  names: () => Iterable<string>,
): CapturedVariableError[] {
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
  if (captures === undefined && errors.length === 0) for (const name of names()) attempt(() => scope.add(name, read))
  return errors
}
