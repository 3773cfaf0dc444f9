// Where a process that lets itself be looked at listens: a socket that only its user can open.
//
// Promises that the folder belongs to this user and lets nobody else in, or that there is an error: on a machine with other
// users, whoever made the folder first would otherwise be asked, or told. Nothing that connects can make the process do
// anything but tell its numbers and names.

import { chmodSync, lstatSync, mkdirSync, readdirSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'

const isWindows = process.platform === 'win32'

/** The folder of this user's sockets. */
export function folder(): string {
  return join(process.env.XDG_RUNTIME_DIR ?? tmpdir(), `threaded-async-${isWindows ? 'top' : userInfo().uid}`)
}

/** Where the process of this number listens, if it does. */
export function socketOf(pid: number): string {
  return isWindows ? `\\\\.\\pipe\\threaded-async-top-${pid}` : join(folder(), `${pid}.sock`)
}

/** Makes the folder, if it is not there. */
export function makeFolder(): void {
  if (isWindows) return
  mkdirSync(folder(), { recursive: true, mode: 0o700 })
  checkFolder()
}

/** @throws unless the folder is there and only this user can look into it. */
export function checkFolder(): void {
  if (isWindows) return
  const { uid, mode } = lstatSync(folder())
  const isOurs = lstatSync(folder()).isDirectory() && uid === userInfo().uid && (mode & 0o077) === 0
  if (isOurs) return
  const message = `threaded-async/top: the folder ${folder()} does not belong to this user alone; remove it.`
  throw Object.assign(new Error(message), { code: 'ERR_INVALID_STATE' })
}

/** Lets nobody but this user connect. */
export function guard(path: string): void {
  if (!isWindows) chmodSync(path, 0o600)
}

/** The processes of this user that listen, or have; undefined where that cannot be told. */
export function listening(): number[] | undefined {
  if (isWindows) return undefined
  try {
    checkFolder()
    return readdirSync(folder()).flatMap(name => (/^\d+\.sock$/.test(name) ? [parseInt(name)] : []))
  } catch {
    return []
  }
}
