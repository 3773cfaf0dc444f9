// The function that tinypool and piscina call on their worker.

export default () => 1
