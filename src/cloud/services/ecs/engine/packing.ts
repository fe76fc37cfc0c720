import type { TaskRow } from "../state.ts";

interface Size {
  cpu: number;
  memory: number;
}

/** How many empty instances of a size hold the tasks, the largest first; a task that fits on none is left out. */
export function instancesFor(list: readonly Pick<TaskRow, "cpu" | "memory" | "hostPorts">[], size: Size): number {
  const bins: (Size & { ports: Set<string> })[] = [];
  const fitting = list.filter(({ cpu, memory }) => cpu <= size.cpu && memory <= size.memory);
  for (const task of fitting.toSorted((a, b) => b.memory - a.memory || b.cpu - a.cpu)) {
    let bin = bins.find(({ cpu, memory, ports }) => task.cpu <= cpu && task.memory <= memory && !task.hostPorts.some((port) => ports.has(port)));
    if (!bin) bins.push((bin = { ...size, ports: new Set() }));
    bin.cpu -= task.cpu;
    bin.memory -= task.memory;
    for (const port of task.hostPorts) bin.ports.add(port);
  }
  return bins.length;
}
