// A network namespace with a cable to this one, which can be cut: a machine that is not heard of any more, and comes back.
//
// Promises that nothing of it is left when it has ended, and a sentence where it may not be made here.

import { spawnSync } from 'node:child_process'

function ip(...args) {
  const { status, stderr, error } = spawnSync('ip', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${error?.message ?? stderr}`)
}

/** Why none can be made; undefined where one can. */
export function reasonAgainst() {
  const name = `tatry${process.pid}`
  try {
    ip('netns', 'add', name)
    ip('netns', 'del', name)
    return undefined
  } catch {
    return 'Network namespaces may not be made here (`ip netns add`).'
  }
}

export class Namespace {
  #name = `ta${process.pid}`
  #inner = `ta${process.pid}b`
  /** The address of this side. */
  address = `10.213.${process.pid % 250}.1`

  constructor() {
    const [name, inner, outer] = [this.#name, this.#inner, `ta${process.pid}a`]
    ip('netns', 'add', name)
    ip('link', 'add', outer, 'type', 'veth', 'peer', 'name', inner, 'netns', name)
    ip('addr', 'add', `${this.address}/30`, 'dev', outer)
    ip('link', 'set', outer, 'up')
    ip('-n', name, 'addr', 'add', this.address.replace(/1$/, '2/30'), 'dev', inner)
    ip('-n', name, 'link', 'set', 'lo', 'up')
    this.mend()
  }

  /** A command as it is run inside. */
  inside(...command) {
    return ['ip', ['netns', 'exec', this.#name, ...command]]
  }

  cut() {
    ip('-n', this.#name, 'link', 'set', this.#inner, 'down')
  }

  mend() {
    ip('-n', this.#name, 'link', 'set', this.#inner, 'up')
  }

  end() {
    ip('netns', 'del', this.#name)
  }
}
