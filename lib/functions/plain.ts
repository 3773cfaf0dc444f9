// The text of an inline function, read without a parser.
//
// Loading and warming up a parser takes some 25 ms, as long as a loop takes to start. A function that declares nothing
// but plain parameters needs none: every word of its text that is not a parameter, a keyword or a property is a free
// name, or stands in a string or a comment and does no harm as one.
//
// Returns undefined for a text that could be more than that; then the parser reads it. The names that are returned may
// be too many, never too few: where one of them is refused, the parser decides.

import { compileFunction } from 'node:vm'
import type { Captures, FreeName } from './reading.js'

const list = String.raw`\(([\w$\s,]*)\)`
const head = new RegExp(String.raw`^(?:async\b\s*)?(?:function\s*\*?\s*([\w$]*)\s*${list}|${list}\s*=>|([\w$]+)\s*=>)`)

/** Words that declare names, or whose meaning depends on what is around the function; private names; other scripts. */
const notPlain =
  /\b(?:arguments|case|catch|class|const|delete|enum|eval|function|import|let|super|this|typeof|var|with)\b|\bnew\s*\.|[#@]|[^\s!-~]/
const assignment = /\+\+|--|(?<![=!<>])=(?![=>])|(?:<<|>>|>>>)=/
const propertyKey = /(?=[A-Za-z_$])(?<=[{,]\s*)[\w$]+(?=\s*:)/g
const asyncArrow = /\basync(?=\s*\(\s*\)\s*=>)/g
const word = /(?<![\w$])(?<!(?<!\.\.)\.)[A-Za-z_$][\w$]*/g

const keywords = new Set(
  (
    'await break continue debugger default do else false finally for if in instanceof new null return switch throw true ' +
    'try void while yield'
  ).split(' '),
)

/** The expressions above look back and forth; what is longer is hardly plain. */
const longest = 2_000

const used: FreeName = { isWritten: false, isOnlyTypeof: false, members: undefined }

/** Returns what a function is made of, where its text is so plain that this can be told without a parser. */
export function plainCaptures(text: string): Captures | undefined {
  if (text.length > longest) return undefined
  const [start, ...groups] = head.exec(text) ?? []
  const body = start === undefined ? '' : text.slice(start.length).replace(propertyKey, '').replace(asyncArrow, '')
  if (body === '' || notPlain.test(body) || assignment.test(body) || !isStrict(text)) return undefined
  const declared = new Set(groups.flatMap(group => group?.match(word) ?? []))
  const names = (body.match(word) ?? []).filter(name => !declared.has(name) && !keywords.has(name))
  const freeNames = new Map(names.map(name => [name, used]))
  return { code: text, codeStart: 0, textStart: 0, freeNames, usesImport: false }
}

/** Leaves the early errors of strict mode, such as two parameters of one name, to Node. */
function isStrict(text: string): boolean {
  try {
    compileFunction(`"use strict";return(${text}\n)`)
    return true
  } catch {
    return false
  }
}
