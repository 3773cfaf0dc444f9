// Which runtime this is. Others than Node run the package, too, and know less of what runs.
//
// Bun does not carry an async context into the code of a module that is imported, and its stacks end at an `await`. Deno's
// stacks do not show its loaders. Imports nothing.

/** Whether this is Bun, whose stacks and contexts do not tell by what code something was called. */
export const isBun = 'bun' in process.versions

/** Whether this is Node. */
export const isNode = !isBun && !('deno' in process.versions)
