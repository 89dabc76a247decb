import { expect, test } from 'vitest'
import { during } from './during.ts'

test('what broke is no longer under way', async () => {
  const said: boolean[] = []
  const say = (underWay: boolean) => said.push(underWay)
  expect(await during(say, async () => 'done')).toBe('done')
  const broken = during(say, async () => {
    throw new TypeError('broken')
  })
  await expect(broken).rejects.toThrow('broken')
  expect(said).toEqual([true, false, true, false])
})
