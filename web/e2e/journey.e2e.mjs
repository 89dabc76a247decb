// One story, told in order: each step begins where the one before ended.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Bed, signUp, write } from './bed.mjs'
import { isKept } from './kept.mjs'
import { accessible, accessibleIn, accessibleNarrow, visible } from './look.mjs'

let bed
let ada
let bo
let team
let deck

beforeAll(async () => {
  bed = await Bed.start()
})
afterAll(async () => {
  await bed?.stop()
})

describe('a day', () => {
  test('the first account is made, and its team', async () => {
    ada = await bed.person()
    await ada.goto(bed.origin)
    await ada.getByRole('button', { name: /Sign in|Create account/ }).waitFor()
    await accessible(ada, 'sign-in')
    await ada.goto(`${bed.origin}/signup_email`)
    await ada.getByRole('button', { name: 'Create account' }).waitFor()
    await accessible(ada, 'sign-up')
    await signUp(ada, bed.origin, 'ada')
    await ada.getByRole('heading', { name: 'Create a team' }).waitFor()
    await accessible(ada, 'first-team')
    await ada.getByLabel('Team name').fill('Northern Light')
    await ada.getByRole('button', { name: 'Create team' }).click()
    await ada.waitForURL('**/northern-light/channels/town-square')
    await write(ada, 'Good morning, **ship**. See `chart 4` and https://example.org/weather')
    await visible(ada, 'Good morning, ship')
    deck = ada.url()
    team = (await bed.api('GET', '/teams/name/northern-light', undefined, (await bed.login('ada')).token))
      .body
  })

  test('a wrong password is explained', async () => {
    const page = await bed.person()
    await page.goto(`${bed.origin}/login`)
    await page.getByLabel('Username or email').fill('ada')
    await page.getByRole('textbox', { name: 'Password' }).fill('wrong')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('alert').waitFor()
    await accessible(page, 'sign-in-wrong')
    await page.context().close()
  })

  test('a second person joins by the address and both see each other live', async () => {
    bo = await bed.person({ viewport: { width: 390, height: 844 } })
    await signUp(bo, bed.origin, 'bo')
    await bo.getByRole('heading', { name: /team/ }).waitFor()
    const { token } = await bed.login('ada')
    const { id } = await bed.login('bo')
    await bed.api('POST', `/teams/${team.id}/members`, { team_id: team.id, user_id: id }, token)
    await bo.goto(deck)
    await visible(bo, 'Good morning, ship')
    await write(ada, 'Can you see this, @bo?')
    await visible(bo, 'Can you see this')
    await write(bo, 'Yes, loud and clear')
    await visible(ada, 'loud and clear')
    // Once, although it came back both as an answer and as an event.
    await bo.waitForTimeout(500)
    expect(await bo.locator('.post', { hasText: 'loud and clear' }).count()).toBe(1)
    await accessible(bo, 'channel-narrow')
    await accessible(ada, 'channel')
  })

  test('unread marks and mention badges stand in the sidebar', async () => {
    await bo.goto(deck.replace('town-square', 'off-topic'))
    await bo.getByRole('heading', { name: 'Off-Topic', level: 1 }).first().waitFor()
    await write(ada, '@bo the pilot is asking for you')
    await bo
      .locator('.chan.unread', { hasText: 'Town Square' })
      .locator('.badge')
      .waitFor({ state: 'attached' })
    await bo.waitForFunction(() => document.title.startsWith('(1)'))
    await bo.goto(deck)
    await visible(bo, 'the pilot')
  })

  test('a draft stays', async () => {
    const area = ada.getByRole('textbox', { name: /^Write to/ })
    await area.fill('half a thought')
    await ada.waitForTimeout(500)
    await ada.reload()
    await visible(ada, 'Good morning')
    expect(await area.inputValue()).toBe('half a thought')
    await area.fill('')
  })

  test('long histories scroll without jumping', async () => {
    const { token } = await bed.login('ada')
    const channel = (await bed.api('GET', `/teams/${team.id}/channels/name/off-topic`, undefined, token)).body
    for (let i = 0; i < 150; i++)
      await bed.api(
        'POST',
        '/posts',
        { channel_id: channel.id, message: `entry ${i}\n${'more words '.repeat((i * 7) % 40)}` },
        token,
      )
    await ada.goto(deck.replace('town-square', 'off-topic'))
    await visible(ada, 'entry 149')
    const list = ada.locator('.vlist')
    let worst = 0
    for (let i = 0; i < 80; i++) {
      const drift = await list.evaluate(async el => {
        el.scrollBy(0, -400)
        await new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))
        const edge = el.getBoundingClientRect().top
        const seen = [...el.querySelectorAll('[data-post]')].find(x => x.getBoundingClientRect().top >= edge)
        const before = seen?.getBoundingClientRect().top ?? 0
        await new Promise(r => setTimeout(r, 60))
        return seen?.isConnected ? Math.abs(seen.getBoundingClientRect().top - before) : 0
      })
      worst = Math.max(worst, drift)
      if (await ada.locator('.beginning').count()) break
    }
    // Pages were loaded and rows measured above; what was being read did not move.
    expect(worst).toBeLessThan(2)
    await ada.locator('.beginning').waitFor()
    await ada.getByRole('button', { name: 'Newest' }).click()
    await visible(ada, 'entry 149')
  })

  test('whoever reads the newest still does when the window changes its size', async () => {
    const size = ada.viewportSize()
    for (const [width, height] of [
      [320, 568],
      [390, 844],
      [1600, 1000],
      [568, 320],
      [size.width, size.height],
    ]) {
      await ada.setViewportSize({ width, height })
      await expect
        .poll(() =>
          ada.locator('.vlist').evaluate(async el => {
            await new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))
            return el.scrollHeight - el.scrollTop - el.clientHeight
          }),
        )
        .toBeLessThan(24)
      await ada.getByRole('button', { name: 'Newest' }).waitFor({ state: 'detached' })
    }
    await ada.goto(deck)
  })

  test('reactions', async () => {
    const post = ada.locator('.post', { hasText: 'loud and clear' })
    await post.hover()
    await post.getByRole('button', { name: 'React with +1' }).click()
    await bo.locator('.reaction', { hasText: '1' }).waitFor()
    await post.hover()
    await post
      .getByRole('group', { name: 'Message actions' })
      .getByRole('button', { name: 'Add a reaction' })
      .click()
    await ada.getByLabel('Find an emoji').fill('rocket')
    await accessible(ada, 'emoji')
    await ada.getByLabel('Find an emoji').press('Enter')
    await ada.getByLabel('Find an emoji').waitFor({ state: 'detached' })
    await bo.locator('.reaction', { hasText: '🚀' }).waitFor()
  })

  test('a thread', async () => {
    const post = ada.locator('.post', { hasText: 'Can you see this' })
    await post.hover()
    await post.getByRole('button', { name: 'Reply in thread' }).click()
    await write(ada, 'Answer here, please', /^Reply/)
    await ada.locator('.thread .post', { hasText: 'Answer here' }).waitFor()
    await bo.locator('.threadline', { hasText: '1 reply' }).first().waitFor()
    await accessible(ada, 'thread')
    await ada.keyboard.press('Escape')
    await ada.locator('.thread').waitFor({ state: 'detached' })
  })

  test('one’s own message is edited and deleted', async () => {
    await write(ada, 'a mistkae')
    await visible(ada, 'a mistkae')
    const id = await ada.locator('.post:not(.pending)', { hasText: 'a mistkae' }).getAttribute('data-post')
    await ada.getByRole('textbox', { name: /^Write to/ }).press('ArrowUp')
    await ada.getByRole('textbox', { name: 'Edit message' }).fill('a correction')
    await ada.keyboard.press('Enter')
    await visible(bo, 'a correction')
    await ada.locator(`[data-post="${id}"]`).focus()
    await ada.keyboard.press('Delete')
    await accessible(ada, 'confirm')
    await ada.getByRole('button', { name: 'Delete' }).click()
    await bo.locator('.post', { hasText: 'a correction' }).waitFor({ state: 'detached' })
  })

  test('a file with its picture', async () => {
    const png = Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
      'base64',
    )
    await ada
      .locator('input[type=file]')
      .setInputFiles({ name: 'chart.png', mimeType: 'image/png', buffer: png })
    await ada.locator('.upload progress').waitFor({ state: 'detached' })
    await write(ada, 'the chart')
    await bo.locator('.picture img[alt="chart.png"]').waitFor()
  })

  test('menus, profile, finder and shortcuts are accessible', async () => {
    await ada.getByRole('button', { name: 'Settings' }).click()
    await accessible(ada, 'menu')
    await ada.keyboard.press('Escape')
    await ada.locator('.post .name', { hasText: 'bo' }).first().click()
    await ada.getByRole('dialog', { name: /Profile of/ }).waitFor()
    await accessible(ada, 'profile')
    await ada.keyboard.press('Escape')
    await ada.keyboard.press('Control+k')
    await ada.getByRole('combobox', { name: 'Find' }).fill('off')
    await accessible(ada, 'finder')
    await ada.keyboard.press('Enter')
    await ada.waitForURL('**/off-topic')
    await ada.keyboard.press('Control+/')
    await accessible(ada, 'shortcuts')
    await ada.keyboard.press('Escape')
    await ada.goto(deck)
    await visible(ada, 'Good morning')
  })

  test('every other dialog and menu is accessible, on a phone too', async () => {
    const add = async (item, title) => {
      await ada.getByRole('button', { name: 'Add', exact: true }).click()
      await ada.getByRole('menuitem', { name: item }).click()
      await ada.getByRole('dialog', { name: title }).waitFor()
      await accessibleNarrow(ada, item.replaceAll(' ', '-').toLowerCase())
      await accessible(ada, item.replaceAll(' ', '-').toLowerCase())
      await ada.keyboard.press('Escape')
    }
    await add('Browse channels', 'Browse channels')
    await add('New channel', 'New channel')
    await add('New direct message', 'New direct message')
    const post = ada.locator('.post', { hasText: 'Can you see this' })
    await post.hover()
    await post.getByRole('button', { name: 'More actions' }).click()
    await ada.getByRole('menuitem', { name: 'Copy link' }).waitFor()
    await accessible(ada, 'post-menu')
    await ada.keyboard.press('Escape')
    await post.focus()
    await ada.keyboard.press('e')
    await ada.getByRole('textbox', { name: 'Edit message' }).waitFor()
    await accessible(ada, 'editor')
    await ada.keyboard.press('Escape')
    const area = ada.getByRole('textbox', { name: /^Write to/ })
    await area.pressSequentially('@b')
    await ada.getByRole('option', { name: /bo/ }).waitFor()
    await accessible(ada, 'completion')
    await area.fill('')
    await bo.getByRole('button', { name: 'Channels' }).click()
    await accessible(bo, 'drawer-narrow')
    await bo.keyboard.press('Escape')
    await accessibleIn(ada, 'night', 'channel')
  })

  test('the server dies: history stays, a message waits through a reload, and is sent once', async () => {
    await ada.evaluate(() => navigator.serviceWorker.ready)
    await expect.poll(() => isKept(ada, 'Good morning, **ship**')).toBe(true)
    await bed.kill()
    await ada.locator('.connection').waitFor()
    await write(ada, 'written in the dark')
    await ada.locator('.post.pending', { hasText: 'Not sent yet' }).waitFor()
    await accessible(ada, 'offline')
    await ada.reload()
    await visible(ada, 'Good morning, ship')
    await ada.locator('.post.pending', { hasText: 'written in the dark' }).waitFor()
    await ada.getByText('1 message is not sent yet').waitFor()
    await bed.serve()
    await ada.evaluate(() => dispatchEvent(new Event('online')))
    await bo.evaluate(() => dispatchEvent(new Event('online')))
    await ada.locator('.post:not(.pending)', { hasText: 'written in the dark' }).waitFor()
    await visible(bo, 'written in the dark')
    await ada.waitForTimeout(1_000)
    const { token } = await bed.login('ada')
    const channel = (await bed.api('GET', `/teams/${team.id}/channels/name/town-square`, undefined, token))
      .body
    const list = (await bed.api('GET', `/channels/${channel.id}/posts?per_page=200`, undefined, token)).body
    expect(Object.values(list.posts).filter(p => p.message === 'written in the dark')).toHaveLength(1)
    expect(await ada.locator('.post', { hasText: 'written in the dark' }).count()).toBe(1)
    await ada.locator('.connection').waitFor({ state: 'detached' })
  })

  test('logging out wipes what this device kept', async () => {
    await ada.getByRole('button', { name: 'Settings' }).click()
    await ada.getByRole('menuitem', { name: 'Log out' }).click()
    await ada.getByRole('heading', { name: 'Sign in' }).waitFor()
    const left = await ada.evaluate(
      () =>
        new Promise(resolve => {
          const r = indexedDB.open('fieldpost')
          r.onsuccess = () => {
            const names = [...r.result.objectStoreNames]
            const t = r.result.transaction(names)
            Promise.all(
              names.map(
                n => new Promise(ok => (t.objectStore(n).count().onsuccess = e => ok(e.target.result))),
              ),
            ).then(x => resolve(x.reduce((a, b) => a + b, 0)))
          }
        }),
    )
    expect(left).toBe(0)
  })

  test('nothing went wrong in silence', () => {
    expect([...ada.problems, ...bo.problems]).toEqual([])
  })
})
