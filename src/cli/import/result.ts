import type { Draft } from "./draft.ts";

/** What an importer makes of the files of one earlier system. */
export interface Imported {
  /** rouse.yaml, without what only the whole knows (its name, where no file says it). */
  base: Draft;
  /** rouse.<environment>.yaml */
  overlays: Map<string, Draft>;
  leaves: Map<string, ImportedLeaf>;
  notes: Note[];
  /** Variables that the written files read from the environment. */
  variables: Set<string>;
}

export interface ImportedLeaf {
  main: Draft;
  overlays: Map<string, Draft>;
  /** Folder, absolute, that the image is built from. */
  build?: string;
}

export interface Note {
  /** `lost`: could not be carried over. `changed`: carried over in another unit or in other words. */
  kind: "lost" | "changed";
  /** As it was given on the command line. */
  file: string;
  /** From 1. */
  line: number;
  key: string;
  /** Why it was lost, or what became of it. */
  text: string;
  /** What to do instead. */
  instead?: string;
}

/** One line of a table of docs/importing.md, and what is done with the key. */
export interface Row<V, T> {
  /** `Ec2.InstanceType`, `Volumes.<name>.Paths`. */
  old: string;
  /** Key of the leaf, or of rouse.yaml where that stands before it; empty where it cannot be carried over. */
  becomes: string;
  /** Units and other differences; why not, and what to do instead. */
  how: string;
  carry(value: V, to: T): void;
}

export interface Options {
  /** Absolute. */
  out: string;
  /** What no file says: given on the command line. */
  hostedZoneId?: string;
  subnets?: string[];
  securityGroups?: string[];
}

/** A file as it was read. */
export interface Source {
  /** As it was given. */
  name: string;
  /** Absolute. */
  path: string;
  text: string;
}
