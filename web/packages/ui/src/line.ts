/** The line, which runs from the right where the reader's language does. */

const TURNED: Readonly<Record<string, string>> = { ArrowLeft: 'ArrowRight', ArrowRight: 'ArrowLeft' }

/** An arrow key by what it means along the line: the one to the right goes on, whichever side that is on. */
export const alongLine = (key: string): string =>
  document.documentElement.dir === 'rtl' ? (TURNED[key] ?? key) : key
