/** Settings, help, and the reader themselves. */
import { type Action, administers, type Client, managesIntegrations, THEMES } from '@fieldpost/core'
import type { Shell } from '@fieldpost/parts'
import { t } from '@fieldpost/words'
import { openOverlay } from './overlay.ts'

export function application(client: Client, shell: Shell, logout: () => void): Action[] {
  const { store } = client
  return [
    {
      id: 'palette',
      group: 'app',
      name: () => t('do.palette'),
      words: 'commands palette',
      keys: ['Mod+Shift+P'],
      run: () => openOverlay('palette'),
    },
    {
      id: 'keys',
      group: 'app',
      name: () => t('do.keys'),
      words: 'keyboard shortcuts help',
      keys: ['Mod+/'],
      run: () => openOverlay('keys'),
    },
    {
      id: 'display',
      group: 'app',
      name: () => t('do.display'),
      words: 'display settings theme clock density language',
      keys: ['Mod+Shift+A'],
      run: () => shell.go('/account_settings/display'),
    },
    {
      id: 'habits',
      group: 'app',
      name: () => t('do.habits'),
      words: 'reading writing settings send enter previews emoticons joined left',
      run: () => shell.go('/account_settings/reading'),
    },
    ...THEMES.filter(x => x !== 'custom').map(
      (x): Action => ({
        id: `theme-${x}`,
        group: 'app',
        name: () => t('do.theme', { name: t(`look.${x}`) }),
        words: `theme ${x}`,
        when: () => !client.looks.look.value.settled.theme && shell.look.theme() !== x,
        run: () => shell.look.setTheme(x),
      }),
    ),
    ...(['comfortable', 'compact'] as const).map(
      (x): Action => ({
        id: `density-${x}`,
        group: 'app',
        name: () => t('do.density', { name: t(`look.${x}`) }),
        words: `density ${x}`,
        when: () => client.looks.look.value.density !== x,
        run: () => void client.looks.set('density', x === 'compact' ? 'compact' : 'clean'),
      }),
    ),
    {
      id: 'account',
      group: 'app',
      name: () => t('do.account'),
      words: 'account security sessions',
      run: () => shell.go('/account_settings'),
    },
    {
      id: 'profile',
      group: 'app',
      name: () => t('do.profile'),
      words: 'own profile name picture password',
      run: () => shell.go('/account_settings/profile'),
    },
    {
      id: 'notifications',
      group: 'app',
      name: () => t('do.notifications'),
      words: 'notification settings',
      run: () => shell.go('/account_settings/notifications'),
    },
    {
      id: 'status',
      group: 'app',
      name: () => t('do.status'),
      words: 'set status',
      run: () => shell.askStatus('saying'),
    },
    {
      id: 'quiet',
      group: 'app',
      name: () => t('do.quiet'),
      words: 'do not disturb status',
      run: () => shell.askStatus('quiet'),
    },
    {
      id: 'groups',
      group: 'app',
      name: () => t('do.groups'),
      words: 'user groups of people mention',
      run: () => shell.go(`/${shell.team()}/groups`),
    },
    {
      id: 'integrations',
      group: 'app',
      name: () => t('do.integrations'),
      words: 'integrations webhooks commands',
      when: () => managesIntegrations(client.permissions.in(shell.teamId()).value),
      run: () => shell.go(`/${shell.team()}/integrations`),
    },
    {
      id: 'console',
      group: 'app',
      name: () => t('do.console'),
      words: 'administration console users teams links settings',
      when: () => administers(store.me.value),
      run: () => shell.go('/admin/overview'),
    },
    { id: 'log-out', group: 'app', name: () => t('do.logOut'), words: 'log out', run: logout },
  ]
}
