// Tasks in TypeScript, which import TypeScript.
//
// Promises that what they put into a queue is what their types say.

import type { Queue } from 'threaded-async'
import { Point, type Distance } from './geometry.ts'

export async function measure(distances: Queue<Distance>, x: number, y: number): Promise<string> {
  await distances.put({ value: new Point(x, y).length })
  return 'measured'
}
