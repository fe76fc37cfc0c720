import { ECSClient } from "@aws-sdk/client-ecs";
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { poke } from "../shared/aws-poke.ts";
import { awsTasks } from "../shared/aws-tasks.ts";
import type { Engine } from "../shared/engine.ts";
import { readEnv } from "../shared/env.ts";
import { reaches } from "../shared/forwarding.ts";
import { logLine } from "../shared/log.ts";
import { realTime } from "../shared/poll.ts";
import { CLIENT } from "../shared/sdk.ts";
import type { AlbAnswer } from "./answers.ts";
import { ruleReader } from "./aws-rule.ts";
import { type Door, openDoor } from "./doorman.ts";
import { DOORMAN_ENV } from "./env.ts";
import type { AlbEvent } from "./request.ts";
import type { DoorWorld } from "./wake.ts";

const env = readEnv(DOORMAN_ENV);
const engine = JSON.parse(env.engine) as Engine;
const list = (json: string): string[] => JSON.parse(json) as string[];
const door: Door = {
  engine,
  ignoring: { agents: list(env.ignoreAgents), paths: list(env.ignorePaths), route: list(env.route), healthPath: env.healthPath },
  holdMs: Number(env.holdMs),
};
const readRule = ruleReader(new ElasticLoadBalancingV2Client(CLIENT), env);
const world: DoorWorld = {
  ...realTime,
  tasks: awsTasks(new ECSClient(CLIENT), engine, poke),
  reaches: async () => reaches((await readRule())?.Actions ?? [], engine.targetGroup ?? ""),
};

export const handler = (event: AlbEvent): Promise<AlbAnswer> => openDoor(event, world, door, logLine);
