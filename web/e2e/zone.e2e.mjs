// The clock that somebody goes by: that of their device, or of a place that they choose.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Bed, signIn, write } from './bed.mjs'
import { everywhere } from './look.mjs'

let bed
let ada
let token
let team

const timezone = async () => (await bed.api('GET', '/users/me', undefined, token)).body.timezone

/** What a clock shows in a zone, as the client writes it. */
const clock = (at, timeZone) =>
  new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone }).format(at)

beforeAll(async () => {
  bed = await Bed.start()
  token = (await bed.account('ada')).token
  team = (await bed.api('POST', '/teams', { name: 'ship', display_name: 'Ship', type: 'O' }, token)).body
  const bo = await bed.account('bo')
  await bed.api('POST', `/teams/${team.id}/members`, { team_id: team.id, user_id: bo.id }, token)
  ada = await bed.person({ timezoneId: 'Asia/Tokyo', locale: 'en-GB' })
  await signIn(ada, bed.origin, 'ada', '/ship/channels/town-square')
})
afterAll(async () => {
  await bed?.stop()
})

describe('the time zone', () => {
  test('is that of the device, and the server is told of it', async () => {
    await write(ada, 'All clear on deck')
    const post = ada.locator('.post', { hasText: 'All clear on deck' })
    await post.waitFor()
    await expect.poll(timezone).toMatchObject({ automaticTimezone: 'Asia/Tokyo' })
    const at = new Date(await post.locator('time[datetime]').first().getAttribute('datetime'))
    await post.locator('time', { hasText: clock(at, 'Asia/Tokyo') }).waitFor()
  })

  test('is chosen by hand, by what a place is called', async () => {
    await ada.goto(`${bed.origin}/account_settings/display`)
    await ada.getByRole('radio', { name: /As this device has it/ }).waitFor()
    await ada.getByRole('radio', { name: /Another, by hand/ }).check()
    await ada.getByRole('button', { name: /Choose a time zone: Asia\/Tokyo/ }).click()
    await ada.getByRole('combobox', { name: /Choose a time zone/ }).fill('los ang')
    await ada.keyboard.press('Enter')
    await ada.getByRole('button', { name: /Choose a time zone: America\/Los Angeles/ }).waitFor()
    expect(await timezone()).toMatchObject({
      useAutomaticTimezone: 'false',
      manualTimezone: 'America/Los_Angeles',
    })
    await everywhere(ada, 'zone-display')
  })

  test('is the one of every time that is shown, after a reload and without the server too', async () => {
    await ada.goto(`${bed.origin}/ship/channels/town-square`)
    const post = ada.locator('.post', { hasText: 'All clear on deck' })
    const at = new Date(await post.locator('time[datetime]').first().getAttribute('datetime'))
    const there = post.locator('time', { hasText: clock(at, 'America/Los_Angeles') })
    await there.waitFor()
    await ada.reload()
    await there.waitFor()
  })

  test('is the one by which messages are put off', async () => {
    await ada.getByRole('textbox', { name: /^Write to/ }).fill('Good morning')
    await ada.getByRole('button', { name: 'Send later' }).click()
    const morning = ada.getByRole('button', { name: /Tomorrow morning/ })
    await morning.getByText(/09:00/).waitFor()
    await morning.click()
    const planned = async () => {
      const { body } = await bed.api('GET', `/posts/scheduled/team/${team.id}`, undefined, token)
      return Object.values(body)
        .flat()
        .map(p => clock(p.scheduled_at, 'America/Los_Angeles'))
    }
    await expect.poll(planned).toEqual(['09:00'])
  })

  test('others see the clock of whoever chose it on their card', async () => {
    const bo = await bed.person({ timezoneId: 'UTC', locale: 'en-GB' })
    await signIn(bo, bed.origin, 'bo', '/ship/channels/town-square')
    await bo
      .locator('.post', { hasText: 'All clear on deck' })
      .getByRole('button', { name: 'ada' })
      .first()
      .click()
    await bo.getByText(/[78] hours behind you/).waitFor()
  })

  test('is the device’s again when that is chosen', async () => {
    await ada.goto(`${bed.origin}/account_settings/display`)
    await ada.getByRole('radio', { name: /As this device has it/ }).check()
    await ada.getByRole('button', { name: /Choose a time zone/ }).waitFor({ state: 'detached' })
    expect(await timezone()).toMatchObject({ useAutomaticTimezone: 'true' })
    await bed.kill()
    await ada.getByText('The time zone can be changed when the server is back.').waitFor()
    expect(ada.problems).toEqual([])
  })
})
