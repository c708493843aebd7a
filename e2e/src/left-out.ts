/** Why services of an example do not run on this machine, as its page says; the empty text where all do. */
export async function leftOut(exampleUrl: string): Promise<string> {
  const facts = (await (await fetch(`${exampleUrl}/page.json`)).json()) as {
    readonly leftOut: readonly { readonly name: string; readonly reason: string }[]
  }
  return facts.leftOut.map(({ name, reason }) => `${name}: ${reason}`).join('; ')
}
