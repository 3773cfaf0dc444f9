// A PostgreSQL client for a REPL or a script: every query blocks, nothing is awaited.
//
// `pg` runs on a loop of its own. The client stays there; its methods block, and the rows arrive as copies. A result is
// an object of a class of `pg`, so it stays there too, and reading its rows is one blocking call.
//
// Run it: PGHOST=localhost PGUSER=postgres node examples/postgres.mjs

import { synchronized } from 'threaded-async'

const { default: pg } = synchronized('pg', { name: 'pg', timeout: 10_000 })

const client = new pg.Client({ connectionTimeoutMillis: 5000 })
try {
  client.connect()
} catch ({ code, message }) {
  console.log(`There is no server to talk to (${code ?? message}): set PGHOST, PGPORT, PGUSER, PGPASSWORD.`)
  process.exit()
}
const { rows } = client.query('select n, n * n as square from generate_series($1::int, $2::int) n', [1, 3])
console.table(rows)
try {
  client.query('select * from no_such_table')
} catch ({ code, message }) {
  console.log(`${code}: ${message}`)
}
client.end()
