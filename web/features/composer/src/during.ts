/** Says that something is under way for as long as it is, however it ends. */
export async function during<T>(say: (underWay: boolean) => void, work: () => Promise<T>): Promise<T> {
  say(true)
  try {
    return await work()
  } finally {
    say(false)
  }
}
