// How Sass's exceptions and places in stylesheets cross: `sass.Exception` as the very class, since it is registered on
// both sides, and its getters, which would be left behind, as fields.
//
// Promises `message`, `sassMessage`, `sassStack` and `span` as Sass has them, the stack of the compiler's thread with
// the caller's behind it, and the `cause`: on the compiler's side a copy of what a callback has thrown, on the
// caller's side the very object. Of a span the text and the lines around it cross; not the file it is from.

import { Exception } from 'sass'
import { registerError } from 'threaded-async'

registerError(Exception)

/** On the compiler's side: the error as it can cross. */
export function crossingException(error, failure) {
  if (!(error instanceof Exception)) return error
  const { sassMessage, sassStack, span } = error
  define(error, { sassMessage, sassStack, span: plainSpan(span) })
  if (failure !== undefined) Object.defineProperty(error, 'cause', { value: failure.error, configurable: true })
  return error
}

/** On the caller's side: the error as Sass would have thrown it, or what a callback has thrown, as it was. */
export function revivedException(error, thrown) {
  if (!(error instanceof Exception)) return thrown === undefined ? error : thrown.error
  define(error, { span: revivedSpan(error.span), toString: () => error.message })
  if (thrown !== undefined) Object.defineProperty(error, 'cause', { value: thrown.error, configurable: true })
  return error
}

const note = '\n\nBUG: This should include a source span!'

/** The error as Sass is told it: without the note that assertions of Sass add in asynchronous functions. */
export function toldToSass(error) {
  const isNoted = error instanceof Error && error.message.endsWith(note)
  return isNoted ? new Error(error.message.slice(0, -note.length), { cause: error }) : error
}

/** The fields take the place of the class's getters. */
function define(error, fields) {
  for (const [name, value] of Object.entries(fields)) {
    Object.defineProperty(error, name, { value, enumerable: name !== 'toString', configurable: true })
  }
}

export function plainSpan(span) {
  if (span === undefined) return undefined
  const { start, end, url, text, context } = span
  return { start: plainLocation(start), end: plainLocation(end), url: url?.href, text, context }
}

export function revivedSpan(span) {
  return span === undefined ? undefined : { ...span, url: span.url === undefined ? undefined : new URL(span.url) }
}

function plainLocation({ line, column, offset }) {
  return { line, column, offset }
}
