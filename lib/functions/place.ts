// Where an inline function stands: in what runs, so that a loop compiles it there, and where it was written, for people.
//
// The two are one where the file that runs is the one that was written. Where a compiler works in memory, the file holds
// another text; then V8 tells where the function stands, and the source map where it was written.
//
// Where nothing of this is known, a function stands where its caller hands it over.

import { type Caller, callerFile } from './caller-file.js'
import { locationOf } from './closure.js'
import { noteGenerated, writtenAt } from './written.js'

/** Line and column are counted from 0. */
export interface Stand {
  line: number
  column: number
  /** Where it was written, `file:line`, if that is elsewhere. */
  written?: string
}

/** Returns where the character `textStart` of a function's text stands. */
export function standOf(fn: Function, text: string, textStart: number, caller: Caller): Stand {
  const { file, line, column } = caller
  const writer = writtenAt(file, line, column)
  const found = callerFile(file)?.locate(text, textStart, line, column)
  if (found !== undefined && (writer === undefined || !isSame(writer.file, file))) return shown(file, found, writer)
  // Code that a compiler has made in memory is in no file.
  return shown(file, (writer && compiledAt(fn, text, textStart)) ?? handedOver(caller), writer)
}

function shown(file: string, stand: Stand, isGenerated: object | undefined): Stand {
  if (isGenerated === undefined) return stand
  noteGenerated(file)
  const place = writtenAt(file, stand.line + 1, stand.column + 1)
  return place === undefined ? stand : { ...stand, written: `${place.file}:${place.line}` }
}

function handedOver({ line, argument }: Caller): Stand {
  return { line: line - 1, column: argument }
}

/** What stands before the parameters, where V8 begins to count; a method is taken from there on. */
const head = /^(?:async\b\s*)?function\s*\*?\s*[\w$]*\s*(?=\()/

function compiledAt(fn: Function, text: string, textStart: number): Stand | undefined {
  const location = locationOf(fn)
  if (location === undefined || textStart > 0) return location
  const before = head.exec(text)?.[0] ?? ''
  const lines = before.split('\n')
  if (lines.length === 1) return { line: location.line, column: location.column - before.length }
  return { line: location.line - lines.length + 1, column: 0 }
}

/** A path and a URL may mean the same file. */
function isSame(written: string, file: string): boolean {
  const name = (path: string) => decodeURIComponent(path.replace(/^file:\/\//, ''))
  return written === file || name(written) === name(file)
}
