import type { Machine, State } from "./types.ts";

/** Every state of a machine, those inside others too, with where it stands. */
export function* allStates(machine: Machine, at = ""): Generator<[state: State, location: string, name: string]> {
  for (const [name, state] of Object.entries(machine.States)) {
    const place = `${at}/States/${name}`;
    yield [state, place, name];
    for (const [index, branch] of (state.Branches ?? []).entries()) yield* allStates(branch, `${place}/Branches[${index}]`);
    if (state.ItemProcessor) yield* allStates(state.ItemProcessor, `${place}/ItemProcessor`);
    if (state.Iterator) yield* allStates(state.Iterator, `${place}/Iterator`);
  }
}
