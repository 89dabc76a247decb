// What mails lead to: a confirmed address, a new password, a team.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { Bed, signUp } from './bed.mjs'
import { accessible, accessibleNarrow, everywhere } from './look.mjs'
import { Smtp } from './smtp.mjs'

let bed
let smtp
let page

const look = async (p, name) => {
  await accessible(p, name)
  await accessibleNarrow(p, name)
}

beforeAll(async () => {
  smtp = await Smtp.start()
  bed = await Bed.start()
  await bed.kill()
  await writeFile(
    join(bed.data, 'fieldpost.toml'),
    `site.url = "${bed.origin}"\n[mail]\nserver = "127.0.0.1:${smtp.port}"\nsecurity = "none"\nfrom = "post@ship.example"\nverify = true\n[guests]\nenabled = true\n`,
  )
  await bed.serve()
  page = await bed.person()
})
afterAll(async () => {
  await bed?.stop()
  smtp?.stop()
})

describe('mail', () => {
  test('an account is of use once its address is confirmed', async () => {
    await signUp(page, bed.origin, 'ada')
    await page.getByRole('heading', { name: 'Look at your mail' }).waitFor()
    await look(page, 'mail-look')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByLabel('Username or email').fill('ada')
    await page.getByRole('textbox', { name: 'Password' }).fill('Passw0rd!x')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('link', { name: 'Have the mail to confirm it sent again' }).waitFor()
    await look(page, 'mail-sign-in-unconfirmed')
    const link = await smtp.link('ada@ship.example', '/do_verify_email')
    await page.goto(bed.origin + link)
    await page.getByRole('heading', { name: 'Your address is confirmed' }).waitFor()
    await look(page, 'mail-confirmed')
    await page.goto(bed.origin + link)
    await page.getByRole('heading', { name: 'This link works no more' }).waitFor()
    await look(page, 'mail-bad-link')
  })

  test('a forgotten password is replaced', async () => {
    await page.goto(`${bed.origin}/login`)
    await page.getByRole('link', { name: 'Forgot your password?' }).click()
    await page.getByRole('heading', { name: 'Forgot your password?' }).waitFor()
    await look(page, 'mail-forgotten')
    await page.getByLabel('Email').fill('ada@ship.example')
    await page.getByRole('button', { name: 'Send the link' }).click()
    await page.getByText('a mail is on its way there').waitFor()
    await look(page, 'mail-forgotten-sent')
    await page.goto(bed.origin + (await smtp.link('ada@ship.example', '/reset_password_complete')))
    await page.getByRole('textbox', { name: 'New password' }).fill('short')
    await page.getByRole('button', { name: 'Change the password' }).click()
    await page.getByRole('alert').waitFor()
    await look(page, 'mail-new-password')
    await page.getByRole('textbox', { name: 'New password' }).fill('An0ther one')
    await page.getByRole('button', { name: 'Change the password' }).click()
    await page.getByRole('heading', { name: 'Your password is changed' }).waitFor()
    await look(page, 'mail-password-changed')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByLabel('Username or email').fill('ada')
    await page.getByRole('textbox', { name: 'Password' }).fill('An0ther one')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Create a team' }).waitFor()
  })

  test('whoever is invited signs up into the team', async () => {
    const { token } = await bed.login('ada', 'An0ther one')
    const team = { name: 'ship', display_name: 'Northern Light', type: 'O' }
    const { body } = await bed.api('POST', '/teams', team, token)
    await bed.api('POST', `/teams/${body.id}/invite/email`, ['bo@ship.example'], token)
    const link = await smtp.link('bo@ship.example', '/signup_user_complete')
    const bo = await bed.person()
    await bo.goto(bed.origin + link)
    await bo.getByText('You are invited to Northern Light.').waitFor()
    await look(bo, 'mail-invited')
    await bo.getByLabel('Username').fill('bo')
    await bo.getByRole('textbox', { name: 'Password' }).fill('Passw0rd!x')
    await bo.getByRole('button', { name: 'Create account' }).click()
    await bo.waitForURL('**/ship/channels/town-square')

    const shore = { name: 'shore', display_name: 'Shore Leave', type: 'O' }
    const { body: other } = await bed.api('POST', '/teams', shore, token)
    const invited = async address => {
      await bed.api('POST', `/teams/${other.id}/invite/email`, [address], token)
      await bo.goto(bed.origin + (await smtp.link(address, '/signup_user_complete')))
      await bo.getByRole('heading', { name: 'Join Shore Leave' }).waitFor()
    }
    // An invitation is for whoever reads at the address that it went to.
    await invited('somebody@ship.example')
    await bo.getByRole('button', { name: 'Join' }).click()
    await bo.getByRole('alert').waitFor()
    await invited('bo@ship.example')
    await look(bo, 'mail-join')
    await bo.getByRole('button', { name: 'Join' }).click()
    await bo.waitForURL('**/shore/channels/town-square')
  })

  test('people are asked in by mail from the menu of the team', async () => {
    await page.goto(`${bed.origin}/ship/channels/town-square`)
    await page.getByRole('button', { name: 'Team menu of Northern Light' }).click()
    await page.getByRole('menuitem', { name: 'Invite people…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Invite people to Northern Light' })
    await dialog.getByLabel('By mail').fill('dee@ship.example, dee')
    await dialog.getByRole('button', { name: 'Send invitations' }).click()
    await dialog.getByText('No address of mail: dee').waitFor()
    await dialog.getByLabel('By mail').fill('dee@ship.example')
    await dialog.getByRole('button', { name: 'Send invitations' }).click()
    await dialog.getByRole('status').getByText('dee@ship.example').waitFor()
    await look(page, 'mail-invite')
    const dee = await bed.person()
    await dee.goto(bed.origin + (await smtp.link('dee@ship.example', '/signup_user_complete')))
    await dee.getByText('You are invited to Northern Light.').waitFor()
  })

  test('guests are asked by mail into channels that somebody chooses', async () => {
    const dialog = page.getByRole('dialog', { name: 'Invite people to Northern Light' })
    await dialog.getByRole('button', { name: 'Guests' }).click()
    await dialog.getByLabel('By mail').fill('pia@ship.example, no@address@ship')
    await dialog.getByRole('button', { name: 'Send invitations' }).click()
    await dialog.getByText('No address of mail: no@address@ship').waitFor()
    await dialog.getByLabel('By mail').fill('pia@ship.example, pia..x@ship.example')
    await dialog.getByRole('button', { name: 'Send invitations' }).click()
    await dialog.getByText('Choose a channel that the guests are to see.').waitFor()
    await dialog.getByRole('button', { name: 'Add a channel' }).click()
    await page.getByRole('combobox', { name: /Add a channel/ }).fill('off')
    await page.getByRole('option', { name: 'Off-Topic' }).click()
    await dialog.getByLabel('Words for the mail').fill('Come aboard.')
    await everywhere(page, 'mail-guests')
    await dialog.getByRole('button', { name: 'Send invitations' }).click()
    const sent = dialog.getByRole('list', { name: 'Sent' })
    await sent.getByText('pia@ship.example', { exact: true }).waitFor()
    await sent.locator('.bad', { hasText: 'pia..x@ship.example:' }).waitFor()
    await look(page, 'mail-guests-sent')
    const pia = await bed.person()
    await pia.goto(bed.origin + (await smtp.link('pia@ship.example', '/signup_user_complete')))
    await pia.getByLabel('Username').fill('pia')
    await pia.getByRole('textbox', { name: 'Password' }).fill('Passw0rd!x')
    await pia.getByRole('button', { name: 'Create account' }).click()
    await pia.waitForURL('**/ship/channels/off-topic')
    await pia.getByRole('navigation').getByText('Off-Topic').waitFor()
    await pia.getByRole('link', { name: 'Town Square' }).waitFor({ state: 'detached' })
  })
})
