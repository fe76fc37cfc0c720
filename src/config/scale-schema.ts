import { z } from "zod";
import { count } from "./pieces.ts";
import { duration } from "./values.ts";

/** Most tasks of one service: Amazon ECS service quotas, "Tasks per service". */
const MOST_TASKS = 5000;
const percent = (description: string) => count({ min: 1, max: 100, description });

export const scale = z
  .strictObject({
    min: count({ min: 1, max: MOST_TASKS, description: "Tasks that always run. Default: 1." }).optional(),
    max: count({ min: 1, max: MOST_TASKS, description: "Tasks that run at most. Default: `min`, so that nothing is scaled." }).optional(),
    cpu: percent(
      "Percent of its CPU that a task should use on average: above it tasks are added, well below it taken away. Default: 75, where no other goal is given.",
    ).optional(),
    memory: percent("The same for memory.").optional(),
    requests: count({ min: 1, max: 10_000_000, description: "The same for requests per minute and task. Needs `ports`." }).optional(),
    cooldown: duration("How long it waits after tasks were added, or taken away, before it does so again.", { min: 0, max: 3600 }).optional(),
  })
  .meta({
    description:
      "Always on: how many tasks run. Between `min` and `max` they follow the load (target tracking); a deployment never resets their number.",
    allowed: "{min, max, cpu, memory, requests, cooldown}",
  });
