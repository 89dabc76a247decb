/** What keeps a form from being done: words for whoever filled it in, and the field that they are about. */
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'

/** Thrown by what a form does. Without a field it is about all of the form. */
export class Fault extends Error {
  constructor(
    /** A sentence; empty where each field says by itself what is wrong with it. */
    message: string,
    /** The name of the field. */
    readonly field = '',
  ) {
    super(message)
  }
}

/** The fault of the form around, which `Asking` tells to its fields. */
export const FormFault = createContext<Fault | undefined>(undefined)

/** What is wrong with one field of the form around it; nothing is wrong with a field that has no name. */
export function useFault(field: string | undefined): string | undefined {
  const fault = useContext(FormFault)
  return field && fault?.field === field ? fault.message : undefined
}
