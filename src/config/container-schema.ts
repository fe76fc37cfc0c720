import { z } from "zod";
import { flag, line, list, setting, words } from "./pieces.ts";

/** The container of a leaf: what it is built from, what it is told, what it keeps, and how it runs without a container engine. */

export const textMap = (description: string) =>
  z
    .record(
      setting("variable", "^[^=]+$", "a name without ="),
      z
        .union([z.string(), z.number(), z.boolean()])
        .transform(String)
        .meta({ description: "Text; a number or boolean becomes the text it was written as.", allowed: "text, a number or a boolean" }),
    )
    .meta({ description, allowed: "a map of names and texts" })
    .prefault({});

export const build = z
  .union([
    line({ description: "A folder with a Dockerfile, from the leaf file's folder.", allowed: "a folder" }),
    z.strictObject({
      context: line({ description: "A folder, from the leaf file's folder.", allowed: "a folder" }),
      dockerfile: line({ description: "The Dockerfile, from `context`.", allowed: "a file inside the context" }).prefault("Dockerfile"),
      args: textMap("Build arguments (ARG in the Dockerfile)."),
    }),
  ])
  .transform((value) => (typeof value === "string" ? { context: value, dockerfile: "Dockerfile", args: {} } : value))
  .meta({ description: "A folder to build the image from, instead of `image`.", allowed: "a folder, or {context, dockerfile, args}" });

const ABSOLUTE = "^/(?!/)[^:]+$";
export const volume = z
  .strictObject({
    paths: list(line({ description: "An absolute path in the container.", allowed: "an absolute path such as /data", pattern: ABSOLUTE }), {
      description: "Absolute paths in the container where the volume is mounted, each with a folder of its own on it.",
      allowed: "a list of absolute paths, such as [/data]",
      min: 1,
    }),
    backups: flag("Back the volume up every day, where the container cannot reach the backups.").prefault(true),
    keepOnDelete: flag("Keep the volume and its data when the leaf's stack is deleted.").prefault(true),
  })
  .meta({ description: "An encrypted network file system (EFS) that outlives the container.", allowed: "{paths, backups, keepOnDelete}" });

export const childProcess = z
  .union([
    line({ description: "The command as one text; quotes keep words together, no shell is involved.", allowed: "text" }),
    words("The command, word by word."),
    z.strictObject({
      command: z
        .union([
          line({ description: "The command as one text; quotes keep words together, no shell is involved.", allowed: "text" }),
          words("The command, word by word."),
        ])
        .meta({
          description: "The command: a text (quotes keep words together, no shell is involved) or a list of words.",
          allowed: "text or a list of words",
        }),
      directory: line({ description: "Working folder, from the leaf file's folder.", allowed: "a folder" }).prefault("."),
    }),
  ])
  .transform((value) => (typeof value === "string" || Array.isArray(value) ? { command: value, directory: "." } : value))
  .meta({
    description:
      "How to run it as a child process where no container engine is found (environment `local` only). It gets PORT (for the first port) and PORT_<container port> in its environment, and must listen there.",
    allowed: "a command (text or list of words), or {command, directory}",
  });
