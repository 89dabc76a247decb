// A site with a past, served as the binary serves the client that is in it: compressed, and by nobody else.
import { execFileSync } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { Bed, binary } from '../e2e/bed.mjs'

export const TEAM = 'ship'
export const PASSWORD = 'Passw0rd!x'
export const CHANNELS = Array.from({ length: 20 }, (_, i) => `deck-${i}`)
const PEOPLE = ['ada', 'bo', 'cem', 'dana', 'eli', 'fen']

const CLAUSES = [
  'the pilot is on board',
  'cargo of hold two is lashed',
  'we lost the link for an hour',
  'fuel state is as yesterday',
  'medical asks for saline',
  'see `chart 4` and **mind the shoal**',
  'wind backs south west, force six',
  'the separator is back in service',
]
/** What somebody says, of very different lengths. */
export const text = i => `${i}: ${CLAUSES.slice(i % 5, (i % 5) + 1 + (i % 4)).join(', ')}.`

/** Lines of a bulk export. One of the channels has half of all messages. */
function* past(messages, now) {
  yield { type: 'version', version: 1 }
  yield { type: 'team', team: { name: TEAM, display_name: 'Ship', type: 'O' } }
  for (const name of CHANNELS)
    yield { type: 'channel', channel: { team: TEAM, name, display_name: name, type: 'O' } }
  for (const username of PEOPLE)
    yield {
      type: 'user',
      user: {
        username,
        email: `${username}@ship.example`,
        password: PASSWORD,
        roles: username === 'ada' ? 'system_admin system_user' : 'system_user',
        teams: [{ name: TEAM, channels: CHANNELS.map(name => ({ name })) }],
      },
    }
  for (let i = 0; i < messages; i++)
    yield {
      type: 'post',
      post: {
        team: TEAM,
        channel: CHANNELS[i % 2 ? 0 : (i / 2) % CHANNELS.length],
        user: PEOPLE[Math.floor(i / 3) % PEOPLE.length],
        message: text(i),
        create_at: now - (messages - i) * 60_000,
        ...(i % 12 === 0 ? { reactions: [{ user: 'bo', emoji_name: '+1', create_at: now - 1_000 }] } : {}),
      },
    }
}

async function fill(data, messages) {
  const file = join(data, 'past.jsonl')
  const out = createWriteStream(file)
  for (const line of past(messages, Date.now()))
    if (!out.write(`${JSON.stringify(line)}\n`)) await new Promise(r => out.once('drain', r))
  await new Promise(r => out.end(r))
  execFileSync(binary, ['import', '--data', data, file], { stdio: ['ignore', 'ignore', 'inherit'] })
  await rm(file)
}

/** The built client, with each file compressed beside itself. */
async function packed(from) {
  const dir = await mkdtemp(join(tmpdir(), 'fieldpost-bench-'))
  await cp(from, dir, { recursive: true })
  for (const name of await readdir(dir, { recursive: true }))
    if (/\.(js|css|html|json|svg|webmanifest)$/.test(name))
      await writeFile(join(dir, `${name}.gz`), gzipSync(await readFile(join(dir, name)), { level: 9 }))
  return dir
}

const BUILT = fileURLToPath(new URL('../app/dist', import.meta.url))

/** A server with so many messages; `origin` is where it is. */
export async function start(messages, built = BUILT) {
  const client = await packed(built)
  const bed = await Bed.start({ prepare: data => fill(data, messages), flags: ['--web-root', client] })
  return {
    bed,
    origin: bed.back,
    stop: async () => {
      await bed.stop()
      await rm(client, { recursive: true, force: true })
    },
  }
}
