// All projects, in the groups of docs/compatibility.md, and what that page says about them.

import { bundlers } from './bundlers.mjs'
import { compilers } from './compilers.mjs'
import { coverage } from './coverage.mjs'
import { managers } from './managers.mjs'
import { runners } from './runners.mjs'
import { runtimes } from './runtimes.mjs'
import { users } from './users.mjs'

export const groups = [
  {
    title: 'Test runners',
    text: 'The checks are done within a test. [testing.md](testing.md) says how to test with the package.',
    members: runners,
  },
  {
    title: 'Coverage',
    text: `The checks are done while a tool counts which code has run. All but the test runners count on every thread, and must have
counted a function of a module that ran on a loop. [testing.md](testing.md#coverage) says how to leave out what no tool
counts.`,
    members: coverage,
  },
  {
    title: 'Compilers',
    text: `The program is TypeScript, which is compiled and then run, or run as it is. \`tsc\` checks the types as well, with
\`strict\`, and with \`skipLibCheck\` off. [typescript.md](typescript.md) says how tasks are written.`,
    members: compilers,
  },
  {
    title: 'Bundlers',
    text: `The program is bundled, and the bundle is run. The package stays outside of the bundle; where it is bundled in, the
program must end at once with \`ERR_BUNDLED\`.`,
    members: bundlers,
  },
  {
    title: 'Package managers',
    text: 'The package is installed from its files, and the program is run.',
    members: managers,
  },
  {
    title: 'Runtimes',
    text: `Bun and Deno run the program, the examples, which print the same as under Node.js, and those specs of the package
that hold on every runtime. Node.js takes a small program in every way it can be given one. The other specs found what
differs in Bun 1.4 and Deno 2.9:

| what | Bun | Deno |
| --- | --- | --- |
| a \`SharedArrayBuffer\` that was not shared before | between a thread and the loops that it has made as in Node.js; elsewhere \`UncloneableError\` until the receiver's loop turns | the same |
| memory that cannot be detached, in \`transfer\` | is not refused | the same |
| a view of an \`ArrayBuffer\` that can grow | \`ERR_NOT_IMPLEMENTED\` | as in Node.js |
| an error on a loop that nothing has caught | ends the loop: \`RunnerDiedError\` | the same |
| \`process.exit(3)\` in a task | \`RunnerDiedError\`, without the exit code | as in Node.js |
| \`resourceLimits\` | have no effect | \`stackSizeMb\` has no effect; \`RunnerDiedError\` does not name the memory; too little to start with ends the process |
| a loop that is stuck | its stack cannot be taken; it is ended all the same | nor can it be ended: \`shutdownType\` is \`FAILED_FORCE_STOPPED\`, and its thread goes on and keeps what it was handed |
| \`execArgv\`, \`stdout: 'main'\` | are not supported | the same |
| what \`--require\` and \`--import\` preload | is not loaded on loops | the same |
| a loop where only \`process.nextTick\` is due | counts as busy | may count as at rest |
| what a compiler has put around an inline function | travels where its name tells what it is; else \`ERR_CAPTURED_VARIABLE\` | the same |
| a module of tasks that starts some as it is imported | \`ERR_INVALID_STATE\` once 32 runners are made each on the loop of the one before | the same, where it is not refused at once; an error that a module throws as it is imported may have the code \`ERR_MODULE_NOT_FOUND\` |`,
    members: runtimes,
  },
  {
    title: 'Uses',
    text: 'Hooks that must be synchronous, on libraries that are not: whole programs, whose output is compared.',
    members: users,
  },
]

export const projects = groups.flatMap(({ members }) => members)

/** The beginning of the page; `where` is what it was run on, with `node` where a row names no other version. */
export const introduction = (where, node) => `# Compatibility

What the tools that people use do with the package. \`npm run test:ecosystem\` writes this page: it packs the package as it
would be published, installs it into ${projects.length} small projects with pinned versions of the tools, and runs them. This
page was written on ${where} with Node.js ${node}. Nothing is in it that was not run.

Most projects run one program, which does eleven checks: the package is loaded, an inline function runs, alone, with what
its file imports of this package, with an \`import()\` of a builtin module and with one of a file beside it; a captured
variable is refused by its name; a function of a module runs; a queue carries items both ways; an error keeps its class, and
its stack names the line in the user's file; a server processes the requests of a script; a result is awaited. The process
then ends by itself. Where the last column says "nothing", all of that is as it is in a program that no tool has touched.
`
