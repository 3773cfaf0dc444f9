// The file that called: which it is, where a function stands in it, and what it says of a name.
//
// `import()` in an inline function resolves against that file. A function's text does not tell whether its `Event` is
// this package's or one imported from elsewhere; the file does. It is read once, searched with regular expressions, and
// parsed only when its text seems to bind the name. Imports of this package are understood in TypeScript as well, which
// cannot be parsed.
//
// A file that cannot be read or parsed, or does not hold the text, says nothing (undefined).

import { readFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { callSitesAbove } from '../stack.js'
import { Meanings, type Meaning } from './meaning.js'
import { foreignFile, isOwnSpecifier } from './own.js'
import { writtenAt } from './written.js'

/** A place in a file. */
export interface Caller {
  /** A path or a `file:` URL, as the stack has it. */
  file: string
  /** Counted from 1. */
  line: number
  column: number
  /** Where, counted from 0, the first argument of the call begins, if nothing stands before it. */
  argument: number
}

/**
 * Returns the nearest frame above one of our functions that is not this package's own. Frames without a file are passed
 * over, so under `eval` it is the file that evaluates. Undefined for `node -e`, the REPL and data URLs.
 */
export function findCaller(above: Function): Caller | undefined {
  let callee = ''
  const sites = callSitesAbove(above)
  for (let i = 0; i < sites.length; i++) {
    const site = sites[i]!
    const file = foreignFile(site)
    // V8 says where the name of the method stands.
    const column = site.getColumnNumber() ?? 1
    if (file !== undefined) return { file, line: site.getLineNumber() ?? 1, column, argument: column + callee.length }
    callee = site.getMethodName() ?? site.getFunctionName() ?? ''
  }
  return undefined
}

// Bundles may be larger, but parsing those takes seconds and hundreds of megabytes.
const longestParsed = 1_000_000
const mostParsed = 8
/** What is longer is not made an expression. */
const longestStripped = 20_000
const mostFiles = 64

const files = new Map<string, CallerFile | undefined>()
/** Those that hold a syntax tree, which is a hundred times their text. */
const parsed: CallerFile[] = []

/** Returns a file by its path or URL, as it was when first asked for; undefined when it cannot be read. */
export function callerFile(file: string): CallerFile | undefined {
  if (files.has(file)) return files.get(file)
  if (files.size >= mostFiles) files.clear()
  const found = read(file)
  files.set(file, found)
  return found
}

function read(file: string): CallerFile | undefined {
  try {
    const url = file.startsWith('file:') ? new URL(file) : pathToFileURL(file)
    // Node takes a byte order mark away before it counts columns.
    return new CallerFile(url.href, readFileSync(fileURLToPath(url), 'utf8').replace(/^\uFEFF/, ''), file)
  } catch {
    return /\[(?:eval|stdin)\d*\]$/.test(file) ? programWithoutFile() : undefined
  }
}

let ofProgram: CallerFile | undefined

/** Returns what stands for the file of a program that has none, such as that of `node -e` or standard input. */
export function programWithoutFile(): CallerFile | undefined {
  const { _eval: text } = process as { _eval?: unknown }
  if (typeof text !== 'string') return undefined
  return (ofProgram ??= new CallerFile(pathToFileURL(`${process.cwd()}/[eval]`).href, text))
}

/** A file in which a function was written. */
export class CallerFile {
  readonly #url: string
  readonly #name: string
  readonly #text: string
  /** The text without its imports of this package, and what these import. */
  readonly #rest: string
  readonly #imports = new Map<string, Meaning>()
  /** What the parser says; null where it cannot read the file. */
  #meanings: Meanings | null | undefined

  /** `name`: the file as the stack has it. */
  constructor(url: string, text: string, name = url) {
    this.#url = url
    this.#name = name
    this.#text = text
    this.#rest = text.replace(importStatement, (statement, clause: string, _quote, specifier: string) => {
      if (!isOwnSpecifier(specifier, url)) return statement
      for (const [name, meaning] of importedBy(clause)) this.#imports.set(name, meaning)
      return ''
    })
  }

  /**
   * Returns where a character of a text stands, counted from 0. The text is first looked for from a place on, which is
   * counted from 1.
   */
  locate(text: string, offset: number, line: number, column: number): { line: number; column: number } | undefined {
    const lineBreak = new RegExp(lineBreaks, 'g')
    for (let i = 1; i < line && lineBreak.test(this.#text); i++);
    const after = this.#indexOf(text, lineBreak.lastIndex + column - 1)
    const at = after < 0 ? this.#indexOf(text, 0) : after
    if (at < 0) return undefined
    const lines = this.#text.slice(0, at + offset).split(lineBreaks)
    return { line: lines.length - 1, column: lines.at(-1)!.length }
  }

  /** Node has put blanks in the place of types. */
  #indexOf(text: string, from: number): number {
    const at = this.#text.indexOf(text, from)
    if (at >= 0 || !/\.[cm]?ts$/.test(this.#url) || text.length > longestStripped) return at
    const pattern = text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&').replace(/ +/g, blanks => `[^]{${blanks.length}}`)
    const expression = new RegExp(pattern, 'g')
    expression.lastIndex = from
    return expression.exec(this.#text)?.index ?? -1
  }

  /** Returns what a name means to the function of this text; undefined where nothing is known to bind it. */
  meaningOf(name: string, text: string): Meaning | undefined {
    const imported = this.#imports.get(name)
    if (!this.#text.includes(text) || !seemsBound(name, this.#rest)) return imported
    if (this.#meanings === undefined) this.#meanings = this.#parse()
    const meanings = this.#meanings?.of(name, text) ?? []
    if (meanings.length === 0) return imported
    // The text may stand there more than once: one of these places that allows it is enough.
    const allowed = meanings.filter(meaning => meaning?.kind !== 'other')
    return allowed.length > 0 ? allowed.find(meaning => meaning !== undefined) : { kind: 'other' }
  }

  /** Whether the file may bind the name, but cannot tell: what runs is not what it holds, or it cannot be parsed. */
  isUnclear(name: string, text: string): boolean {
    if (!seemsBound(name, this.#rest)) return false
    return !this.#text.includes(text) || this.#meanings === null
  }

  /** Whether a name is that of a variable of the file itself, and not of a function in it. */
  isOfFile(name: string, text: string): boolean {
    if (!this.#text.includes(text)) return false
    if (this.#meanings === undefined) this.#meanings = this.#parse()
    return this.#meanings?.isOfFile(name, text) ?? false
  }

  /** Whether the word stands anywhere in the file. A name that does not has been given by a compiler, in memory. */
  has(word: string): boolean {
    return new RegExp(asWord(word)).test(this.#text)
  }

  /** Returns what the file imports as a module object of this name. */
  specifierOf(name: string): string | undefined {
    const imported = new RegExp(`\\bimport\\s*\\*\\s*as\\s*${asWord(name)}\\s*from\\s*(["'])([^"'\\n]+)\\1`)
    return imported.exec(this.#text)?.[2]
  }

  /** Whether the file has been made short by a program, names included. */
  get isMinified(): boolean {
    return this.#text.length > 200 * this.#text.split(lineBreaks).length
  }

  /** Returns the line, counted from 1, in which a name that the function of this text uses is bound, if that is known. */
  lineOf(name: string, text: string): number | undefined {
    if (!this.#text.includes(text) || !seemsBound(name, this.#text)) return undefined
    if (this.#meanings === undefined) this.#meanings = this.#parse()
    const at = this.#meanings?.whereBound(name, text)
    if (at === undefined) return undefined
    const lines = this.#text.slice(0, at).split(lineBreaks)
    return writtenAt(this.#name, lines.length, lines.at(-1)!.length + 1)?.line ?? lines.length
  }

  #parse(): Meanings | null {
    if (this.#text.length > longestParsed) return null
    try {
      const meanings = new Meanings(this.#url, this.#text)
      if (parsed.push(this) > mostParsed) parsed.shift()!.#meanings = undefined
      return meanings
    } catch (error) {
      if (error instanceof SyntaxError) return null
      throw error
    }
  }
}

const lineBreaks = /\r\n|[\n\r\u2028\u2029]/

const importStatement = /^[ \t]*import\s+(?!type\s)([^;'"()]+?)\s*from\s*(['"])([^'"\n]+)\2/gm

function* importedBy(clause: string): Generator<[string, Meaning]> {
  const whole = /\*\s*as\s+([\w$]+)/.exec(clause)
  if (whole) yield [whole[1]!, { kind: 'namespace' }]
  for (const part of /\{([^}]*)\}/.exec(clause)?.[1]?.split(',') ?? []) {
    const names = /^\s*([\w$]+)(?:\s+as\s+([\w$]+))?\s*$/.exec(part)
    if (names) yield [names[2] ?? names[1]!, { kind: 'export', name: names[1]! }]
  }
}

function asWord(name: string): string {
  return `(?<![\\w$])${name.replaceAll('$', '\\$')}(?![\\w$])`
}

/** Whether a declaration, a pattern or a parameter list may have this name in it. Wrongly true is only slower. */
function seemsBound(name: string, text: string): boolean {
  const word = asWord(name)
  const declared = `\\b(?:let|const|var|using|class|as|import|function\\s*\\*?)\\s*${word}`
  const listed = `(?:[{,([:*]|\\.\\.\\.)\\s*${word}\\s*(?:[,)}\\];]|=[^=]|\\n|$)`
  return new RegExp(`${declared}|${listed}|${word}\\s*=>`).test(text)
}
