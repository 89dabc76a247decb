// What integrations show in a channel: previews, attachments, buttons, dialogs, commands.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Bed, signIn, write } from './bed.mjs'
import { Integration } from './integration.mjs'
import { isKept } from './kept.mjs'
import { accessible, everywhere, visible } from './look.mjs'

let bed
let other
let ada
let page
let team
let channel
let hook

const post = body =>
  fetch(`${bed.back}/hooks/${hook}`, { method: 'POST', body: JSON.stringify(body) }).then(r => r.text())

beforeAll(async () => {
  other = await Integration.start()
  bed = await Bed.start({
    prepare: data =>
      writeFile(join(data, 'fieldpost.toml'), '[outbound]\nallowed_internal = ["127.0.0.1/32"]\n'),
  })
  ada = await bed.account('ada')
  const api = (method, path, body) => bed.api(method, path, body, ada.token).then(r => r.body)
  team = await api('POST', '/teams', { name: 'ship', display_name: 'Ship', type: 'O' })
  channel = await api('GET', `/teams/${team.id}/channels/name/town-square`)
  hook = (await api('POST', '/hooks/incoming', { channel_id: channel.id, display_name: 'Harbour' })).id
  await api('POST', '/commands', {
    team_id: team.id,
    trigger: 'watch',
    method: 'P',
    url: `${other.url}/command`,
    auto_complete: true,
    auto_complete_hint: '[who]',
    auto_complete_desc: 'Hands over the watch',
    display_name: 'Watch',
  })
  page = await bed.person()
  await signIn(page, bed.origin, 'ada', '/ship/channels/town-square')
  await page.getByRole('textbox', { name: /^Write to/ }).waitFor()
})
afterAll(async () => {
  await bed?.stop()
  other?.stop()
})

describe('integrations', () => {
  test('a link is shown with what it leads to, and its picture comes through the server', async () => {
    const asked = []
    page.on('request', r => asked.push(r.url()))
    const preview = page.locator('.preview', { hasText: 'Gale warning' })
    // The answer to the writer, who is told of no preview in it, comes after the preview.
    const answered = page.waitForResponse(r => r.request().method() === 'POST' && r.url().endsWith('/posts'))
    await page.route('**/api/v4/posts', async r => {
      const response = await r.fetch()
      await preview.waitFor()
      await r.fulfill({ response })
    })
    await write(page, `Look at ${other.url}/weather`)
    await (await answered).finished()
    await page.unroute('**/api/v4/posts')
    await page.evaluate(() => new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r))))
    await preview.getByText('Weather office').waitFor()
    await page.waitForFunction(() => document.querySelector('.preview img')?.naturalWidth === 640)
    await everywhere(page, 'preview')
    await preview.getByRole('button', { name: 'Hide picture' }).click()
    expect(await preview.locator('img').count()).toBe(0)
    await preview.getByRole('button', { name: 'Show picture' }).click()
    expect(asked.filter(u => u.startsWith(other.url))).toEqual([])
    expect(asked.some(u => u.includes('/api/v4/image?url='))).toBe(true)
  })

  test('an attachment is shown with its colour, fields and picture, and runs nothing', async () => {
    await post({
      username: 'Harbour office',
      attachments: [
        {
          color: '#2eb886',
          pretext: 'A ship **asks to berth**',
          author_name: 'Pilot station',
          author_link: `${other.url}/pilot`,
          author_icon: `${other.url}/icon.png`,
          title: 'MV Castor, 180 m',
          title_link: `${other.url}/castor`,
          text: 'Arrives with the tide. <img src=x onerror=alert(1)> [click](javascript:alert(2))',
          fields: [
            { title: 'Draught', value: '8.40 m', short: true },
            { title: 'Berth', value: '*14*', short: true },
            { title: 'Cargo', value: 'Containers, two of them with **medical supplies** for the clinic' },
          ],
          image_url: `${other.url}/map.png`,
          thumb_url: `${other.url}/icon.png`,
          footer: 'Port traffic',
        },
      ],
    })
    const one = page.locator('.attachment', { hasText: 'MV Castor' })
    await one.waitFor()
    await page.locator('.post', { hasText: 'Harbour office' }).getByText('bot', { exact: true }).waitFor()
    expect(await one.evaluate(el => getComputedStyle(el).borderInlineStartColor)).toBe('rgb(46, 184, 134)')
    expect(await one.locator('dt').allTextContents()).toEqual(['Draught', 'Berth', 'Cargo'])
    await one.getByText('<img src=x').waitFor()
    expect(await one.locator('a', { hasText: 'click' }).count()).toBe(0)
    await page.waitForFunction(() => document.querySelector('.attachment .shown')?.naturalWidth === 640)
    await everywhere(page, 'attachment')
  })

  test('a button tells the integration, which changes the message; a menu says what was chosen', async () => {
    other.answers['/approve'] = body => ({
      update: { message: `Approved by ${body.user_name}`, props: {} },
      ephemeral_text: 'The pilot was told.',
    })
    other.answers['/berth'] = body => ({ ephemeral_text: `Berth ${body.context.selected_option} it is.` })
    await post({
      text: 'Which berth?',
      attachments: [
        {
          text: 'For MV Pollux',
          actions: [
            {
              id: 'berth',
              name: 'Pick a berth',
              type: 'select',
              options: [
                { text: 'Berth 14, east', value: '14' },
                { text: 'Berth 15, west', value: '15' },
              ],
              integration: { url: `${other.url}/berth` },
            },
            {
              id: 'who',
              name: 'Pilot',
              type: 'select',
              data_source: 'users',
              integration: { url: `${other.url}/berth` },
            },
            { id: 'approve', name: 'Approve', style: 'good', integration: { url: `${other.url}/approve` } },
            { id: 'refuse', name: 'Refuse', style: 'danger', integration: { url: `${other.url}/nothing` } },
          ],
        },
      ],
    })
    const one = page.locator('.attachment', { hasText: 'MV Pollux' })
    await one.getByRole('button', { name: 'Pick a berth' }).click()
    await page.getByRole('combobox', { name: 'Find: Pick a berth' }).fill('west')
    await everywhere(page, 'attachment-menu')
    await page.getByRole('combobox', { name: 'Find: Pick a berth' }).press('Enter')
    await visible(page, 'Berth 15 it is.')
    await one.getByRole('button', { name: 'Pick a berth: Berth 15, west' }).waitFor()
    await one.getByRole('button', { name: 'Refuse' }).click()
    await one.getByRole('alert').waitFor()
    await everywhere(page, 'attachment-actions')
    await one.getByRole('button', { name: 'Approve' }).click()
    await visible(page, 'Approved by ada')
    await visible(page, 'The pilot was told.')
    expect(await page.locator('.attachment', { hasText: 'MV Pollux' }).count()).toBe(0)
  })

  test('a command is completed, answered to its author alone, and opens a dialog in this tab', async () => {
    const second = await page.context().newPage()
    await second.goto(`${bed.origin}/ship/channels/town-square`)
    await visible(second, 'Approved by ada')
    other.answers['/lookup'] = () => ({ items: [{ text: 'Bay 3', value: 'b3' }] })
    other.answers['/command'] = async body => {
      await bed.api('POST', '/actions/dialogs/open', {
        trigger_id: body.trigger_id,
        url: `${other.url}/submitted`,
        dialog: {
          callback_id: 'handover',
          title: 'Hand over the watch',
          introduction_text: 'To whom, **and why**?',
          submit_label: 'Hand over',
          notify_on_cancel: true,
          elements: [
            { name: 'who', display_name: 'Who', type: 'select', data_source: 'users' },
            {
              name: 'note',
              display_name: 'Note',
              type: 'textarea',
              max_length: 100,
              help_text: 'In a sentence',
            },
            { name: 'mail', display_name: 'Mail', type: 'text', subtype: 'email', optional: true },
            {
              name: 'side',
              display_name: 'Side',
              type: 'radio',
              options: [
                { text: 'Port', value: 'p' },
                { text: 'Starboard', value: 's' },
              ],
            },
            {
              name: 'sure',
              display_name: 'Sure',
              type: 'bool',
              placeholder: 'I have read the log',
              optional: true,
            },
          ],
        },
      })
      return { text: 'Opening the handover.' }
    }
    const area = page.getByRole('textbox', { name: /^Write to/ })
    await area.pressSequentially('/wat')
    await page.getByRole('option', { name: /\/watch/ }).waitFor()
    await everywhere(page, 'command-completion')
    await area.press('Tab')
    await area.pressSequentially('now')
    await area.press('Enter')
    await visible(page, 'Opening the handover.')
    const only = page.locator('.post', { hasText: 'Opening the handover.' })
    await only.getByText('only visible to you').waitFor()
    const dialog = page.getByRole('dialog', { name: 'Hand over the watch' })
    await dialog.waitFor()
    expect(await second.getByRole('dialog').count()).toBe(0)
    await second.close()
  })

  test('a dialog says what is missing, and what the integration finds wrong', async () => {
    other.answers['/submitted'] = body =>
      body.submission.note === 'tired' ? { errors: { note: 'Say it politely.' } } : {}
    const dialog = page.getByRole('dialog', { name: 'Hand over the watch' })
    await dialog.getByLabel('Mail (optional)').fill('nobody')
    await dialog.getByRole('button', { name: 'Hand over', exact: true }).click()
    await dialog.getByText('This is no e-mail address.').waitFor()
    expect(await dialog.getByText('Please answer this.').count()).toBe(3)
    await everywhere(page, 'dialog')
    await dialog.getByLabel('Mail (optional)').fill('ada@ship.example')
    await dialog.getByRole('button', { name: 'Who' }).click()
    await page.getByRole('combobox', { name: 'Find: Who' }).fill('ada')
    await page.getByRole('combobox', { name: 'Find: Who' }).press('Enter')
    await dialog.getByLabel('Note').fill('tired')
    await dialog.getByLabel('Starboard').check()
    await dialog.getByLabel('I have read the log').check()
    await dialog.getByRole('button', { name: 'Hand over', exact: true }).click()
    await dialog.getByText('Say it politely.').waitFor()
    await dialog.getByLabel('Note').fill('quiet watch')
    await dialog.getByRole('button', { name: 'Hand over', exact: true }).click()
    await dialog.waitFor({ state: 'detached' })
    const { body } = other.seen.filter(x => x.path === '/submitted').at(-1)
    expect(body).toMatchObject({
      callback_id: 'handover',
      user_id: ada.id,
      channel_id: channel.id,
      submission: { who: ada.id, note: 'quiet watch', mail: 'ada@ship.example', side: 's', sure: true },
    })
  })

  test('a dialog that is closed says so to whoever wants to know', async () => {
    await write(page, '/watch again')
    const dialog = page.getByRole('dialog', { name: 'Hand over the watch' })
    await dialog.waitFor()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await expect.poll(() => other.seen.some(x => x.body.cancelled === true)).toBe(true)
  })

  test('without the server a button says so, and what was shown stays', async () => {
    await post({
      text: 'Offline?',
      attachments: [
        {
          text: 'Still here',
          actions: [{ id: 'x', name: 'Press', integration: { url: `${other.url}/berth` } }],
        },
      ],
    })
    const one = page.locator('.attachment', { hasText: 'Still here' })
    await one.waitFor()
    await page.evaluate(() => navigator.serviceWorker.ready)
    await expect.poll(() => isKept(page, 'Offline?')).toBe(true)
    await bed.kill()
    await page.locator('.connection').waitFor()
    await one.getByRole('button', { name: 'Press' }).click()
    await one.getByText('You are offline').waitFor()
    await page.reload()
    await one.waitFor()
    await page.locator('.preview', { hasText: 'Gale warning' }).waitFor()
    await accessible(page, 'attachment-offline')
  })

  test('nothing went wrong in silence', () => {
    expect(page.problems).toEqual([])
  })
})
