import { computeRule } from "./compute-rules.ts";
import { ALWAYS_ONLY, refused, required, SERVICES_ONLY } from "./refuse.ts";
import { type Path, problem, type Problem } from "./problems.ts";
import { at, has, keyPlaceOf, type MapTree, textAt } from "./tree.ts";

const NOTHING_REACHES: Path[] = [
  ["ports"],
  ["route"],
  ["priority"],
  ["drain"],
  ["domain"],
  ["health", "path"],
  ["health", "port"],
  ["health", "passes"],
  ["health", "matcher"],
];
const ENDS_BY_ITSELF: Path[] = [
  ["watchdog", "idle"],
  ["watchdog", "grace"],
  ["watchdog", "crashLoop"],
];

/** What a scheduled task needs, and what does not apply to it. */
export function taskRules(tree: MapTree): Problem[] {
  return [
    ...required(tree, [["compute"]]),
    ...refused(tree, NOTHING_REACHES, "nothing reaches a scheduled task", "this key left out, or another wake"),
    ...refused(
      tree,
      ENDS_BY_ITSELF,
      "a scheduled task ends by itself, and its next run is its schedule's",
      "watchdog: {leftUp: {after: 2h, stop: true}}",
    ),
    ...refused(tree, SERVICES_ONLY, ALWAYS_ONLY, "wake: always"),
    ...refused(tree, [["existing"]], "it belongs to a leaf that events wake", "wake: event"),
    ...health(tree),
    ...zone(tree),
    ...computeRule(tree, "other"),
  ];
}

function health(tree: MapTree): Problem[] {
  if (at(tree, ["health"])?.kind !== "map" || has(tree, ["health", "path"])) return [];
  return required(tree, [["health", "command"]], "command: what to run in the container");
}

/** A rate counts from when the schedule was made; only a time of day needs a zone. */
function zone(tree: MapTree): Problem[] {
  const schedule = at(tree, ["wake", "schedule"]);
  const path = ["wake", "timezone"];
  const all =
    schedule?.kind === "list"
      ? schedule.items.map((item) => (item.kind === "scalar" ? String(item.value) : ""))
      : [textAt(tree, ["wake", "schedule"]) ?? ""];
  if (!has(tree, path) || !all.every((each) => each.startsWith("rate("))) return [];
  return [problem(keyPlaceOf(tree, path), path, "a rate is the same in every time zone", { allowed: "cron(…), or no timezone" })];
}
