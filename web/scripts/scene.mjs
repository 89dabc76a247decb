// A morning aboard, for pictures: a bulk import of what was said, and what is said while somebody is away.
const MINUTE = 60_000

const PEOPLE = [
  ['mira.okafor', 'Mira', 'Okafor', 'Master', 'system_admin system_user'],
  ['jonas', 'Jonas', 'Lindqvist', 'Chief mate'],
  ['aiko', 'Aiko', 'Tanaka', 'Chief engineer'],
  ['sam', 'Sam', 'Whitfield', 'Radio'],
  ['ines', 'Inês', 'Moura', 'Medic'],
]
const CHANNELS = [
  ['bridge', 'Bridge', 'O', 'Watch log and orders. Standing orders: ~supply'],
  ['engine-room', 'Engine Room', 'O', ''],
  ['medical', 'Medical', 'P', ''],
  ['supply', 'Supply & Logistics', 'O', ''],
  ['weather', 'Weather', 'O', ''],
]
export const PASSWORD = 'Passw0rd!x'

/** The past, as lines of a bulk export; `ago` counts minutes back from now. */
export function past(now) {
  const at = ago => now - ago * MINUTE
  const post = (channel, user, ago, message, more = {}) => ({
    type: 'post',
    post: { team: 'aurora', channel, user, message, create_at: at(ago), ...more },
  })
  const reply = (user, ago, message) => ({ user, message, create_at: at(ago) })
  const cheer = (user, ago, emoji_name) => ({ user, emoji_name, create_at: at(ago) })
  const lines = [
    { type: 'version', version: 1 },
    ...[
      ['aurora', 'MV Aurora'],
      ['convoy', 'Convoy North'],
    ].map(([name, display_name]) => ({ type: 'team', team: { name, display_name, type: 'O' } })),
    ...CHANNELS.map(([name, display_name, type, header]) => ({
      type: 'channel',
      channel: { team: 'aurora', name, display_name, type, header },
    })),
    ...PEOPLE.map(([username, first_name, last_name, position, roles = 'system_user']) => ({
      type: 'user',
      user: {
        username,
        first_name,
        last_name,
        position,
        roles,
        email: `${username}@aurora.example`,
        password: PASSWORD,
        teams: [
          { name: 'aurora', channels: CHANNELS.map(([name]) => ({ name })) },
          ...(username === 'mira.okafor' ? [{ name: 'convoy' }] : []),
        ],
      },
    })),
    post('bridge', 'jonas', 1500, 'Pilot disembarked, passage speed. Night orders are signed.'),
    post(
      'bridge',
      'sam',
      212,
      'Good morning. Overnight the link was up for **38 minutes**; all traffic of yesterday is through.',
    ),
    post('bridge', 'mira.okafor', 205, 'Good. What is left for today?', {
      replies: [
        reply('sam', 203, 'Two medical files and the parts list.'),
        reply('mira.okafor', 201, 'Medical first, please.'),
      ],
    }),
    post(
      'bridge',
      'aiko',
      148,
      'Fuel state after the night run:\n\n| Tank | Level | Change |\n|---|---|---|\n| 1 port | 71 % | −4 |\n| 2 starboard | 69 % | −6 |\n| Day tank | 88 % | 0 |',
      {
        reactions: [cheer('jonas', 146, 'eyes')],
      },
    ),
    post(
      'bridge',
      'mira.okafor',
      141,
      'Thank you. @aiko please check the starboard consumption before noon; the difference is larger than yesterday:\n- flow meter\n- return line\n- separator log',
      {
        replies: [
          reply('aiko', 120, 'Flow meter reads 3 % high, recalibrated.'),
          reply('aiko', 74, 'Return line and log are clean.'),
        ],
        reactions: [cheer('aiko', 139, '+1'), cheer('jonas', 138, '+1')],
      },
    ),
    post('engine-room', 'aiko', 90, 'Separator 2 back in service.'),
    post('weather', 'jonas', 60, 'Front passes after 18Z, backing SW 6.'),
    post('supply', 'ines', 45, 'We are down to four boxes of saline.'),
  ]
  return `${lines.map(l => JSON.stringify(l)).join('\n')}\n`
}

/** What comes in after the reader has looked: by whom, where, and with which file. */
export const PRESENT = [
  {
    by: 'sam',
    in: 'bridge',
    message: 'Link window to HQ is `14:20–14:55Z`. I will send the manifest first:',
    file: 'manifest.csv',
  },
  { by: 'ines', in: 'supply', message: 'Saline is on the manifest now.' },
  { by: 'jonas', in: 'weather', message: 'Update: front two hours earlier than forecast.' },
  {
    by: 'jonas',
    in: 'bridge',
    message:
      '@mira.okafor pilot confirmed for 16:30, boarding ladder port side. Details at https://pilots.example/aurora',
    cheer: ['aiko', 'ok_hand'],
  },
]
