/**
 * The settings of a site that it tells its clients, described once: which value of the client configuration shows it,
 * what it is called in the settings file, and how it is read. The page is made of this list.
 */
export interface Setting {
  /** As in the settings file: `section.key`. */
  key: string
  /** Under which name the client configuration tells it. */
  told: string
  kind: 'switch' | 'text' | 'number' | 'size' | 'language'
}

export const SETTINGS = [
  { key: 'site.title', told: 'SiteName', kind: 'text' },
  { key: 'site.url', told: 'SiteURL', kind: 'text' },
  { key: 'locale.default', told: 'DefaultClientLocale', kind: 'language' },
  { key: 'banner.text', told: 'BannerText', kind: 'text' },
  { key: 'banner.color', told: 'BannerColor', kind: 'text' },
  { key: 'banner.text_color', told: 'BannerTextColor', kind: 'text' },
  { key: 'signup.open', told: 'EnableOpenServer', kind: 'switch' },
  { key: 'guests.enabled', told: 'EnableGuestAccounts', kind: 'switch' },
  { key: 'mfa.enforce', told: 'EnforceMultifactorAuthentication', kind: 'switch' },
  { key: 'terms.required', told: 'EnableCustomTermsOfService', kind: 'switch' },
  { key: 'files.largest', told: 'MaxFileSize', kind: 'size' },
  { key: 'files.public_links', told: 'EnablePublicLink', kind: 'switch' },
  { key: 'outbound.link_previews', told: 'EnableLinkPreviews', kind: 'switch' },
  { key: 'mail.notifications', told: 'SendEmailNotifications', kind: 'switch' },
  { key: 'mail.invitations', told: 'EnableEmailInvitations', kind: 'switch' },
  { key: 'mail.verify', told: 'RequireEmailVerification', kind: 'switch' },
  { key: 'webhooks.incoming', told: 'EnableIncomingWebhooks', kind: 'switch' },
  { key: 'webhooks.outgoing', told: 'EnableOutgoingWebhooks', kind: 'switch' },
  { key: 'oauth.provider', told: 'EnableOAuthServiceProvider', kind: 'switch' },
  { key: 'persistent.enabled', told: 'AllowPersistentNotifications', kind: 'switch' },
] as const satisfies readonly Setting[]

/** The name of a setting in the environment, which goes before the file. */
export const inEnvironment = (key: string): string => `FIELDPOST_${key.toUpperCase().replaceAll('.', '__')}`
