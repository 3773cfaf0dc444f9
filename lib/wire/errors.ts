// How errors cross: with their class, name, message, stack, cause, errors, code and other own fields.
//
// Promises: what arrives is a real Error, of the nearest class that `registerError` knows on both sides, else of
// the nearest built-in ancestor; no constructor of a user runs. A field keeps its enumerability. A leniently
// written error always arrives: what in it cannot cross is left out.
// Refuses, when not lenient, a field or cause that cannot cross, as anywhere else in a value.

import { filtered, indexIn, mapped, sliced } from '../methods.js'
import { inspect } from 'node:util'
import { isError, isOne, isProxy, prototypesOf } from '../brands.js'
import {
  CancelledError,
  InterruptedError,
  keepOrigin,
  originOf,
  registeredClass,
  registeredName,
  UncloneableError,
} from '../errors.js'
import type { ErrorClass } from '../errors.js'
import { tellPlace } from '../errors/unparsed.js'
import { headOf, stackOf } from '../stack.js'
import { mayBeIndex, readyFor } from './arrays/sparse.js'
import { scratch } from './scratch.js'
import { readers, type Reader } from './reader.js'
import { messageOfDOM, nameOfDOM } from './slots.js'
import { Tag } from './tags.js'
import { writers, type Writer } from './writer.js'

const builtinNames = [
  'Error',
  'TypeError',
  'RangeError',
  'SyntaxError',
  'ReferenceError',
  'EvalError',
  'URIError',
  'AggregateError',
  'SuppressedError',
]
/** The constructors of so many take a message, and nothing before it. */
const simpleBuiltins = 7
const builtins = builtinNames.map(name => ((globalThis as Record<string, unknown>)[name] ?? Error) as ErrorClass)

const syntaxError = indexIn(builtinNames, 'SyntaxError')

const builtinPrototypes = builtins.map(({ prototype }) => prototype)

/** What errors carry without showing it in a list of their fields. `stack` has its own place. */
const hiddenNames = ['message', 'cause', 'errors', 'error', 'suppressed', 'name', 'code'] as const
/** What an error may have from its class instead. */
const inheritedNames = ['message', 'name', 'code'] as const
const { defineProperty, hasOwn } = Object
const longestStandIn = 10_000
/** The name of the class whose errors carry who was cancelled; see `cancellationOf`. */
const cancelled = CancelledError.name

function writeError(writer: Writer, error: Error): void {
  const { builtin, registered } = classOf(error)
  if (builtin === syntaxError && !writer.forScript) tellPlace(error)
  scratch.byte(Tag.Error)
  scratch.byte(builtin)
  writer.value(registered)
  if (registered === cancelled) writer.value(writer.leaves || writer.forScript ? undefined : originOf(error))
  writeBody(writer, error)
}

function writeDOMException(writer: Writer, error: DOMException): void {
  scratch.byte(Tag.DOMException)
  scratch.string(messageOfDOM(error))
  scratch.string(nameOfDOM(error))
  writeBody(writer, error)
}

function writeBody(writer: Writer, error: Error): void {
  const own = Object.keys(error)
  writer.value(writer.forScript ? undefined : stackOf(error))
  writeFields(writer, error, hiddenOf(error, own))
  writeFields(writer, error, inheritedOf(error))
  writeFields(writer, error, indexIn(own, 'stack') < 0 ? own : filtered(own, name => name !== 'stack'))
}

function writeFields(writer: Writer, error: Error, names: readonly string[]): void {
  if (writer.isLenient) writeWhatCan(writer, error, names)
  else writer.fields(error, names)
}

/** Which of the hidden names an error has itself, besides those of the fields that it shows. */
function hiddenOf(error: Error, shown: readonly string[]): string[] {
  const names: string[] = []
  for (let i = 0; i < hiddenNames.length; i++) {
    const name = hiddenNames[i]!
    if (hasOwn(error, name) && indexIn(shown, name) < 0) names[names.length] = name
  }
  return names
}

function inheritedOf(error: Error): string[] {
  const names: string[] = []
  for (let i = 0; i < inheritedNames.length; i++) {
    const name = inheritedNames[i]!
    if (!hasOwn(error, name) && isText(peek(error, name))) names[names.length] = name
  }
  return names
}

/** As `writer.fields`, but leaves out what cannot be read or cannot cross. */
function writeWhatCan(writer: Writer, error: Error, names: readonly string[]): void {
  const level = writer.enter()
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!
    const mark = writer.mark()
    try {
      const value = (error as unknown as Record<string, unknown>)[name]
      writer.step(level, name)
      scratch.string(name)
      writer.value(name === 'errors' && Array.isArray(value) ? mapped(value, each => crossable(writer, each)) : value)
    } catch {
      writer.backTo(mark)
    }
  }
  writer.leave(level)
  scratch.byte(Tag.End)
}

/** A thrown value as it is, or what stands for it: by position in a list, it cannot be left out. */
function crossable(writer: Writer, thrown: unknown): unknown {
  if (isError(thrown)) return thrown
  const mark = writer.mark()
  try {
    writer.value(thrown)
    return thrown
  } catch (error) {
    return standIn(writer, thrown, error)
  } finally {
    writer.backTo(mark)
  }
}

/**
 * An Error that shows what was thrown in its place and could not cross, because of `cause`. A sandboxed script is told that
 * alone: what Node.js shows of a value has stacks and files in it, and is not the same in every version.
 */
export function standIn(writer: Writer, thrown: unknown, cause: unknown): Error {
  const error = bareError(Error)
  define(error, 'message', sliced(writer.forScript ? told(writer, thrown, cause) : shown(thrown), 0, longestStandIn))
  setStack(error, headOf(error))
  return error
}

function shown(value: unknown): string {
  try {
    return isError(value) ? `${value.name}: ${value.message}` : inspect(value, { customInspect: !isProxy(value) })
  } catch {
    return 'Something was thrown that cannot even be shown.'
  }
}

const untold = 'Something was thrown that cannot enter a sandboxed script.'

/** What a sandboxed script is told: of an error its name and message, where these are texts, and else what could not cross. */
function told(writer: Writer, thrown: unknown, cause: unknown): string {
  try {
    const why = writer.explained(cause)
    if (!isError(thrown)) return isOne(why, UncloneableError) ? why.message : untold
    const { name, message }: { name: unknown; message: unknown } = thrown
    return `${typeof name === 'string' ? name : 'Error'}: ${typeof message === 'string' ? message : untold}`
  } catch {
    return untold
  }
}

/** Errors of other processes whose class this thread does not know, under its name: a thread to which they go on may. */
const foreignNames = new WeakMap<object, string>()

function classOf(error: Error): { builtin: number; registered: string | undefined } {
  let registered: string | undefined = foreignNames.get(error)
  const links = prototypesOf(error)
  for (let i = 0; i < links.length; i++) {
    const link = links[i]!
    registered ??= registeredName(link)
    const builtin = indexIn(builtinPrototypes, link)
    if (builtin >= 0) return { builtin, registered }
  }
  return { builtin: foreignBuiltin(error), registered }
}

/** Errors of another realm (vm, jest) are told by the name of the first class that has a built-in's. */
function foreignBuiltin(error: Error): number {
  const links = prototypesOf(error)
  for (let i = 0; i < links.length; i++) {
    const builtin = indexIn(builtinNames, Object.getOwnPropertyDescriptor(links[i]!, 'name')?.value)
    if (builtin >= 0) return builtin
  }
  return 0
}

function peek(error: Error, name: (typeof inheritedNames)[number]): unknown {
  try {
    return (error as Error & { code?: unknown })[name]
  } catch {
    return undefined
  }
}

function isText(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number'
}

/** Whether it is the name of a class by which a thread is ended. */
function endsThread(name: string | undefined): boolean {
  const named = name === undefined ? undefined : registeredClass(name)
  return named === InterruptedError || isOne(named?.prototype, InterruptedError)
}

function readError(reader: Reader): Error {
  const builtin = reader.byte()
  const named = reader.value() as string | undefined
  // This thread takes such an error for its own end: a handler that throws what a script has sent would end its server's loop.
  const registered = reader.isOfScript && endsThread(named) ? undefined : named
  const origin = registered === cancelled ? (reader.value() as number | undefined) : undefined
  const stack = reader.value() as string | undefined
  const first = reader.name()
  const message = first === 'message' && isTextNext(reader) ? reader.text() : undefined
  const error = reader.keep(errorOf(builtin, registered, message))
  if (origin !== undefined && !reader.left) keepOrigin(error, origin)
  if (reader.left && typeof registered === 'string' && registeredClass(registered) === undefined) {
    foreignNames.set(error, registered)
  }
  return readBody(reader, error, stack, message === undefined ? first : reader.name())
}

/** Whether the next value is a string, which stands where it belongs: an error within a message would have to be there. */
function isTextNext(reader: Reader): boolean {
  const tag = reader.bytes[reader.at]!
  return tag >= Tag.ShortString || tag === Tag.Latin1 || tag === Tag.Wide || tag === Tag.LongText
}

function errorOf(builtin: number, registered: string | undefined, message: string | undefined): Error {
  if (registered === undefined && builtin < simpleBuiltins) return simpleError(builtins[builtin]!, message)
  const errorClass = registered === undefined ? undefined : registeredClass(registered)
  const error = bareError(errorClass ?? builtins[builtin]!)
  if (message !== undefined) define(error, 'message', message)
  return error
}

function readDOMException(reader: Reader): Error {
  const message = reader.text()
  const error = reader.keep(new DOMException(message, reader.text()))
  const stack = reader.value() as string | undefined
  return readBody(reader, error, stack, reader.name())
}

/** `first`: the first of the names that are next. */
function readBody(reader: Reader, error: Error, stack: string | undefined, first: string | undefined): Error {
  for (let name = first; name !== undefined; name = reader.name()) defineRead(error, name, reader.value())
  for (let name = reader.name(); name !== undefined; name = reader.name()) {
    const value = reader.value()
    if (peek(error, name as 'name') !== value) defineRead(error, name, value)
  }
  for (let name = reader.name(); name !== undefined; name = reader.name()) defineRead(error, name, reader.value(), true)
  setStack(error, stack ?? (isHeadShowable(error) ? headOf(error) : 'Error'))
  return error
}

/** Whether the first line of its stack can be told without a call of the error's own methods. */
function isHeadShowable(error: Error): boolean {
  for (let i = 0; i < inheritedNames.length; i++) {
    const value = peek(error, inheritedNames[i]!)
    if (value !== undefined && !isText(value)) return false
  }
  return true
}

/** Sets how many frames stacks have from now on, and returns how many they had; a program may not let us. */
function limitStacks(limit: unknown): unknown {
  try {
    const before = Error.stackTraceLimit
    Reflect.set(Error, 'stackTraceLimit', limit)
    return before
  } catch {
    return limit
  }
}

/** An Error of this class whose constructor has not run, and for which no stack has been taken. */
function bareError(errorClass: ErrorClass): Error {
  const limit = limitStacks(0)
  try {
    return Reflect.construct(Error, [], errorClass) as Error
  } finally {
    limitStacks(limit)
  }
}

/** The same of a class of the engine's own, whose constructor takes less time than to be told another class. */
function simpleError(errorClass: ErrorClass, message: string | undefined): Error {
  const limit = limitStacks(0)
  try {
    return new (errorClass as ErrorConstructor)(message)
  } finally {
    limitStacks(limit)
  }
}

/** To define the stack of an error makes V8 format the one it has, which may run into the program's own code. */
function setStack(error: Error, stack: string): void {
  const isHidden = isStackHidden && hasOwn(error, 'stack')
  try {
    Reflect.set(error, 'stack', stack)
    if (isHidden) return
  } catch {
    // A setter of the program's own.
  }
  define(error, 'stack', stack)
}

/** A description of a field, under no prototype that a program could add to: a literal with `null` takes V8 longer. */
class Field {
  readonly writable = true
  readonly configurable = true

  constructor(
    readonly value: unknown,
    readonly enumerable: boolean,
  ) {}
}
Object.setPrototypeOf(Field.prototype, null)

function define(target: object, name: string, value: unknown, enumerable = false): void {
  defineProperty(target, name, new Field(value, enumerable))
}

/** Defines a field with a name that has been read. */
function defineRead(error: Error, name: string, value: unknown, enumerable = false): void {
  if (mayBeIndex(name)) readyFor(error, name, 0)
  define(error, name, value, enumerable)
}

/** Whether the stack that an error is made with is a field like any other, which only has to be set. */
const isStackHidden = Object.getOwnPropertyDescriptor(bareError(Error), 'stack')?.writable === true

writers.error = writeError
writers.domException = writeDOMException
readers[Tag.Error] = readError
readers[Tag.DOMException] = readDOMException
