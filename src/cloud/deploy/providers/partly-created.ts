import type { Resource } from "./provider.ts";

/** A create that failed after something came to exist: the engine deletes it when the stack rolls back. */
export class PartlyCreated extends Error {
  readonly resource: Resource;

  constructor(resource: Resource, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = "PartlyCreated";
    this.resource = resource;
  }
}

/** Does the further steps of a create, so that what the first step made is known when one of them fails. */
export async function finishing(resource: Resource, steps: () => Promise<void>): Promise<Resource> {
  try {
    await steps();
    return resource;
  } catch (error) {
    throw new PartlyCreated(resource, error);
  }
}
