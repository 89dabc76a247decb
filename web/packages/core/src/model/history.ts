/** Histories made up by chance, the same for the same seed, and made shorter while they still go wrong. */

/** The same each time: a number from 0 to below `n`. */
export type Roll = (n: number) => number

export function dice(seed: number): Roll {
  let s = Math.imul(seed + 1, 2_654_435_761)
  return n => {
    s = (Math.imul(s ^ (s >>> 15), 2_246_822_519) + 0x9e3779b9) >>> 0
    return Math.floor((s / 2 ** 32) * n)
  }
}

/** What may happen; what is named more often happens more often. */
const WHAT = [
  'say',
  'say',
  'say late',
  'reply',
  'mention',
  'edit',
  'delete',
  'react',
  'pin',
  'save',
  'read elsewhere',
  'unread elsewhere',
  'write elsewhere',
  'put out',
  'take in',
  'rename',
  'again',
  'open',
  'open',
  'leave',
  'thread',
  'write',
  'write',
  'answer',
  'own edit',
  'own delete',
  'own react',
  'own pin',
  'own unread',
  'scroll up',
  'scroll down',
  'cut',
  'back',
  'back',
  'forget',
  'lose',
  'save cache',
] as const

const WAITS = [0, 0, 50, 200, 700, 3_000] as const

export interface Step {
  what: (typeof WHAT)[number]
  /** Which of those it may be done to. */
  pick: number
  /** How many milliseconds go by after it. */
  wait: number
}

export function history(roll: Roll): Step[] {
  const one = <T>(list: readonly T[]): T => list[roll(list.length)] as T
  return Array.from({ length: 5 + roll(40) }, () => ({
    what: one(WHAT),
    pick: roll(1_000),
    wait: one(WAITS),
  }))
}

/** Leaves out what is not needed to fail, in ever smaller pieces, for so many tries. */
export async function shortest(
  all: readonly Step[],
  fails: (some: readonly Step[]) => Promise<boolean>,
  tries: number,
): Promise<readonly Step[]> {
  let left = tries
  let best = all
  for (
    let size = Math.ceil(best.length / 2);
    size >= 1 && left > 0;
    size = size > 1 ? Math.ceil(size / 2) : 0
  )
    for (let at = 0; at < best.length && left > 0; left--) {
      const without = [...best.slice(0, at), ...best.slice(at + size)]
      if (await fails(without)) best = without
      else at += size
    }
  return best
}

/** Plays the history of a seed. What goes wrong is told with the shortest history found in which it still does. */
export async function playSeed(
  seed: number,
  play: (steps: readonly Step[], seed: number) => Promise<void>,
): Promise<void> {
  const all = history(dice(seed))
  const wrong = (steps: readonly Step[]): Promise<Error | undefined> =>
    play(steps, seed).then(
      () => undefined,
      (e: unknown) => e as Error,
    )
  if (!(await wrong(all))) return
  const least = await shortest(all, async some => (await wrong(some)) !== undefined, 150)
  const error = (await wrong(least)) ?? new Error('it went well when it was played again')
  error.message = `Seed ${seed}: ${JSON.stringify(least, ['what', 'pick', 'wait'])}\n${error.message}`
  throw error
}
