// Groups of people: making one, who is in it, and what becomes of it.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Bed, signIn, write } from './bed.mjs'
import { everywhere } from './look.mjs'

let bed
let ada
let bo
let token

beforeAll(async () => {
  const settings = '[guests]\nenabled = true\n'
  bed = await Bed.start({ prepare: data => writeFile(join(data, 'fieldpost.toml'), settings) })
  const first = await bed.account('ada', { first_name: 'Ada', last_name: 'Byrne' })
  token = first.token
  const team = { name: 'ship', display_name: 'Northern Light', type: 'O' }
  const { body } = await bed.api('POST', '/teams', team, token)
  for (const [name, first_name, last_name] of [
    ['bo', 'Bo', 'Larsen'],
    ['cem', 'Cem', 'Aydin'],
  ]) {
    const { id } = await bed.account(name, { first_name, last_name })
    await bed.api('POST', `/teams/${body.id}/members`, { team_id: body.id, user_id: id }, token)
  }
  ada = await bed.person()
  bo = await bed.person()
  await signIn(ada, bed.origin, 'ada', '/ship/channels/town-square')
  await signIn(bo, bed.origin, 'bo', '/ship/groups')
})
afterAll(async () => {
  await bed?.stop()
})

const pick = async (page, dialog, name) => {
  await dialog.getByRole('button', { name: 'Find somebody' }).click()
  await page.getByRole('combobox', { name: /Find somebody/ }).fill(name)
  await page.getByRole('option', { name: new RegExp(name) }).click()
}

describe('groups', () => {
  test('there are none until somebody makes one, by the keyboard', async () => {
    await bo.getByRole('heading', { name: 'No groups yet' }).waitFor()
    await everywhere(bo, 'groups-none')
    await ada.getByRole('textbox', { name: /^Write to/ }).waitFor()
    await ada.keyboard.press('Control+Shift+P')
    const palette = ada.getByRole('combobox', { name: 'Find what can be done' })
    await palette.fill('user groups')
    await ada.getByRole('option', { name: 'Groups', exact: true }).waitFor()
    await palette.press('Enter')
    await ada.waitForURL('**/ship/groups')
    await ada.getByRole('button', { name: 'New group' }).focus()
    await ada.keyboard.press('Enter')
    const dialog = ada.getByRole('dialog', { name: 'Make a group' })
    await dialog.waitFor()
    await ada.keyboard.type('The deck crew')
    expect(await dialog.getByRole('textbox', { name: 'Mention name' }).inputValue()).toBe('the-deck-crew')
    await dialog.getByRole('textbox', { name: 'Mention name' }).fill('bo')
    await dialog.getByRole('button', { name: 'Make the group' }).click()
    await dialog.getByText('Somebody has this as their username').waitFor()
    await dialog.getByRole('textbox', { name: 'Mention name' }).fill('here')
    await dialog.getByRole('button', { name: 'Make the group' }).click()
    await dialog.getByText('This name mentions everybody already').waitFor()
    await dialog.getByRole('textbox', { name: 'Mention name' }).fill('deck')
    await dialog.getByLabel('Description, if you like').fill('Whoever is on deck today.')
    await pick(ada, dialog, 'Cem')
    await everywhere(ada, 'groups-make')
    await dialog.getByRole('button', { name: 'Make the group' }).click()
    await ada.getByRole('heading', { name: 'The deck crew' }).waitFor()
    await ada.getByRole('list', { name: 'People in The deck crew' }).getByText('Cem Aydin').waitFor()
    await everywhere(ada, 'groups-one')
  })

  test('others see it at once, look for it and join it', async () => {
    await bo.getByRole('link', { name: /The deck crew @deck · 1 person/ }).waitFor()
    await bo.getByRole('searchbox', { name: 'Find groups' }).fill('nothing')
    await bo.getByRole('heading', { name: 'No group like that' }).waitFor()
    await bo.getByRole('searchbox', { name: 'Find groups' }).fill('dec')
    await bo.getByRole('link', { name: /The deck crew/ }).click()
    await bo.getByRole('button', { name: 'Join' }).click()
    await bo.getByRole('list', { name: 'People in The deck crew' }).getByText('Bo Larsen').waitFor()
    await bo.getByRole('link', { name: 'All groups' }).click()
    await bo.getByRole('link', { name: /2 people You are in it/ }).waitFor()
    await bo.getByRole('button', { name: 'My groups' }).click()
    await bo.getByRole('link', { name: /The deck crew/ }).waitFor()
    await everywhere(bo, 'groups-list')
  })

  test('people are added and taken out; a name is changed for everybody', async () => {
    await ada.reload()
    const people = ada.getByRole('list', { name: /^People in/ })
    await people.getByText('Bo Larsen').waitFor()
    await ada.getByRole('button', { name: 'Add people' }).click()
    const dialog = ada.getByRole('dialog', { name: 'Add people to The deck crew' })
    await pick(ada, dialog, 'Ada')
    await dialog.getByRole('button', { name: 'Add people' }).click()
    await people.getByText('Ada Byrne').waitFor()
    await ada.getByRole('searchbox', { name: 'Find in this group' }).fill('cem')
    await people.getByText('Ada Byrne').waitFor({ state: 'detached' })
    await people.getByRole('button', { name: 'Remove Cem Aydin' }).click()
    const sure = ada.getByRole('dialog', { name: 'Remove Cem Aydin from The deck crew?' })
    await sure.getByRole('button', { name: 'Remove Cem Aydin' }).click()
    await ada.getByText('Nobody like that in it.').waitFor()
    await ada.getByRole('searchbox', { name: 'Find in this group' }).fill('')
    await people.getByText('Bo Larsen').waitFor()
    await ada.getByRole('button', { name: 'What can be done with The deck crew' }).click()
    await ada.getByRole('menuitem', { name: 'Edit' }).click()
    const edit = ada.getByRole('dialog', { name: 'Edit The deck crew' })
    await edit.getByRole('textbox', { name: 'Name', exact: true }).fill('The night deck')
    await edit.getByRole('button', { name: 'Save' }).click()
    await ada.getByRole('heading', { name: 'The night deck', exact: true }).waitFor()
    await bo.getByRole('link', { name: /The night deck @deck/ }).waitFor()
  })

  test('its name in a message leads to it', async () => {
    await ada.goto(`${bed.origin}/ship/channels/town-square`)
    await write(ada, 'Coffee for @deck, please')
    await ada.locator('.post').getByRole('button', { name: '@deck' }).click()
    await ada.getByRole('button', { name: 'Show the group' }).click()
    await ada.getByRole('heading', { name: 'The night deck' }).waitFor()
  })

  test('an archived group mentions nobody, and comes back', async () => {
    await ada.getByRole('button', { name: 'What can be done with The night deck' }).click()
    await ada.getByRole('menuitem', { name: 'Archive' }).click()
    await ada
      .getByRole('dialog', { name: 'Archive The night deck?' })
      .getByRole('button', { name: 'Archive' })
      .click()
    await ada.getByText('This group is archived: its name mentions nobody').waitFor()
    await everywhere(ada, 'groups-archived')
    await bo.getByRole('heading', { name: 'You are in no group' }).waitFor()
    await bo.getByRole('button', { name: 'Archived' }).click()
    await bo.getByRole('link', { name: /The night deck/ }).waitFor()
    await ada.getByRole('button', { name: 'Bring back' }).click()
    await ada.getByRole('list', { name: 'People in The night deck' }).getByText('Bo Larsen').waitFor()
    await bo.getByRole('heading', { name: 'No archived groups' }).waitFor()
    await bo.getByRole('button', { name: 'All', exact: true }).click()
    await bo.getByRole('link', { name: /The night deck/ }).click()
    await bo.getByRole('button', { name: 'Leave' }).click()
    await bo
      .getByRole('dialog', { name: 'Leave The night deck?' })
      .getByRole('button', { name: 'Leave' })
      .click()
    await bo.getByRole('button', { name: 'Join' }).waitFor()
  })

  test('a guest looks at groups, and neither makes nor joins any', async () => {
    const { id } = await bed.login('bo')
    await bed.api('POST', `/users/${id}/demote`, {}, token)
    await bo.reload()
    await bo.getByRole('heading', { name: 'The night deck' }).waitFor()
    await bo.getByRole('list', { name: 'People in The night deck' }).getByText('Ada Byrne').waitFor()
    expect(await bo.getByRole('button', { name: /^(Join|Add people)$/ }).count()).toBe(0)
    await bo.getByRole('link', { name: 'All groups' }).click()
    await bo.getByRole('link', { name: /The night deck/ }).waitFor()
    expect(await bo.getByRole('button', { name: 'New group' }).count()).toBe(0)
  })

  test('without the server there are the groups as they were', async () => {
    await bed.kill()
    await bo.getByRole('button', { name: 'My groups' }).click()
    await bo.getByText('These are the groups as this device knows them').waitFor()
    await everywhere(bo, 'groups-offline')
    expect(ada.problems).toEqual([])
    expect(bo.problems).toEqual([])
  })
})
