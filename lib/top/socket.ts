// Where a process that lets itself be looked at listens: a socket that only its user can open.
//
// Promises that the folder belongs to this user and lets nobody else in, or that there is an error: on a machine with other
// users, whoever made the folder first would otherwise be asked, or told. Nothing that connects can make the process do
// anything but tell its numbers and names.

import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const isWindows = process.platform === 'win32'

/**
 * The folders of this user's sockets: a process listens in the first, and one that was started in another environment, by a
 * service for instance, in the other. The user is known by number: in a container there may be no name.
 */
function folders(): string[] {
  const uid = process.getuid!()
  const { XDG_RUNTIME_DIR: own } = process.env
  const places = own ? [own, tmpdir()] : [tmpdir(), `/run/user/${uid}`]
  return [...new Set(places.map(place => join(place, `threaded-async-${uid}`)))]
}

const pipe = (pid: number): string => `\\\\.\\pipe\\threaded-async-top-${pid}`

/** Where this process listens, if it does. */
export function ownSocket(): string {
  return isWindows ? pipe(process.pid) : join(folders()[0]!, `${process.pid}.sock`)
}

/**
 * Where the process of this number listens; undefined where it does not.
 *
 * @throws where somebody else could have made the folder.
 */
export function socketOf(pid: number): string | undefined {
  if (isWindows) return pipe(pid)
  return existing()
    .map(folder => join(checked(folder), `${pid}.sock`))
    .find(path => existsSync(path))
}

/** Makes the folder in which this process listens, if it is not there. */
export function makeFolder(): void {
  if (isWindows) return
  const folder = folders()[0]!
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  checked(folder)
}

const existing = (): string[] => folders().filter(folder => existsSync(folder))

/** @throws unless only this user can look into the folder. */
function checked(folder: string): string {
  const status = lstatSync(folder)
  if (status.isDirectory() && status.uid === process.getuid!() && (status.mode & 0o077) === 0) return folder
  const message = `threaded-async/top: the folder ${folder} does not belong to this user alone; remove it.`
  throw Object.assign(new Error(message), { code: 'ERR_INVALID_STATE' })
}

/** Lets nobody but this user connect. */
export function guard(path: string): void {
  if (!isWindows) chmodSync(path, 0o600)
}

/** The processes of this user that listen, or have; undefined where that cannot be told. */
export function listening(): number[] | undefined {
  if (isWindows) return undefined
  return existing().flatMap(folder => {
    try {
      return readdirSync(checked(folder)).flatMap(name => (/^\d+\.sock$/.test(name) ? [parseInt(name)] : []))
    } catch {
      return []
    }
  })
}
