import { defineConfig } from 'vitest/config'

export default defineConfig({
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  test: {
    include: ['packages/**/*.test.{ts,tsx}', 'features/**/*.test.{ts,tsx}', 'app/src/**/*.test.ts'],
    // What is waited for comes, or does not: how soon depends on what else the machine does.
    testTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
  },
})
