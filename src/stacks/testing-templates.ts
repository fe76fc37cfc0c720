import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { Project } from "../config/schema.ts";
import { buildApp } from "./app.ts";
import { functionsDir } from "./testing.ts";

/** For tests: templates as they are synthesized, and what is in them. */

// Templates are JSON; the assertions are what checks their shape.
// oxlint-disable-next-line typescript/no-explicit-any
export type Json = any;

export interface Template {
  readonly Resources: Record<
    string,
    { readonly Type: string; readonly Properties: Json; readonly DeletionPolicy?: string; readonly DependsOn?: string | string[] }
  >;
  readonly Outputs?: Record<string, { Export?: { Name: string } }>;
}

/**
 * All templates of a project's assembly, by the file's name without its hash: stacks and nested stacks.
 * @param folder the assembly becomes its folder `name`
 */
export function synthesizeTemplates(folder: string, name: string, project: Project): Record<string, Template> {
  const outdir = join(folder, name);
  buildApp(project, { outdir, functionsDir: functionsDir(folder) }).synth();
  const files = readdirSync(outdir).filter((file) => file.endsWith(".template.json"));
  return Object.fromEntries(
    files.map((file) => [
      file.replace(/([0-9A-F]{8})?(\.nested)?\.template\.json$/, ""),
      JSON.parse(readFileSync(join(outdir, file), "utf8")) as Template,
    ]),
  );
}

/** Properties of a template's resources of a type. */
export const propertiesOf = (template: Template | undefined, type: string): Json[] =>
  Object.values(template?.Resources ?? {})
    .filter(({ Type }) => Type === type)
    .map(({ Properties }) => Properties);

/** Properties of the one resource of a type. */
export function onlyOf(template: Template | undefined, type: string): Json {
  const found = propertiesOf(template, type);
  expect(found).toHaveLength(1);
  return found[0];
}

/** Logical ids of a template's resources of a type. */
export const idsOf = (template: Template, type: string): string[] =>
  Object.entries(template.Resources).flatMap(([id, { Type }]) => (Type === type ? [id] : []));
