import type { MachineModel } from "../cloud/machines/model/index.ts";
import { FAMILY_LABEL } from "../cloud/machines/model/index.ts";
import type { BootTimes, PhaseName } from "./boot-times.ts";
import { type Random, randomOf } from "./random.ts";

/** What a leaf's containers are like. */
export interface LeafModel {
  readonly times: BootTimes;
  /** GB of its image. */
  readonly imageGb: number;
  /** Minutes after which it ends by itself: a run of a scheduled task. */
  readonly minutes?: number;
}

export interface BootModel extends MachineModel {
  /** Seconds of a phase, drawn anew each time. */
  draw(leaf: string, phase: PhaseName): number;
}

/**
 * Draws the times. Every leaf and phase has random numbers of its own: what one leaf does changes nothing for another.
 * @param leafOf a task definition's family, or an Auto Scaling group's name, to a leaf's name
 */
export function bootModel(leaves: ReadonlyMap<string, LeafModel>, seed: number, leafOf: (name: string) => string | undefined): BootModel {
  const randoms = new Map<string, Random>();
  const drawn = (leaf: string, phase: PhaseName, times = 1): number => {
    const model = leaves.get(leaf);
    if (model === undefined) return 0;
    const key = `${leaf} ${phase}`;
    const random = randoms.get(key) ?? randomOf(seed, "boot", leaf, phase);
    randoms.set(key, random);
    const { seconds, spread } = model.times[phase];
    return seconds === 0 ? 0 : random.around(seconds, spread) * times;
  };
  const ms = (name: string | undefined, phase: PhaseName, times?: number): number => Math.round(drawn(leafOf(name ?? "") ?? "", phase, times) * 1000);
  const ofTags = (tags: Record<string, string>): string | undefined => tags["aws:autoscaling:groupName"];
  const modelOf = (family: string | undefined): LeafModel | undefined => leaves.get(leafOf(family ?? "") ?? "");
  return {
    draw: drawn,
    instanceBoot: ({ tags }) => ms(ofTags(tags), "instance"),
    agentStart: ({ tags }) => ms(ofTags(tags), "agent"),
    instanceStop: ({ tags }) => ms(ofTags(tags), "terminate"),
    taskProvision: ({ family }) => ms(family, "provision"),
    imagePull: (_image, labels) => ms(labels[FAMILY_LABEL], "image", modelOf(labels[FAMILY_LABEL])?.imageGb ?? 0),
    containerStart: ({ labels }) => ms(labels[FAMILY_LABEL], "start"),
    untilServing: ({ labels }) => ms(labels[FAMILY_LABEL], "healthy"),
    containerStop: ({ labels }) => ms(labels[FAMILY_LABEL], "stop"),
    runsFor: ({ labels }) => {
      const minutes = modelOf(labels[FAMILY_LABEL])?.minutes;
      return minutes === undefined ? undefined : Math.round(minutes * 60_000);
    },
  };
}
