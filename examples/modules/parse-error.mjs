// An error class for both sides of `errors.mjs`. Importing this module makes the class known on that thread. Where
// both sides know it, an error arrives as this very class, else as a SyntaxError with the same name and fields.

import { registerError } from 'threaded-async'

export class ParseError extends SyntaxError {
  name = 'ParseError'

  constructor(text, options) {
    super(`cannot parse '${text}'`, options)
    this.text = text
  }
}

registerError(ParseError)
