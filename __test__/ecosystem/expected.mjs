// What is expected of a project, and in what an outcome differs from it.
//
// A project does all checks, but for those that it names in `differs`, with what they end with and a sentence. One with
// `refused` ends with an error instead. What works although it is not expected to is a fault as well, so that what the
// page says is never older than the library.

/** The beginning and the end of what was printed. */
function ends(output) {
  const lines = output.trim().split('\n')
  return lines.length > 24 ? [...lines.slice(0, 12), '…', ...lines.slice(-12)].join('\n') : lines.join('\n')
}

/** Returns the faults as text; undefined where there are none. */
export function faultsOf({ differs = {}, refused, prints }, { code, output, checks }) {
  if (refused) {
    if (code !== 0 && refused[0].test(output)) return undefined
    return `It was to be refused with ${refused[0]}, and it ended with ${code}:\n${ends(output)}`
  }
  if (code !== 0) return `It ended with ${code}:\n${ends(output)}`
  if (prints) return prints.test(output) ? undefined : `It printed\n${ends(output)}\nand not ${prints}`
  if (checks === undefined) return `It has checked nothing:\n${ends(output)}`
  const faults = Object.entries(checks).map(([check, outcome]) => faultOf(check, outcome, differs[check]))
  return faults.filter(Boolean).join('\n') || undefined
}

function faultOf(check, outcome, expected) {
  if (expected === undefined) return outcome === 'ok' ? undefined : `${check}: ${outcome}`
  return expected[0].test(outcome) ? undefined : `${check}: ${expected[0]} was expected: ${outcome}`
}
