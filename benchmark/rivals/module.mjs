// A module with an asynchronous function, for what makes its functions block.

export default async value => value

export async function same(value) {
  return value
}
