/** What the administration decides without drawing: who may open what, what a note says, a table as a file. */
import type { Audit, Id, User } from '@fieldpost/api'
import { siteOf } from './remote.ts'

const rolesOf = (u: Pick<User, 'roles'> | undefined): string[] => u?.roles.split(' ').filter(Boolean) ?? []

/** The roles on the server of those who administer it or a part of it, the greatest first. */
export const OFFICES = [
  'system_admin',
  'system_manager',
  'system_user_manager',
  'system_read_only_admin',
] as const
export type Office = (typeof OFFICES)[number]

export const officeOf = (u: Pick<User, 'roles'> | undefined): Office | undefined => {
  const roles = rolesOf(u)
  return OFFICES.find(r => roles.includes(r))
}

/** Whether somebody has any business in the administration. */
export const administers = (u: User | undefined): boolean => officeOf(u) !== undefined

export const isGuestAccount = (u: Pick<User, 'roles'>): boolean => rolesOf(u).includes('system_guest')

const TOKENS = 'system_user_access_token'
export const hasTokens = (u: Pick<User, 'roles'>): boolean => rolesOf(u).includes(TOKENS)

/** The roles of a member with this office, and with or without tokens; any other role they have stays. */
export function rolesWith(u: Pick<User, 'roles'>, office: Office | '', tokens: boolean): string {
  const ours: readonly string[] = ['system_user', TOKENS, ...OFFICES]
  const others = rolesOf(u).filter(r => !ours.includes(r))
  return [office, 'system_user', tokens ? TOKENS : '', ...others].filter(Boolean).join(' ')
}

/** The pages of the administration, and by which permission each is open. */
export const ADMIN_PAGES = {
  overview: '',
  users: 'sysconsole_read_user_management_users',
  teams: 'sysconsole_read_user_management_teams',
  channels: 'sysconsole_read_user_management_channels',
  roles: 'sysconsole_read_user_management_system_roles',
  activity: 'read_audits',
  settings: 'test_email',
  links: 'manage_system',
} as const
export type AdminPage = keyof typeof ADMIN_PAGES

export const mayOpen = (page: AdminPage, may: ReadonlySet<string>): boolean =>
  ADMIN_PAGES[page] === '' || may.has(ADMIN_PAGES[page])

/** Where in the administration an address leads. Addresses of before, `/admin_console/…`, lead there too. */
export function adminPlace(path: string): { page: AdminPage; id: string } {
  const [, , page = '', id = ''] = path.split('/')
  return Object.hasOwn(ADMIN_PAGES, page) ? { page: page as AdminPage, id } : { page: 'overview', id: '' }
}

/** Whom a list of people shows. */
export const PEOPLE_KINDS = [
  'everybody',
  'active',
  'deactivated',
  'admins',
  'guests',
  'bots',
  'elsewhere',
] as const
export type PeopleKind = (typeof PEOPLE_KINDS)[number]

const MATCHES: Record<PeopleKind, (u: User) => boolean> = {
  everybody: () => true,
  active: u => u.delete_at === 0,
  deactivated: u => u.delete_at > 0,
  admins: u => officeOf(u) !== undefined,
  guests: isGuestAccount,
  bots: u => u.is_bot === true,
  elsewhere: u => siteOf(u) !== '',
}
export const isOfKind = (shown: PeopleKind, u: User): boolean => MATCHES[shown](u)

/**
 * Goes through a list page by page and keeps what is wanted, for what the server does not filter itself. Stops once
 * there are `enough`, or when a page comes short.
 */
export async function scan<T>(
  read: (page: number) => Promise<readonly T[]>,
  size: number,
  keep: (x: T) => boolean,
  enough = Number.POSITIVE_INFINITY,
): Promise<T[]> {
  const kept: T[] = []
  for (let page = 0; kept.length < enough; page++) {
    const told = await read(page)
    kept.push(...told.filter(keep))
    if (told.length < size) break
  }
  return kept
}

/** What kinds of things are done to an account. */
export type AuditDeed =
  | 'login'
  | 'logout'
  | 'password'
  | 'mfa'
  | 'session'
  | 'sessions'
  | 'token'
  | 'roles'
  | 'active'
  | 'unlock'
  | 'address'
  | 'other'

/** By how the address of the operation ends; the first that fits. */
const DEEDS: readonly [RegExp, AuditDeed][] = [
  [/\/users\/login/, 'login'],
  [/\/users\/logout$/, 'logout'],
  [/\/password(\/reset)?$/, 'password'],
  [/\/mfa(\/generate)?$/, 'mfa'],
  [/\/sessions\/revoke\/all$/, 'sessions'],
  [/\/sessions\/revoke$/, 'session'],
  [/\/tokens(\/\w+)?$/, 'token'],
  [/\/roles$/, 'roles'],
  [/\/active$/, 'active'],
  [/\/reset_failed_attempts$/, 'unlock'],
  [/\/(patch|email\/verify)$|\/users\/[a-z0-9]{26}$/, 'address'],
]

export interface Note {
  deed: AuditDeed
  ok: boolean
  /** What else the server noted of it. */
  detail: string
  /** Who did it, if that was not the owner of the account. */
  by: Id | ''
}

const BY = /,? ?\bby ([a-z0-9]{26})$/

export function noteOf(a: Pick<Audit, 'action' | 'extra_info'>): Note {
  const by = BY.exec(a.extra_info)?.[1] ?? ''
  const rest = a.extra_info.replace(BY, '')
  const ok = rest.startsWith('success')
  return {
    deed: DEEDS.find(([pattern]) => pattern.test(a.action))?.[1] ?? 'other',
    ok,
    detail: rest.replace(/^(success|failure)\b( - )?/, '').trim(),
    by,
  }
}

/** A cell that a spreadsheet reads as text and never as a formula, whoever wrote it. */
const cell = (text: string): string => {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** A table as a file of comma-separated values, with the mark by which spreadsheets know its letters. */
export const csv = (rows: readonly (readonly string[])[]): string =>
  `\uFEFF${rows.map(r => r.map(cell).join(',')).join('\r\n')}\r\n`
