import { fargateMemory, FARGATE_CPU } from "./fargate.ts";
import { type Path, problem, type Problem } from "./problems.ts";
import { at, has, keyPlaceOf, type MapTree, placeOf, textAt } from "./tree.ts";

/** An instance and Fargate are described by different keys; an overlay that changes `on` takes the others back with null. */
export function computeRule(tree: MapTree, kind: "dns" | "other"): Problem[] {
  if (at(tree, ["compute"])?.kind !== "map") return [];
  const on = textAt(tree, ["compute", "on"]);
  if (on === "ec2") {
    const missing = has(tree, ["compute", "instanceType"])
      ? []
      : [
          problem(placeOf(tree, ["compute", "instanceType"]), ["compute", "instanceType"], "an instance needs its type", {
            allowed: "instanceType: t4g.small",
          }),
        ];
    return [...missing, ...belongs(tree, ["cpu", "architecture"], "Fargate", "on: fargate")];
  }
  if (on !== "fargate" && on !== "fargate-spot") return [];
  if (kind === "dns") {
    const path = ["compute", "on"];
    const message = `${on} is not built for a leaf that a DNS query wakes: its name needs an address of its own`;
    return [problem(placeOf(tree, path), path, message, { allowed: "ec2, or another wake" })];
  }
  return [...belongs(tree, ["instanceType"], "an instance", "on: ec2"), ...memoryRule(tree)];
}

function belongs(tree: MapTree, keys: string[], to: string, allowed: string): Problem[] {
  return keys
    .map((key): Path => ["compute", key])
    .filter((path) => has(tree, path))
    .map((path) => {
      const place = keyPlaceOf(tree, path);
      const fromOverlay = place.file !== placeOf(tree, ["compute", "on"]).file;
      return problem(place, path, `${path.join(".")} belongs to ${to}`, {
        allowed: `${allowed}, or without it`,
        ...(fromOverlay ? { suggestion: `${path[1]}: null beside on` } : {}),
      });
    });
}

function memoryRule(tree: MapTree): Problem[] {
  const [cpu, memory] = ["cpu", "memory"].map((key) => at(tree, ["compute", key]));
  if (memory?.kind !== "scalar" || memory.value === null) return [];
  const units = cpu?.kind === "scalar" && cpu.value !== null ? Number(cpu.value) : FARGATE_CPU;
  const sizes = fargateMemory(units);
  const given = Number(memory.value);
  if (sizes.length === 0 || Number.isNaN(given) || sizes.includes(given)) return [];
  const near = sizes.find((size) => size >= given) ?? sizes.at(-1);
  return [
    problem(memory.at, ["compute", "memory"], `${given} MiB do not go with ${units} CPU units`, {
      allowed: sizes.length > 8 ? `${sizes[0]}, ${sizes[1]}, ${sizes[2]} … ${sizes.at(-1)}` : sizes.join(", "),
      suggestion: String(near),
    }),
  ];
}
