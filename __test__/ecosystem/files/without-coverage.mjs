// Lets AVA run where `node:v8` has no coverage to take: Bun and Deno load this before it.

import v8 from 'node:v8'

v8.takeCoverage = () => {}
v8.stopCoverage = () => {}
