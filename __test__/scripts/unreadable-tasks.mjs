// Loops that serve a server from other threads than that which has made it.

/** Answers each request, and puts what it was called with into a queue. */
export async function serve(server, said) {
  for await (const [{ args }, future] of server.requests()) {
    said.putNowait(args[0])
    future.setResult()
  }
}
